import { inspect } from 'node:util'
import { ConfigError } from '../../config/errors.ts'
import { reasonOf } from '../../config/thrown.ts'

/** An error for people, with its stack and causes. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? inspect(error) : reasonOf(error)
}

/** A mistake of the operator's is one sentence; anything else needs its stack. */
export function messageOf(mistake: unknown): string {
  return mistake instanceof ConfigError ? mistake.message : stackOf(mistake)
}
