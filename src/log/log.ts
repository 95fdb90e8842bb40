// The server's own log: one line per entry on a file descriptor.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where the server and the adapters report. `error` entries carry the stack when `cause` is an Error. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string, cause?: unknown): void
  error(message: string, cause?: unknown): void
}
