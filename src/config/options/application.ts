// Which application runs, and what is loaded before it.
export const APPLICATION_OPTIONS = {
  app: {
    flag: 'app',
    short: 'a',
    group: 'Application',
    kind: 'file',
    value: 'FILE',
    summary: 'The application: a file, a directory with a package.json, or a package',
    description: `The same as the one bare argument. Without it the first of app.psgi, app.ts, app.mts, app.cts, app.js, app.mjs
      and app.cjs in the working directory is taken. A relative path keeps its meaning with --daemonize.

      The application is the default export, or the export named app, handler or fetch.`,
  },
  chdir: {
    flag: 'chdir',
    group: 'Application',
    kind: 'directory',
    value: 'DIR',
    summary: 'Run in DIR: the config file and all relative paths start there',
    description: `The directory is kept by its name, and entered again before each reload, each upgrade and each start of a worker. So it
      may be a symlink that a deployment moves from release to release, and the old release may be removed.

      By default the working directory, by the name that the shell has for it (PWD), or that the absolute path of the application or
      of the command begins with. systemd sets no PWD: give the option there. A relative DIR starts at the working directory; the config file
      cannot set it.`,
  },
  evaluate: {
    flag: 'evaluate',
    short: 'e',
    aliases: ['eval'],
    group: 'Application',
    kind: 'code',
    value: 'CODE',
    summary: 'The application as one expression on the command line',
    description: `CODE is evaluated and its value is the application, as in
      starlight -e '(env) => [200, ["Content-Type", "text/plain"], ["hello"]]'. The value may stand right behind the
      letter: -e'CODE'. With an application file too, the value is a function that takes the application and gives
      another one: a wrapper.

      The shell sees the code first: put it in single quotes.`,
  },
  interface: {
    flag: 'interface',
    group: 'Application',
    kind: 'choice',
    value: 'KIND',
    choices: ['psgi', 'fetch', 'node', 'perl'],
    summary: 'Kind of the application, when the guess is wrong',
    description: `psgi: (env) => [status, headers, body]. fetch: (request) => Response, or { fetch }. node: (req, res), or
      an Express, Koa or Fastify app. Without it the kind is found from the name of the export and from its shape;
      give it when a function with one parameter is taken for the wrong kind.

      perl: a PSGI application in Perl. A file that ends in .psgi or .pl, a name with ::, code that looks like Perl, and an
      app.psgi in the working directory when nothing is named, are taken for one.`,
  },
  adopt: {
    flag: 'adopt',
    group: 'Application',
    kind: 'boolean',
    default: true,
    summary: 'Serve an application that listens by itself',
    description: `On by default: starlight server.js works with the file that node server.js runs. The first http, https or http2
      server that the file makes listen opens no port. It is the application, and Starlight serves it in every worker: where
      an option, the environment or the configuration says, and otherwise where the file asks for. A file that exports nothing is waited for until --boot-timeout, or until it has nothing left to do.

      With --no-adopt only an export is served, and a file that listens does so beside Starlight.`,
  },
  include: {
    flag: 'include',
    short: 'I',
    group: 'Application',
    kind: 'directory',
    value: 'DIR',
    repeatable: true,
    default: [],
    summary: 'Look for modules in DIR first; may be repeated',
    description: `DIR is searched before node_modules for every bare module name that the application or --module imports.
      The value may stand right behind the letter: -Ilib.`,
  },
  module: {
    flag: 'module',
    short: 'M',
    group: 'Application',
    kind: 'text',
    value: 'MODULE',
    repeatable: true,
    default: [],
    summary: 'Load MODULE before the application; may be repeated',
    description: `A file or a package, loaded in each worker before the application, in the order given: instrumentation,
      polyfills, settings. The value may stand right behind the letter: -M./tracing.ts.

      Workers share no memory, so nothing is saved by loading early. For a Perl application it is a Perl module, loaded
      before the children are forked, which then share its memory.`,
  },
  env: {
    flag: 'env',
    short: 'E',
    group: 'Application',
    kind: 'text',
    value: 'NAME',
    default: 'deployment',
    overridingVariable: 'PLACK_ENV',
    summary: 'Name of the environment',
    description: `development adds Lint, an HTML page with the stack of a failure, and the access log on stderr. Every other
      name adds nothing; deployment, production and test are customary. The application finds the name in PLACK_ENV.

      NODE_ENV becomes development for development, and production for every other name; one that is already set stays.

      A PLACK_ENV that is already set beats this option, as it does for plackup; --print-config shows it.`,
  },
  path: {
    flag: 'path',
    group: 'Application',
    kind: 'text',
    value: 'PREFIX',
    mayBeEmpty: true,
    default: '',
    summary: 'Mount the application at PREFIX',
    description: `With --path=/shop the request /shop/cart reaches the application as path /cart below the script name
      /shop; paths elsewhere are answered 404. The default mounts it at the root.

      Node and fetch applications get the shortened URL too.`,
  },
  server: {
    flag: 'server',
    short: 's',
    group: 'Application',
    kind: 'text',
    value: 'NAME',
    default: 'Starlight',
    summary: 'Accepted for plackup; only Starlight has a meaning',
    description: `plackup -s Starlight chooses this server among others. Here there is no other, so any other name is an
      error and not a surprise.`,
  },
  loader: {
    flag: 'loader',
    short: 'L',
    group: 'Application',
    kind: 'text',
    value: 'NAME',
    default: 'Delayed',
    summary: 'How a Perl application is loaded; Restarter means --reload',
    description: `Applications are always loaded in the workers and before they serve, so that a broken one stops the start.
      For JavaScript Delayed and Plack::Loader therefore change nothing, Restarter is --reload, and Shotgun (a process
      per request) does not exist.

      For Perl, Delayed loads the application in each child and Plack::Loader once for all of them (see --preload-app);
      Shotgun and loaders of your own work as under plackup.`,
  },
  defaultMiddleware: {
    flag: 'default-middleware',
    group: 'Application',
    kind: 'boolean',
    default: true,
    summary: 'Let the development environment add its middleware',
    description: `On by default. --no-default-middleware leaves Lint, the error page and the access log on stderr out of
      --env=development; in other environments it changes nothing.`,
  },
} as const
