// Where connections come from.
export const LISTENING_OPTIONS = {
  listen: {
    flag: 'listen',
    short: 'l',
    group: 'Listening',
    kind: 'text',
    value: 'ADDRESS',
    repeatable: true,
    default: [],
    summary: 'Listen on ADDRESS; may be repeated and mixed',
    description: `HOST:PORT, :PORT, PORT, [::1]:5000, HOST:PORT:ssl, HOST:PORT:h2c, HOST:PORT:proxy, a path of a Unix socket (it holds a slash), @NAME for an
      abstract socket, or a URL: http://HOST:PORT, https://HOST:PORT?key=FILE&cert=FILE (both may be repeated; also ca, client-ca,
      verify, passphrase, min-version and ciphers), unix:/PATH?mode=0660&owner=NAME&group=NAME. With :h2c, or h2c=1 in a URL, clients that begin with HTTP/2 (prior
      knowledge, RFC 9113 3.3: Envoy, Cloud Run, gRPC proxies) get it without TLS; the others are served as ever. With :proxy, or
      proxy=1 in a URL, every connection begins with a header of the PROXY protocol, version 1 or 2, from one of --trusted-proxies; behind it comes HTTP, or TLS
      with HOST:PORT:proxy:ssl. Without any, --host, --port and --socket say where.

      An address given on the command line replaces those of the environment and of the config file.`,
  },
  http2: {
    flag: 'http2',
    group: 'Listening',
    kind: 'boolean',
    default: true,
    summary: 'Speak HTTP/2 with TLS clients that can',
    description: `All browsers do. Applications of every kind are served over it, those that know HTTP/1.1 only as well; SERVER_PROTOCOL,
      httpVersion and the access log say HTTP/2.0. The limits and timeouts of requests hold for each stream. Without TLS see --listen.
      With --no-http2 clients are offered HTTP/1.1 only.`,
  },
  http2MaxStreams: {
    flag: 'http2-max-streams',
    group: 'Listening',
    kind: 'count',
    value: 'N',
    default: 100,
    min: 1,
    summary: 'Requests at a time on one connection of HTTP/2',
    description: `RFC 9113 recommends at least 100. nginx and Apache chose 128 and 100. A client that opens more has the others refused, and may ask again.`,
  },
  balance: {
    flag: 'balance',
    group: 'Listening',
    kind: 'choice',
    value: 'WAY',
    choices: ['shared', 'round-robin', 'sticky', 'reuseport'],
    default: 'shared',
    summary: 'How connections come to workers',
    description: `shared: all workers accept from one queue; nothing waits behind a worker that is blocked, and one that is busy stops
      accepting while another one is not. round-robin: the master accepts and gives each connection to the worker that has the
      fewest; the most even, and the dearest for short connections. sticky: the same, but all connections of a client's address come to
      the same worker, as Socket.IO's default client needs. reuseport: each worker has a queue of its own and
      the kernel chooses by the client's address; cheap, but a connection may wait behind a blocked worker, and the
      number of workers is fixed (Node 22.12 or later, Linux). On Windows there are round-robin and sticky only. Figures: docs/balance.md.`,
  },
  host: {
    flag: 'host',
    short: 'o',
    group: 'Listening',
    kind: 'text',
    value: 'HOST',
    mayBeEmpty: true,
    summary: 'Address or name of the interface to listen on',
    description: `The default, like *, is every interface, IPv4 and IPv6. Use 127.0.0.1 behind a proxy on the same machine.
      Applications find it as SERVER_NAME.`,
  },
  port: {
    flag: 'port',
    short: 'p',
    group: 'Listening',
    kind: 'port',
    value: 'PORT',
    default: 5000,
    fallbackVariable: 'PORT',
    summary: 'TCP port',
    description: `5000, as for plackup. 0 takes a free port, which the line at start names. When no source says where to
      listen, the customary variable PORT of hosting platforms does; an application that listens by itself on one
      host then keeps that host, but not with --user, --group, --threads or --balance=reuseport. Ports below 1024 need a privilege on most
      systems: start as root with --user, or grant CAP_NET_BIND_SERVICE. On macOS, AirPlay holds port 5000.`,
  },
  socket: {
    flag: 'socket',
    short: 'S',
    group: 'Listening',
    kind: 'text',
    value: 'PATH',
    summary: 'Listen on a Unix socket; @NAME for an abstract one',
    description: `A stale socket file is replaced, one that a server still answers on is an error, and the file is removed at
      the end. A leading @ (or NUL) is Linux' abstract name space: no file, no permissions, everyone on the machine
      may connect.

      In contrast to the ancestor, --host or --port next to it opens both.`,
  },
  socketMode: {
    flag: 'socket-mode',
    group: 'Listening',
    kind: 'octal',
    value: 'MODE',
    summary: 'Permissions of Unix sockets, such as 0660',
    description: `Octal. By default the umask decides. A client needs the right to write; 0660 with --socket-group=www-data
      lets only a proxy in.`,
  },
  socketOwner: {
    flag: 'socket-owner',
    group: 'Listening',
    kind: 'text',
    value: 'USER',
    summary: 'Owner of Unix sockets, name or number',
    description: 'By default the user that starts the server. To give a file away needs root.',
  },
  socketGroup: {
    flag: 'socket-group',
    group: 'Listening',
    kind: 'text',
    value: 'GROUP',
    summary: 'Group of Unix sockets, name or number',
    description: `By default the group of the process that starts the server. Without root only a group that the user
      belongs to can be given.`,
  },
  trustedProxies: {
    flag: 'trusted-proxies',
    group: 'Listening',
    kind: 'text',
    value: 'ADDRESS',
    repeatable: true,
    separator: ',',
    default: [],
    summary: 'Proxies that are believed who their client is',
    description: `Addresses, networks such as 10.0.0.0/8, and the words loopback, private, unix and none. Several are separated by commas, or
      the option is given again; none trusts nobody. loopback is 127.0.0.0/8 and
      ::1, private the networks of RFC 1918, 4193 and 6598 and link-local ones, unix every client of a Unix socket.

      From a trusted proxy the address, scheme, host and port of the client are taken from X-Forwarded-For, -Proto, -Host and -Port (or
      from Forwarded, see --forwarded-field); the application and the access log see these. Lists are read from the right for as
      long as the hop before is trusted, and what stands left of that is removed. From everybody else Forwarded, X-Forwarded-* and
      X-Real-IP are removed. Each of the four fields must be set or removed by the proxy: one that it does not know it passes on as
      its client has sent it.

      Without the option clients of Unix sockets are believed for address and scheme, and all fields reach the application as they came.`,
  },
  forwardedField: {
    flag: 'forwarded-field',
    group: 'Listening',
    kind: 'choice',
    value: 'FIELD',
    choices: ['x-forwarded', 'forwarded'],
    default: 'x-forwarded',
    summary: 'Field of trusted proxies that counts: x-forwarded or forwarded',
    description: `x-forwarded: X-Forwarded-For, -Proto, -Host and -Port. forwarded: Forwarded of RFC 7239. With --trusted-proxies the other
      one is removed: a proxy that does not know it passes on what its client has sent.`,
  },
  requestId: {
    flag: 'request-id',
    group: 'Listening',
    kind: 'boolean',
    default: false,
    summary: 'Name each request in X-Request-Id, in its answer and in the log',
    description: `A trusted proxy (--trusted-proxies) may give the name, as X-Request-Id or else by the trace-id of traceparent (W3C Trace
      Context); everybody else's is replaced by a new UUID. Applications find it as HTTP_X_REQUEST_ID or in their headers, the answer has it unless
      the application gives its own, the JSON access log has it as requestId; other formats: %{X-Request-Id}i.`,
  },
  ipv6: {
    flag: 'ipv6',
    group: 'Listening',
    kind: 'boolean',
    summary: 'IPv6 for the address without a host: on or off',
    description: `By default both families are served where the machine has them. --ipv6 insists (the start fails without
      IPv6), --no-ipv6 or --ipv6=0 listens on IPv4 only.`,
  },
  backlog: {
    flag: 'backlog',
    group: 'Listening',
    kind: 'count',
    value: 'N',
    default: 2048,
    min: 1,
    summary: 'Connections that wait in the kernel until a worker accepts',
    description: `Linux cuts it to net.core.somaxconn (4096 on recent kernels). A small value lets a front proxy see overload
      early and try another machine; a large one rides out a burst. gunicorn chose 2048, Starman 1024, Node 511.`,
  },
} as const
