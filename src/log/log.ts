// The server's own log: one line per entry on a file descriptor.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** How entries look: text, JSON, or text as systemd's journal takes priorities from it. */
export type LogFormat = 'text' | 'json' | 'journal'

/** What a log is told about its entries. May be changed while it is in use. */
export interface LogStyle {
  /** Entries below it are left out. */
  level: LogLevel
  format: LogFormat
}

/** Where the server and the adapters report. `error` entries carry the stack when `cause` is an Error. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string, cause?: unknown): void
  error(message: string, cause?: unknown): void
}
