// What the operating system can do, by name. The only file that asks which system it is (scripts/check-layers.mjs): everybody else asks
// for an ability, so that a system is added, or corrected, in one place.

export interface Platform {
  /** As Node names it: linux, darwin, win32... */
  readonly name: string
  /** A child process gets open sockets by number. Without, the master accepts and hands each connection over (docs/adr/0019). */
  readonly inheritsSockets: boolean
  /** Sockets with a path. Node's `listen(path)` on Windows is a named pipe, which no proxy can speak to. */
  readonly unixSockets: boolean
  /** Longest path of a socket in bytes: sockaddr_un without its final NUL. */
  readonly longestSocketPath: number
  /** Sockets with a name that is no file (unix(7)). */
  readonly abstractSockets: boolean
  /** Sockets of one address share its connections evenly (SO_REUSEPORT). On BSD and macOS the last one gets them all. */
  readonly reusePort: boolean
  /** An accepted connection has TCP_NODELAY when its listening socket has it (tcp(7) does not say so; inet_csk_clone_lock copies it). */
  readonly inheritsNoDelay: boolean
  /** What a listening socket still has in its queue can be seen, and the queue filled, before it is closed. */
  readonly fillsQueue: boolean
  /** /proc (proc(5)) tells of processes, descriptors and sockets. */
  readonly procfs: boolean
  /** A process can be sent TERM, HUP, USR1... Without, kill ends it at once, and HUP says that the console is closed. */
  readonly signals: boolean
  /** User and group ids, owners of files, umask(2). */
  readonly users: boolean
  /** A process can leave its terminal and its session: --daemonize. */
  readonly daemons: boolean
  /** A process has a bounded number of descriptors (RLIMIT_NOFILE). */
  readonly descriptorLimit: boolean
  /** PATH and Path are two variables of the environment. */
  readonly caseSensitiveVariables: boolean
  /** Any name without a slash is that of a file. Without, some are devices, streams or other spellings: CON, a.txt::$DATA, a.txt. */
  readonly plainFileNames: boolean
  /** fork(2): Perl children come from one parent that has loaded the application. */
  readonly forks: boolean
}

const UNIX: Omit<Platform, 'name'> = {
  inheritsSockets: true,
  unixSockets: true,
  longestSocketPath: 103,
  abstractSockets: false,
  reusePort: false,
  inheritsNoDelay: false,
  fillsQueue: false,
  procfs: false,
  signals: true,
  users: true,
  daemons: true,
  descriptorLimit: true,
  caseSensitiveVariables: true,
  plainFileNames: true,
  forks: true,
}

const LINUX: Omit<Platform, 'name'> = {
  ...UNIX,
  longestSocketPath: 107,
  abstractSockets: true,
  reusePort: true,
  fillsQueue: true,
  inheritsNoDelay: true,
  procfs: true,
}

const WINDOWS: Omit<Platform, 'name'> = {
  ...UNIX,
  inheritsSockets: false,
  unixSockets: false,
  signals: false,
  users: false,
  daemons: false,
  descriptorLimit: false,
  caseSensitiveVariables: false,
  plainFileNames: false,
  forks: false,
}

/** What the system of that name can do. One that is not known is taken for a Unix without specialities: macOS, the BSDs. */
export function platformOf(name: string): Platform {
  return { name, ...(name === 'linux' ? LINUX : name === 'win32' ? WINDOWS : UNIX) }
}

/** This one. */
export const platform: Platform = platformOf(process.platform)
