// The server's own log, on standard error unless the operator named a file.
import { ENTRY_TEXTS } from './entry.ts'
import type { Log, LogLevel, LogStyle } from './log.ts'
import { fdSink, type LogSink } from './sink.ts'

export interface StderrLogOptions {
  /** Default: text, from level `info` on. Read for each entry, so its owner can change it at any time. */
  readonly style?: Readonly<LogStyle>
  /** Where entries go; default: file descriptor 2, written at once. */
  readonly sink?: LogSink
  /** Milliseconds since the epoch; default: the clock. */
  readonly now?: () => number
  /** Process id that entries carry; default: this process. */
  readonly pid?: number
}

const DEFAULT_STYLE: LogStyle = { level: 'info', format: 'text' }

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** A Log that writes one line per entry, and the stack of its cause below an error. None of its methods throws. */
export function createLog(options: StderrLogOptions = {}): Log {
  const { style = DEFAULT_STYLE, sink = fdSink(2), now = Date.now, pid = process.pid } = options
  const entry = (level: LogLevel, message: string, cause?: unknown): void => {
    if (RANK[level] < RANK[style.level]) return
    sink.write(ENTRY_TEXTS[style.format]({ level, message, cause, at: now(), pid }))
  }
  return {
    debug: message => entry('debug', message),
    info: message => entry('info', message),
    warn: (message, cause) => entry('warn', message, cause),
    error: (message, cause) => entry('error', message, cause),
  }
}
