// The pool: how many processes, and how long each lives.
export const WORKER_OPTIONS = {
  workers: {
    flag: 'workers',
    short: 'w',
    aliases: ['max-workers'],
    group: 'Workers',
    kind: 'count',
    value: 'N',
    max: 4096,
    computed: 'the CPUs that this process may use; 10 for a Perl application',
    fallbackVariable: 'WEB_CONCURRENCY',
    summary: 'Worker processes; 0 serves in the one process',
    description: `By default as many as the CPUs that the process may use, cgroup quota and CPU set included, at least one. A
      JavaScript worker serves many requests at once, so more workers than CPUs help only applications that block;
      each costs its own memory. 0 starts no other process: for debugging, and where a supervisor does the rest. When no source
      says a number, WEB_CONCURRENCY of hosting platforms does, as for puma and gunicorn.

      For a Perl application it is the number of Perl children, 10 by default. Each answers one request at a time, while
      connections cost no child; --front-workers says how many processes look after those. 0 is one child.`,
  },
  threads: {
    flag: 'threads',
    group: 'Workers',
    kind: 'count',
    value: 'N',
    default: 0,
    max: 1024,
    summary: 'Serve from N threads in each worker process; 0 for none',
    description: `One process then, unless --workers says otherwise. Threads share nothing of the application and need about as
      much memory as processes (four of hello world: 116 MB and 121 MB); for applications that must be one process. Every option holds:
      the first thread that has spent its requests, its age or the process's memory has the whole process replaced, the
      new one first. Not possible in threads: process.chdir(), process.umask(), signal handlers, native addons that do not
      know threads, the stack of a blocked thread, --balance=round-robin, and Perl applications.`,
  },
  maxReqsPerChild: {
    flag: 'max-reqs-per-child',
    aliases: ['max-requests'],
    group: 'Workers',
    kind: 'count',
    value: 'N',
    default: 0,
    zeroWords: ['inf', 'unlimited'],
    summary: 'Requests until a worker is replaced; 0 for no limit',
    description: `Unlimited by default. Give a number when an application leaks memory. A spent worker serves on until its
      replacement is ready and tells its clients with Connection: close, so no client sees a reset.

      A Perl child is replaced after 1000 by default, as in the ancestor; there 0 means the default.`,
  },
  minReqsPerChild: {
    flag: 'min-reqs-per-child',
    group: 'Workers',
    kind: 'count',
    value: 'N',
    min: 1,
    summary: 'With --max-reqs-per-child: draw the limit between N and it',
    description: `Each worker draws its own limit, evenly between both numbers, so that workers started together are not all
      replaced together. By default every worker has the same limit.`,
  },
  maxAgePerChild: {
    flag: 'max-age-per-child',
    aliases: ['max-lifetime'],
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 0,
    summary: 'Age at which a worker is replaced; 0 for no limit',
    description: `Unlimited by default. Each worker draws its own limit, up to a tenth below this one, so that workers started
      together are not all replaced together. Replacement as with --max-reqs-per-child: the new one serves before the old
      one goes. Of a Perl application it is a front worker that is replaced, and its Perl children with it.`,
  },
  maxMemoryPerChild: {
    flag: 'max-memory-per-child',
    group: 'Workers',
    kind: 'bytes',
    value: 'BYTES',
    default: 0,
    summary: 'Resident memory at which a worker is replaced; 0 for no limit',
    description: `Unlimited by default. Looked at once a second; a worker that is above its limit three times in a row, drawn up to
      a tenth below this one, is replaced, the new one first. Give it about twice what a worker has after a day of work,
      so that a leak is cut and a busy hour is not. Of a Perl application it is the front worker that is measured; its
      Perl children are bounded by --max-reqs-per-child.`,
  },
  restartBatch: {
    flag: 'restart-batch',
    group: 'Workers',
    kind: 'count',
    value: 'N',
    default: 1,
    min: 1,
    summary: 'How many workers are replaced at a time',
    description: `After HUP, and when several are spent. 1, the default, needs the memory and the processor of one more worker than
      usual; more make a reload of many workers shorter. The new ones serve before the old ones go in either case.`,
  },
  failFast: {
    flag: 'fail-fast',
    group: 'Workers',
    kind: 'boolean',
    default: false,
    summary: 'End the server when workers fail again and again',
    description: `A worker that dies young is started again after a pause that doubles each time, up to 30 seconds, for as long as
      it takes; those that serve go on. With this the server ends with code 5 when one place has failed five times in a
      row: right in a container, where an orchestrator sees only that and starts another one.`,
  },
  spawnInterval: {
    flag: 'spawn-interval',
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 0,
    summary: 'Least time between the starts of two workers that replace others',
    description: `Holds once the server serves: for workers that are replaced after HUP, because they spent their requests, or
      because they died. At the start the first worker loads alone and the others together. 0, the default, adds no pause.
      Raise it when loading the application strains a database.`,
  },
  mainProcessDelay: {
    flag: 'main-process-delay',
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 0.1,
    summary: 'Accepted for the ancestor; has no effect',
    description: `Perl Starlight's main process looks after its workers every 0.1 seconds. This one is told by events and
      never polls, so there is nothing to tune.`,
  },
  gracefulTimeout: {
    flag: 'graceful-timeout',
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 30,
    summary: 'Time that a leaving worker has for its open requests',
    description: `After TERM, INT or QUIT, and when a worker is replaced, it finishes what it has; what is left after this time
      is cut. Raise it when the slowest answer takes longer; keep it below the time that systemd (TimeoutStopSec,
      90) or Kubernetes (terminationGracePeriodSeconds, 30) waits before it kills. 0 cuts at once. gunicorn chose
      30, hypnotoad 120.`,
  },
  drainDelay: {
    flag: 'drain-delay',
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 0,
    summary: 'Time between the signal to stop and the end of accepting',
    description: `After TERM, INT or QUIT /readyz of --admin says 503 at once, and everything is served as ever for so long: a load
      balancer, or the endpoints of Kubernetes, need that time to stop sending clients here. Then the listeners close and
      --graceful-timeout begins; whatever kills the server in the end has to wait for both. A second signal skips the delay. 0, the
      default: nothing is accepted after the signal. 5 to 15 are usual behind load balancers.`,
  },
  upgradeTimeout: {
    flag: 'upgrade-timeout',
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 180,
    summary: 'Time that a new master has to serve after USR2',
    description: `If its workers do not all serve by then, it is killed and this server goes on. 0: no limit. hypnotoad chose
      180, too.`,
  },
  bootTimeout: {
    flag: 'boot-timeout',
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 60,
    summary: 'Time that a worker has to load the application',
    description: `A worker that is not ready by then is killed and counts as failed to start. Raise it for applications that
      warm caches before they serve. 0: no limit.`,
  },
  watchdog: {
    flag: 'watchdog',
    group: 'Workers',
    kind: 'boolean',
    default: true,
    summary: 'Log the JavaScript stack of a worker that is blocked',
    description: `A thread in each worker notices when its event loop does not turn for nearly --worker-timeout, and logs the code that
      blocks and the requests that wait, before the worker is killed. When the master was killed, the thread ends a worker that
      does not turn for --graceful-timeout and two seconds. It costs about 8 MB of memory for each worker;
      --no-watchdog saves them. A Perl application has none.`,
  },
  workerTimeout: {
    flag: 'worker-timeout',
    group: 'Workers',
    kind: 'seconds',
    value: 'SECONDS',
    default: 30,
    summary: 'Replace a worker whose event loop is blocked for so long',
    description: `Each worker reports once a second. One that is silent for this time computes without end and can serve
      nobody, so it is killed and replaced. Slow requests that wait for something do not count. Raise it for
      applications with long synchronous work, 0 switches it off. gunicorn chose 30, puma 60.

      For a Perl application it is the time in which a working child says nothing, and 300 by default: its client gets 504,
      the child TERM and five seconds later KILL.`,
  },
} as const
