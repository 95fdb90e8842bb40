import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'

/** The application threw, or could not be compiled, while it was loaded. `cause` is its own error, whose stack is to be shown. */
export class AppLoadError extends ConfigError {
  override readonly name = 'AppLoadError'

  constructor(what: string, cause: unknown) {
    super(`Cannot load ${what}: ${describe(cause)}`, EXIT.appLoad, { cause })
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return `it threw ${String(cause)}`
  return `${cause.name}: ${cause.message.split('\n')[0] ?? ''}`
}
