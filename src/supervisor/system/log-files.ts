// The log files of the master: opened before rights are dropped, handed to the workers as descriptors, reopened by name.
import type { Config } from '../../config/config.ts'
import { type LogFile, openLogFile } from '../../log/file.ts'
import type { Log, LogStyle } from '../../log/log.ts'
import { createLog } from '../../log/stderr-log.ts'

export interface MasterLogs {
  readonly log: Log
  /** What workers get as standard error. */
  readonly stderrFd: number
  /** Descriptor of the access log file; undefined when there is none or it is standard output. */
  readonly accessFd: number | undefined
  reopen(): void
  close(): void
}

/** Throws ConfigError when a file cannot be opened. */
export function openMasterLogs(config: Config): MasterLogs {
  const style = styleOf(config)
  // What the error log cannot take has to be said elsewhere.
  const complain = (message: string): void => createLog({ style }).warn(message)
  // Unbuffered, so that the last line before a crash is on disk.
  const errorFile = config.errorLog === undefined ? undefined : openLogFile(config.errorLog, { delayMs: 0, complain })
  const accessFile = hasAccessFile(config) ? openLogFile(config.accessLog) : undefined
  const files = [errorFile, accessFile].filter((file): file is LogFile => file !== undefined)
  return {
    log: createLog({ style, ...(errorFile === undefined ? {} : { sink: errorFile }) }),
    get stderrFd() {
      return errorFile?.fd ?? 2
    },
    get accessFd() {
      return accessFile?.fd
    },
    reopen: () => {
      for (const file of files) file.reopen()
    },
    close: () => {
      for (const file of files) file.close()
    },
  }
}

/** How the configuration wants entries of the server's log. */
export function styleOf({ logLevel, logFormat }: Config): LogStyle {
  return { level: logLevel, format: logFormat }
}

/** Whether the access log is a file of its own. */
export function hasAccessFile(config: Config): config is Config & { accessLog: string } {
  return config.accessLog !== undefined && config.accessLog !== '-'
}
