import { inspect } from 'node:util'
import { ConfigError } from '../../config/errors.ts'
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
