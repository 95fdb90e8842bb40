import type { Peer } from '../../app/handler.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'

/** What is known about an answered request. Fits the access log's record. */
export interface AnsweredRequest {
  readonly head: RequestHead
  readonly peer: Peer
  readonly status: number
  /** Body bytes that the app sent; without chunk framing, unless it wrote that itself (Node style). */
  readonly bodyBytes: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly durationMs: number
  /** False when the answer was cut or the client did not stay for it. */
  readonly isComplete: boolean
  readonly isPersistent: boolean
  /** Response field by lower-case name, joined with ', '; undefined when absent. */
  responseField(name: string): string | undefined
}
