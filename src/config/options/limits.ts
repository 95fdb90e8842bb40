// How much a client may send. Every one bounds memory or work per connection.
export const LIMIT_OPTIONS = {
  maxKeepaliveReqs: {
    flag: 'max-keepalive-reqs',
    group: 'Limits',
    kind: 'count',
    value: 'N',
    default: 0,
    zeroWords: ['inf', 'unlimited'],
    summary: 'Requests per connection; 0 for no limit, 1 for no keep-alive',
    description: `The last one is answered with Connection: close. The ancestor's default is 1, which costs a connection (and
      with TLS a handshake) per request; a worker of it serves one connection at a time, one of these thousands. A
      limit spreads long-lived connections over the workers. puma chose 999, hypnotoad 100, Node none.`,
  },
  maxConnections: {
    flag: 'max-connections',
    group: 'Limits',
    kind: 'count',
    value: 'N',
    default: 10000,
    summary: 'Open connections per worker',
    description: `The next ones get 503 with Retry-After before anything of them is read. Idle connections count too.
      Each is an open file: where the limit of those (ulimit -n, LimitNOFILE=) is lower, the line at start says so, and a
      worker stops accepting before they are used up; connections wait in the kernel's queue then. hypnotoad chose
      1000. 0 sets no limit.`,
  },
  limitRequestLine: {
    flag: 'limit-request-line',
    group: 'Limits',
    kind: 'bytes',
    value: 'BYTES',
    default: 8192,
    min: 64,
    summary: 'Longest request line: method, target and version',
    description: `414 beyond it. RFC 9112 section 3 recommends at least 8000. Raise it for applications that put forms into
      long queries. Apache chose 8190, gunicorn 4094, hypnotoad 8192, nginx 8k.`,
  },
  limitRequestFieldSize: {
    flag: 'limit-request-field-size',
    aliases: ['limit-request-field_size'],
    group: 'Limits',
    kind: 'bytes',
    value: 'BYTES',
    default: 16384,
    min: 64,
    summary: 'Longest header field: name and value',
    description: `431 beyond it. Raise it when single sign-on makes enormous cookies or tokens. Apache and gunicorn chose 8190,
      puma 80 KiB, Node 16 KiB for all fields together.`,
  },
  limitRequestFields: {
    flag: 'limit-request-fields',
    group: 'Limits',
    kind: 'count',
    value: 'N',
    default: 100,
    min: 1,
    summary: 'Most header fields',
    description: `431 beyond it. Browsers send about 20, proxies add a few. Apache, gunicorn and hypnotoad chose 100, the
      ancestor's parser 128, Node 2000.`,
  },
  limitRequestHead: {
    flag: 'limit-request-head',
    group: 'Limits',
    kind: 'bytes',
    value: 'BYTES',
    default: 65536,
    min: 128,
    summary: 'Largest head: request line and all fields',
    description: `431 beyond it. It bounds what a connection can hold before any application sees it: with 10000 connections
      64 KiB are 640 MB at the very worst. The ancestor reads 128 KiB and then resets the connection, Node chose 16
      KiB, h11 64 KiB, puma 112 KiB, Gazelle 16 KiB.`,
  },
  limitRequestBody: {
    flag: 'limit-request-body',
    group: 'Limits',
    kind: 'bytes',
    value: 'BYTES',
    default: 134217728,
    zeroWords: ['inf', 'unlimited'],
    summary: 'Largest request body; 0 for no limit',
    description: `413 beyond it, at once when Content-Length says so, else when the bytes have come. 128 MiB by default: room for
      uploads, and no way to fill the disk with a body that never ends. Set it to the largest upload that you want.
      Bun chose 128 MiB too, nginx 1 MiB, hypnotoad 16 MiB, Apache 1 GiB; the ancestor, gunicorn and Node none.`,
  },
  inputBuffer: {
    flag: 'input-buffer',
    group: 'Limits',
    kind: 'bytes',
    value: 'BYTES',
    default: 1048576,
    summary: 'psgi.input that is kept in memory; more goes to a file',
    description: `A PSGI application gets its body complete and seekable. Up to this size it stays in memory, above it lies in a
      temporary file that has no name any more. 1 MiB as in Plack; with many uploads at once, memory is up to this
      much for each. 0 always uses a file.`,
  },
  inputDir: {
    flag: 'input-dir',
    group: 'Limits',
    kind: 'directory',
    value: 'DIR',
    computed: 'the directory for temporary files',
    summary: 'Directory of the temporary files of --input-buffer',
    description: `By default TMPDIR, or /tmp. Where /tmp is memory (tmpfs), a directory on disk keeps large uploads out of it.
      The user that the workers run as must be able to write there.`,
  },
  maxInflight: {
    flag: 'max-inflight',
    group: 'Limits',
    kind: 'count',
    value: 'N',
    default: 0,
    summary: 'Requests that a worker works on at a time; 0 for no limit',
    description: `Those beyond get 503 with Retry-After: 1 before the application sees them, which costs next to nothing and keeps the
      answers to the others fast. Give what the application can do at once: connections of its database pool, or the
      number at which its answers become too slow. Unlimited by default. --max-connections bounds connections instead.`,
  },
  healthPath: {
    flag: 'health-path',
    group: 'Limits',
    kind: 'text',
    value: 'PATH',
    repeatable: true,
    default: [],
    summary: 'A path that --max-inflight never turns away; may be given again',
    description: `The path that a load balancer asks, such as /healthz: a server that is busy is not one that is broken. Compared
      as a whole, without the query.`,
  },
} as const
