import { inspect } from 'node:util'
import { ConfigMistake } from '../config/mistakes.ts'

/** An error for people, with its stack and causes. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? inspect(error) : String(error)
}

/** A mistake of the operator's is one sentence; anything else needs its stack. */
export function wordsOf(mistake: unknown): string {
  return mistake instanceof ConfigMistake ? mistake.message : stackOf(mistake)
}
