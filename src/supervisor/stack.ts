import { inspect } from 'node:util'

/** An error for people, with its stack and causes. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? inspect(error) : String(error)
}
