import { inspect } from 'node:util'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { titleOf } from '../../config/thrown.ts'

/** An error for people, with its stack and causes. */
export function stackOf(error: unknown): string {
  try {
    // Newer lines of Node show an error whose stack throws in brackets: it is read before.
    if (error instanceof Error && error.stack !== '') return inspect(error)
  } catch {
    // Its stack, or what hangs on it, throws.
  }
  return titleOf(error)
}

/** An error of the operator's is one sentence; anything else needs its stack. */
export function messageOf(error: unknown): string {
  return error instanceof ConfigError ? error.message : stackOf(error)
}

/**
 * What is shown below the sentence of an error. An error of the operator needs no more than its sentence; what the
 * application threw needs its stack.
 */
export function detailOf(error: unknown): unknown {
  if (!(error instanceof ConfigError)) return error
  const isFromApp = error.exitCode === EXIT.appLoad || error.exitCode === EXIT.boot || error.exitCode === EXIT.failure
  return isFromApp ? error.cause : undefined
}
