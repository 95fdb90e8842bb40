import type { Peer, SettledRequest } from '../../app/handler.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'

/** What is known about an answered request. Fits the access log's record. */
export interface AnsweredRequest extends SettledRequest {
  readonly head: RequestHead
  readonly peer: Peer
  /** Body bytes that the app sent; without chunk framing, unless it wrote that itself (Node style). */
  readonly bodyBytes: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly durationMs: number
  readonly isPersistent: boolean
  readonly onSettled: ((request: SettledRequest) => void) | undefined
}
