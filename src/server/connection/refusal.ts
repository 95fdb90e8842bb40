// The responses that no application is asked for: to what is no request, and to a client too many.

import type { RequestError } from '../../http1/faults.ts'
import type { RequestReader } from '../../http1/request/request-reader.ts'
import { encodeFault } from '../../http1/response/encode.ts'
import type { ConnectionPeer } from '../peer.ts'
import type { ServerContext } from '../server-context.ts'

/** The one response to a fault, as text for the wire; counted and logged. */
export function faultResponse(
  fault: RequestError,
  reader: RequestReader,
  peer: ConnectionPeer,
  context: ServerContext,
): string {
  const { code: reason, status } = fault
  context.refusals.add({ reason, status, peer, line: reader.shownLine })
  return encodeFault(status, reason, context.dateLine + context.serverLine, reader.asksHead)
}

/** 503 before anything is read, likewise. */
export function unavailableResponse(
  reason: 'too-many-connections' | 'no-descriptors',
  peer: ConnectionPeer,
  { refusals, dateLine, serverLine }: ServerContext,
): string {
  refusals.add({ reason, status: 503, peer, line: '' })
  return encodeFault(503, 'Service Unavailable', `${dateLine}${serverLine}Retry-After: 1\r\n`, false)
}
