// How long a client may take. Every one is a deadline that somebody attacks when it is missing.
export const TIMEOUT_OPTIONS = {
  timeout: {
    flag: 'timeout',
    group: 'Timeouts',
    kind: 'seconds',
    value: 'SECONDS',
    default: 300,
    summary: 'Default of --body-timeout and --write-timeout',
    description: `The ancestor's one timeout for a single read or write, with its default of 300. The head of a request has a
      limit of its own here, see --head-timeout. 0: no limit; the ancestor takes 0 for 300.`,
  },
  headTimeout: {
    flag: 'head-timeout',
    aliases: ['read-timeout'],
    group: 'Timeouts',
    kind: 'seconds',
    value: 'SECONDS',
    default: 10,
    summary: 'Time for a whole request head',
    description: `From the first byte to the empty line, however many reads that takes; a new connection has the same time to
      say anything. Then 408, and the connection closes. This is what stops a client that sends one byte a
      minute. Starman chose 5, Node 60, granian and puma 30; the ancestor has none. 0: no limit.`,
  },
  bodyTimeout: {
    flag: 'body-timeout',
    group: 'Timeouts',
    kind: 'seconds',
    value: 'SECONDS',
    computed: 'the value of --timeout',
    summary: 'Time without a byte of the request body',
    description: `408 when the client sends nothing for so long while the application waits for the body. It is about silence,
      not the total, so a slow and steady upload lives; --body-min-rate looks after the total. FrankenPHP chose 60.`,
  },
  bodyMinRate: {
    flag: 'body-min-rate',
    group: 'Timeouts',
    kind: 'bytes',
    value: 'BYTES',
    default: 240,
    summary: 'Minimum rate of a request body, in bytes per second',
    description: `Measured over the whole body once it takes longer than 20 seconds; slower clients get 408. 240 is less than any
      modem and more than a client that drips bytes to keep a connection busy; IIS and Kestrel chose the same. 0
      switches it off: right for bodies that are a conversation.`,
  },
  writeTimeout: {
    flag: 'write-timeout',
    group: 'Timeouts',
    kind: 'seconds',
    value: 'SECONDS',
    computed: 'the value of --timeout',
    summary: 'Time in which a client takes nothing of its answer',
    description: `A client that stops reading is cut after this time, so that it cannot hold an answer in memory indefinitely. It
      counts only while bytes wait to be taken: an application may be silent for as long as it likes.`,
  },
  requestTimeout: {
    flag: 'request-timeout',
    group: 'Timeouts',
    kind: 'seconds',
    value: 'SECONDS',
    default: 0,
    summary: 'Time in which the answer to a request has to begin',
    description: `Beyond it the client gets 504, the application's signal is aborted (request.signal, the "close" event of a
      Node response), what it answers later is dropped, and the log has a line. An answer that has begun is not cut. 0,
      the default, sets no limit. It needs a free event loop: for one that is blocked there is --worker-timeout.`,
  },
  keepaliveTimeout: {
    flag: 'keepalive-timeout',
    group: 'Timeouts',
    kind: 'seconds',
    value: 'SECONDS',
    default: 65,
    summary: 'Time that an idle connection is kept for the next request',
    description: `Longer than the 60 seconds of common load balancers: when the server closes first, the balancer's next request
      meets a closed connection and its user sees 502. Idle connections cost a few kilobytes. puma and recent Node
      chose 65, gunicorn 2, uvicorn 5, the ancestor 2. 0 sets no limit; for no keep-alive at all there is
      --max-keepalive-reqs=1.`,
  },
} as const
