// Whether a connection lives on (RFC 9112 9.3).

import { listMembers } from './grammar.ts'

/** What the client allows. `connection` is the value of all its Connection lines joined, undefined without one. */
export function mayPersist(minorVersion: number, connection: string | undefined): boolean {
  if (connection === undefined) return minorVersion === 1
  if (connection === 'keep-alive') return true
  const members = listMembers(connection)
  // "close" wins over everything else in the list.
  if (members.includes('close')) return false
  return minorVersion === 1 || members.includes('keep-alive')
}
