// What all connections of one server share.

import { ClientDisconnected } from '../app/errors.ts'
import type { Exchange, Handler } from '../app/handler.ts'
import { RequestError } from '../http1/faults.ts'
import { DateLine } from '../http1/response/date.ts'
import type { Log } from '../log/log.ts'
import { answeringChallenges } from './acme/http-challenge.ts'
import { AsyncContext } from './async-context.ts'
import { compressing } from './compression/compress.ts'
import type { AnsweredRequest } from './connection/answered-request.ts'
import type { Deadlined, DeadlineTimer } from './deadline-timer.ts'
import type { DescriptorGuard } from './descriptors.ts'
import { sendingFiles } from './files/sendfile.ts'
import { servingFiles } from './files/static-handler.ts'
import { Forwarding } from './forwarded/forwarding.ts'
import { addsFields } from './own-fields.ts'
import { redirectingToHttps } from './redirect.ts'
import type { Refusals } from './refusals.ts'
import type { RequestMetrics } from './request-metrics.ts'
import type { ServerSettings } from './settings.ts'

/** A connection that the server has accepted and that has not been closed. */
export interface OpenConnection extends Deadlined {
  /** The request in hand, or those of HTTP/2; undefined when the connection is idle. */
  readonly present: AnsweredRequest | readonly AnsweredRequest[] | undefined
  drain(): void
  destroy(): void
}

/** What is noted of a request when it begins. */
interface StartedRequest {
  /** Milliseconds since 1970. */
  startedAt: number
  /** In the clock of `performance.now`. */
  startedTicks: number
}

export class ServerContext {
  readonly settings: ServerSettings
  readonly handler: Handler
  readonly log: Log
  readonly clock: DeadlineTimer
  readonly onAnswered: ((request: AnsweredRequest) => void) | undefined
  readonly onRetire: (() => void) | undefined
  readonly metrics: RequestMetrics | undefined
  readonly refusals: Refusals
  readonly forwarding: Forwarding
  /** Whether answers have fields by option. */
  readonly addsFields: boolean
  /** Whether the duration of requests is asked for. */
  readonly isTimed: boolean
  readonly connections: Set<OpenConnection> = new Set()
  readonly asyncContext: AsyncContext = new AsyncContext()
  /** Requests that were given to the handler or turned away. */
  requests = 0
  /** Of those, the ones without a complete answer. */
  inFlight = 0
  /** From now on every answer closes its connection. */
  isDraining = false
  /** Called after each answer; set while somebody counts requests. */
  afterAnswer: (() => void) | undefined
  readonly serverLine: string
  /** Requests that were turned away because too many were in work. */
  shed = 0
  readonly #maxInFlight: number
  readonly #date = new DateLine()

  constructor(
    parts: Pick<
      ServerContext,
      'settings' | 'handler' | 'log' | 'clock' | 'onAnswered' | 'onRetire' | 'metrics' | 'refusals'
    >,
  ) {
    this.settings = parts.settings
    this.log = parts.log
    this.handler = this.#inFrontOf(parts.handler)
    this.clock = parts.clock
    this.onAnswered = parts.onAnswered
    this.onRetire = parts.onRetire
    this.metrics = parts.metrics
    this.refusals = parts.refusals
    this.forwarding = new Forwarding(parts.settings.forwarding, parts.log)
    this.addsFields = addsFields(parts.settings)
    this.isTimed = parts.onAnswered !== undefined || parts.metrics !== undefined
    this.#maxInFlight = parts.settings.inFlight || Infinity
    this.serverLine = parts.settings.serverHeader === '' ? '' : `Server: ${parts.settings.serverHeader}\r\n`
  }

  /** What is answered before the application is asked. */
  #inFrontOf(app: Handler): Handler {
    const { challenges, compress, files, redirectToHttps, sendfile } = this.settings
    const sending = sendfile === undefined ? app : sendingFiles(app, sendfile, this.log)
    const served = files === undefined ? sending : servingFiles(sending, files, this.log)
    const compressed = compress === undefined ? served : compressing(served, compress, this.log)
    const redirected =
      redirectToHttps === undefined
        ? compressed
        : redirectingToHttps(compressed, redirectToHttps, path => this.isForHealth(path))
    return challenges === undefined ? redirected : answeringChallenges(redirected, challenges.folder)
  }

  /** Absent where the limit is unknown. */
  descriptors: DescriptorGuard | undefined

  /** Called whenever the server has become idle. */
  onIdle: (() => void) | undefined
  /** TLS clients in their handshake: no connections yet, and their first request may be on its way. */
  #handshakes = 0
  #waitsForHandshakes = true

  handshakeBegun(): void {
    this.#handshakes++
  }

  /** Behind whatever became of it: a connection, or none. */
  handshakeOver(): void {
    this.#handshakes--
    this.#tellIdle()
  }

  /** Those that are not over yet do not count any more. */
  abandonHandshakes(): void {
    this.#waitsForHandshakes = false
    this.#tellIdle()
  }

  get isIdle(): boolean {
    return this.connections.size === 0 && (this.#handshakes === 0 || !this.#waitsForHandshakes)
  }

  #tellIdle(): void {
    if (this.isIdle) this.onIdle?.()
  }

  /** The connection is closed. */
  forget(connection: OpenConnection): void {
    this.connections.delete(connection)
    this.clock.forget(connection)
    this.descriptors?.closed(this.connections.size)
    this.#tellIdle()
  }

  /** The connection goes on as what `open` makes of it. */
  replace(connection: OpenConnection, open: () => void): void {
    this.connections.delete(connection)
    this.clock.forget(connection)
    open()
    this.#tellIdle()
  }

  /** The books of one request are opened. */
  began(request: StartedRequest): void {
    this.requests++
    this.inFlight++
    // As exact as the clock ticks: for the log line of a request that is cut.
    request.startedAt = this.clock.now
    if (!this.isTimed) return
    request.startedAt = Date.now()
    request.startedTicks = performance.now()
  }

  /** Gives it to the application. */
  handle(exchange: Exchange): void {
    try {
      const later = this.handler(exchange)
      if (later !== undefined) later.then(undefined, cause => this.#handlerFailed(exchange, cause))
    } catch (cause) {
      this.#handlerFailed(exchange, cause)
    }
  }

  #handlerFailed(exchange: Exchange, cause: unknown): void {
    const isExpected = cause instanceof RequestError || cause instanceof ClientDisconnected
    if (!isExpected) this.log.error(`The handler failed on ${exchange.head.method} ${exchange.head.target}`, cause)
    exchange.fail(cause)
  }

  /** The books are closed, whatever became of it. */
  settled(request: AnsweredRequest): void {
    this.inFlight--
    this.onAnswered?.(request)
    request.onSettled?.(request)
    this.metrics?.note(request)
    this.afterAnswer?.()
  }

  /** Whether the request that has just been counted is one too many. */
  get isOverloaded(): boolean {
    return this.inFlight > this.#maxInFlight
  }

  /** Whether a request is never turned away. `path` may have a query, which does not count. */
  isForHealth(path: string): boolean {
    const query = path.indexOf('?')
    return this.settings.healthPaths.includes(query < 0 ? path : path.slice(0, query))
  }

  get dateLine(): string {
    return this.#date.at(this.clock.now)
  }
}
