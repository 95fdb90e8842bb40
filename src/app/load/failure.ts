import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { titleOf } from '../../config/thrown.ts'

/** The application threw, or could not be compiled, while it was loaded. `cause` is its own error, whose stack is to be shown. */
export class AppLoadError extends ConfigError {
  override readonly name = 'AppLoadError'

  constructor(what: string, cause: unknown) {
    super(`Cannot load ${what}: ${describe(cause)}`, EXIT.appLoad, { cause })
  }
}

function describe(cause: unknown): string {
  const [line = ''] = titleOf(cause).split('\n', 1)
  return cause instanceof Error ? line : `it threw ${line}`
}
