import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'

/**
 * What is shown below the sentence of an error. An error of the operator needs no more than its sentence; what the
 * application threw needs its stack.
 */
export function detailOf(error: unknown): unknown {
  if (!(error instanceof ConfigError)) return error
  const isFromApp = error.exitCode === EXIT.appLoad || error.exitCode === EXIT.boot || error.exitCode === EXIT.failure
  return isFromApp ? error.cause : undefined
}
