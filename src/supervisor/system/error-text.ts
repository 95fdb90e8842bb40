import { inspect } from 'node:util'
import { ConfigError } from '../../config/errors.ts'

/** An error for people, with its stack and causes. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? inspect(error) : String(error)
}

/** A mistake of the operator's is one sentence; anything else needs its stack. */
export function messageOf(mistake: unknown): string {
  return mistake instanceof ConfigError ? mistake.message : stackOf(mistake)
}
