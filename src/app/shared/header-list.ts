// Questions to a flat header list.
import type { HeaderList } from '../handler.ts'

/** Whether a field with this lower-case name is in the list. */
export function hasField(headers: HeaderList, name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const candidate = headers[i]!
    if (candidate.length === name.length && candidate.toLowerCase() === name) return true
  }
  return false
}
