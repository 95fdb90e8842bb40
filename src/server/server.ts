// CONTRACT ONLY: replaced by the implementation.
import type { Handler } from '../app/handler.ts'
import type { ListenAddress } from '../config/address.ts'
import type { Log } from '../log/log.ts'

/** Limits in bytes and counts, times in milliseconds; 0 means no limit unless said. */
export interface ServerSettings {
  readonly requestLineBytes: number
  readonly fieldBytes: number
  readonly fieldCount: number
  readonly headBytes: number
  readonly bodyBytes: number
  readonly headTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly bodyMinRate: number
  readonly writeTimeoutMs: number
  readonly keepaliveTimeoutMs: number
  readonly requestsPerConnection: number
  readonly connections: number
  readonly serverHeader: string | undefined
}

/** What is known about an answered request, for the access log. */
export interface AnsweredRequest {
  readonly head: import('../http1/head.ts').RequestHead
  readonly peer: import('../app/handler.ts').Peer
  readonly status: number
  readonly bodyBytes: number
  readonly startedAt: number
  readonly durationMs: number
  readonly isComplete: boolean
}

export interface ServerOptions {
  readonly settings: ServerSettings
  readonly handler: Handler
  readonly log: Log
  /** Called once per answered request; absent: nothing is recorded. */
  readonly onAnswered?: (request: AnsweredRequest) => void
  /** Called when the app commits harakiri. */
  readonly onRetire?: () => void
}

export interface ServerStats {
  readonly connections: number
  readonly requests: number
  readonly inFlight: number
}

/** An HTTP server on any number of listeners, in this process. */
export interface Server {
  /** `fd`: a bound descriptor handed over by a parent. Otherwise binds `address` itself. Gives the address that was bound. */
  listen(address: ListenAddress, fd?: number): Promise<{ host: string; port: number } | { path: string }>
  readonly stats: ServerStats
  /** Calls `spent` once when that many requests have been answered; answers from then on say `Connection: close` only after `drain`. */
  afterRequests(count: number, spent: () => void): void
  /** Stops accepting, answers what comes with `Connection: close`, lets go of idle connections; resolves when none is left or after `graceMs` (what is left is cut). */
  drain(graceMs: number): Promise<void>
  /** Cuts everything at once. */
  close(): Promise<void>
}
export declare function createServer(options: ServerOptions): Server
