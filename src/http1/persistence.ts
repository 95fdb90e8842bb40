// Whether a connection lives on (RFC 9112 9.3).

import { hasMember } from './grammar.ts'

/** What the client allows. `connection` is the value of all its Connection lines joined, undefined without one. */
export function mayPersist(minorVersion: number, connection: string | undefined): boolean {
  if (connection === undefined) return minorVersion === 1
  if (connection === 'keep-alive') return true
  // "close" wins over everything else in the list.
  if (hasMember(connection, 'close')) return false
  return minorVersion === 1 || hasMember(connection, 'keep-alive')
}
