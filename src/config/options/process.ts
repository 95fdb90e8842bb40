// The process as the system sees it.
export const PROCESS_OPTIONS = {
  daemonize: {
    flag: 'daemonize',
    short: 'D',
    group: 'Process',
    kind: 'boolean',
    default: false,
    summary: 'Go to the background once the workers serve',
    description: `The command returns 0 when requests are answered, and otherwise non-zero with the reason. Standard input and
      output become /dev/null, and so does standard error unless --error-log names a file; all other descriptors
      of the caller are closed. It cannot be combined with SERVER_STARTER_PORT or LISTEN_FDS. Under systemd, Docker or any other
      supervisor leave it off: they want the process in the foreground.`,
  },
  pid: {
    flag: 'pid',
    group: 'Process',
    kind: 'file',
    value: 'FILE',
    summary: 'Write the process id of the master to FILE',
    description: `The file belongs to one server: while its owner lives a second start is refused, a stale file is
      replaced, and only its owner removes it; what is no pid file (a link, a FIFO, other content) is refused and left alone. It is
      written with and without --daemonize. With --user in a directory that this user cannot write, the file stays behind, empty; the
      next start takes it.`,
  },
  admin: {
    flag: 'admin',
    group: 'Process',
    kind: 'text',
    value: 'ADDRESS',
    summary: 'Answer /healthz, /readyz, /livez, /metrics and a status page on ADDRESS',
    description: `HOST:PORT, PORT (on 127.0.0.1), or the path of a Unix socket. Read-only, without a password: keep it off public
      interfaces. The master answers, so it does when every worker is blocked. /metrics is for Prometheus; requests are
      counted and timed only with this option. See docs/operation.md.`,
  },
  controlSocket: {
    flag: 'control-socket',
    group: 'Process',
    kind: 'text',
    value: 'FILE',
    mayBeEmpty: true,
    computed: 'a socket of its own in XDG_RUNTIME_DIR, in /run/starlight or in a private directory for temporary files',
    summary: 'Where "starlight status", "reload", "stop"... reach this server',
    description: `A Unix socket that only this user can open. Those commands find a server by themselves when it is the only one of
      its user; give a path, here and to them, when there are several, or when services see different directories for
      temporary files. It is bound before --user takes effect and belongs to that user; a file that is no socket, and the
      socket of a living server, are left alone. The empty text opens none.`,
  },
  user: {
    flag: 'user',
    group: 'Process',
    kind: 'text',
    value: 'USER',
    summary: 'Serve as USER, name or number',
    description: `Start as root to bind port 80 or to read a key; after that all rights are dropped, supplementary groups too.
      Without --group the user's own groups are taken.`,
  },
  group: {
    flag: 'group',
    group: 'Process',
    kind: 'text',
    value: 'GROUP',
    summary: 'Serve as GROUP, name or number; G,G2 adds more',
    description: `The first is the group of the process, the others its supplementary ones. Given in the same moment as --user,
      before the user is switched.`,
  },
  umask: {
    flag: 'umask',
    group: 'Process',
    kind: 'octal',
    value: 'MASK',
    summary: 'Permissions that new files do not get, such as 0027',
    description: `Octal. By default that of the shell. Set after the sockets are bound and the logs are open, as in the ancestor; for
      Unix sockets see --socket-mode.`,
  },
} as const
