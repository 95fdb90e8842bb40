// What resolving has to know about the machine. Given as an argument, so that the table of cases needs no machine.

/** What is wrong with a file that an option names. */
export type FileProblem = 'missing' | 'unreadable' | 'not a file' | 'not a directory'

export interface System {
  /** Where relative paths start. */
  readonly cwd: string
  /** Directory for temporary files. */
  readonly tmpdir: string
  /** Directory for what is kept over restarts. */
  readonly stateDirectory: string
  readonly platform: string
  /** CPUs that the process may use. */
  readonly cpus: () => number
  /** Undefined: it can be read. */
  readonly fileProblem: (path: string) => FileProblem | undefined
  /** TLS files are looked at by somebody else, who may have rights that this process has given up. Default: false. */
  readonly leavesTlsFiles?: boolean
  /** Undefined: the directory is there. */
  readonly directoryProblem: (path: string) => FileProblem | undefined
}
