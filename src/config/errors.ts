/** The operator asked for something that cannot be: one sentence, an exit code, nothing started. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  /** Exit code of the command; the table is in config/exit-codes.ts. */
  readonly exitCode: number

  constructor(message: string, exitCode = 2, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
