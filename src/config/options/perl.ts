// What only applications in Perl have. Given for another application they are an error.
export const PERL_OPTIONS = {
  perl: {
    flag: 'perl',
    group: 'Perl',
    kind: 'text',
    value: 'PROGRAM',
    default: 'perl',
    summary: 'The Perl that runs a Perl application',
    description: `By default the first perl on the PATH, so that perlbrew, plenv and "carton exec -- starlight" choose as they always do.
      Needs Perl 5.14 and Plack (Debian: libplack-perl). When it is given, the application is Perl's whatever its name.`,
  },
  frontWorkers: {
    flag: 'front-workers',
    group: 'Perl',
    kind: 'count',
    value: 'N',
    min: 1,
    max: 256,
    computed: 'one for each four CPUs, and no more than --workers',
    summary: 'Processes that speak HTTP for a Perl application',
    description: `One feeds some twenty thousand requests a second to the Perl children, so that one is enough nearly always. Each has its
      share of --workers and, with --preload-app, its own copy of the application's memory. Raise it when one of these
      processes uses a whole CPU.`,
  },
  preloadApp: {
    flag: 'preload-app',
    group: 'Perl',
    kind: 'boolean',
    default: false,
    summary: 'Load a Perl application once, before the children are forked',
    description: `The same as -L Plack::Loader: the children share the application's memory and start in a millisecond. Off by default, as in
      the ancestor, because what the application opens while it is loaded (databases, files) is then shared, too.`,
  },
  streamInput: {
    flag: 'stream-input',
    group: 'Perl',
    kind: 'boolean',
    default: false,
    summary: 'Let a PSGI application read request bodies as they come',
    description: `By default a body is read before a PSGI application is called, so that a slow client takes no Perl child, and psgi.input can
      be sought. With this option psgi.input is read from the client, psgix.input.buffered is false, 100 Continue is sent at the first
      read, and a chunked body has no CONTENT_LENGTH: Plack::Request and CGI take it for empty. For applications that take long uploads
      apart on the way. One in TypeScript reads it with "for await" or stream(): what gives bytes at once (bytes, text, json, read,
      seek) throws.`,
  },
  zygoteFd: {
    flag: 'zygote-fd',
    group: 'Perl',
    kind: 'count',
    value: 'N',
    min: 3,
    max: 1_048_575,
    commandLineOnly: true,
    summary: 'Used by plackup -s Starlight: the channel to the Perl that is there',
    description: `Plack::Handler::Starlight starts this command with it. The Perl process at the other end of descriptor N has the application
      and forks the children, so none is started; this one serves alone, and ends with it.`,
  },
  zygoteSocket: {
    flag: 'zygote-socket',
    group: 'Perl',
    kind: 'text',
    value: 'PATH',
    commandLineOnly: true,
    summary: 'Used by plackup -s Starlight: where front workers get a Perl',
    description: `Given besides --zygote-fd. The Perl process that has the application gives each of --front-workers a copy of itself, which
      forks that one's children, on a connection to this socket.`,
  },
  queue: {
    flag: 'queue',
    group: 'Perl',
    kind: 'count',
    value: 'N',
    default: 1024,
    summary: 'Requests that may wait for a free Perl child',
    description: `Counted for each of --front-workers. One more is answered 503 with Retry-After at once. 0 lets none wait. Lower it when
      clients would rather be told early than wait.`,
  },
  queueTimeout: {
    flag: 'queue-timeout',
    group: 'Perl',
    kind: 'seconds',
    value: 'SECONDS',
    default: 30,
    summary: 'Time that a request may wait for a free Perl child',
    description: `Then it is answered 503 with Retry-After; the application never sees it. 30 is what common proxies wait for themselves. 0
      lets it wait as long as its client does.`,
  },
} as const
