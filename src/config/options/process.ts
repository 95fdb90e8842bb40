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
      output become /dev/null, and so does standard error unless --error-log names a file. Under systemd, Docker or any
      other supervisor leave it off: they want the process in the foreground.`,
  },
  pid: {
    flag: 'pid',
    group: 'Process',
    kind: 'file',
    value: 'FILE',
    summary: 'Write the process id of the master to FILE',
    description: `The file belongs to one server: while its owner lives a second start is refused, a stale file is
      replaced, and only its owner removes it. It is written with and without --daemonize.`,
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
