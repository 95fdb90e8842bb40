// Whether a connection serves another request behind an exchange (RFC 9112 9.3): all of the server's reasons. The client's own are in
// http1/persistence.ts. It is asked three times, as more is known each time, and a no is final (`Exchange.closeAfter`):
//
//   as the request comes        what client and server allow
//   as the response's head is   what the client is told in it: from here on only a mistake or a broken body can change it
//   as the response is done     what is done: on to the next request, right away or behind the rest of the body, or the close

import type { RequestHead } from '../../http1/request/request-head.ts'
import type { ServerContext } from '../server-context.ts'
import { DRAIN_BYTES } from '../settings.ts'
import type { RequestInput } from './connection-input.ts'

/** What the rules need to know of an exchange. */
interface Answered {
  readonly head: RequestHead
  readonly isPersistent: boolean
  readonly expectsContinue: boolean
}

/** `count`: how many requests the connection has had, with this one. */
export function mayPersistFor(head: RequestHead, count: number, { settings, isDraining }: ServerContext): boolean {
  return head.isPersistent && count !== settings.requestsPerConnection && !isDraining
}

/** `isInBody`: whether the body of the request has not been read to its end. It must be worth reading to keep the connection. */
export function mayPersistAfter(exchange: Answered, isInBody: boolean, { isDraining }: ServerContext): boolean {
  if (isDraining) return false
  return !isInBody || (!exchange.expectsContinue && exchange.head.bodyLength <= DRAIN_BYTES)
}

/** What the connection does behind the response, as an event of its state. */
export function afterResponse(exchange: Answered, isInBody: boolean): 'persist' | 'discard' | 'linger' {
  // A client that was never told to continue may send its body or not: where a next request would begin is unknown.
  if (!exchange.isPersistent || exchange.expectsContinue) return 'linger'
  return isInBody ? 'discard' : 'persist'
}

/**
 * Whether a client that closes after this request has sent all that it will: then the connection is closed at once, without the stages
 * of RFC 9112 9.6. Not behind a body, which some clients follow with a line end that was never announced.
 */
export function isLastOf(head: RequestHead, { unreadBytes }: RequestInput): boolean {
  return !head.isPersistent && head.bodyLength === 0 && unreadBytes === 0
}
