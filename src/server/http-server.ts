// An HTTP server in this process: listeners in front, connections behind, and an orderly end.

import type { Socket } from 'node:net'
import type { Handler, ServerLimit } from '../app/handler.ts'
import type { ListenAddress } from '../config/listen/address.ts'
import type { AccessRecord } from '../log/access-record.ts'
import type { Log } from '../log/log.ts'
import type { AnsweredRequest } from './connection/answered-request.ts'
import { DeadlineTimer } from './deadline-timer.ts'
import { DescriptorGuard, type Shortage } from './descriptors.ts'
import { type BoundAddress, Listener, type ListenOptions } from './listener.ts'
import { type RefusalCounts, Refusals } from './refusals.ts'
import { type MeteredRequest, RequestMetrics } from './request-metrics.ts'
import { ServerContext } from './server-context.ts'
import { DEFAULT_SETTINGS, LAST_LINGER_QUIET_MS, type ServerSettings } from './settings.ts'
import type { TlsMaterial } from './tls-files.ts'

export type { AnsweredRequest } from './connection/answered-request.ts'
export type { BoundAddress, ListenOptions } from './listener.ts'
export type { ServerSettings } from './settings.ts'

export interface ServerOptions {
  /** What differs from the defaults in settings.ts. */
  readonly settings?: Partial<ServerSettings>
  readonly handler: Handler
  readonly log: Log
  /** Called once per request, when its answer is complete or cut; absent: nothing is recorded. */
  readonly onAnswered?: (request: AnsweredRequest) => void
  /** Called once per request that was refused before the application saw it. */
  readonly onRefused?: (request: AccessRecord) => void
  /** Whether answers are counted by class and duration. */
  readonly isMetered?: boolean
  /** Called when the app asks that this worker is replaced (psgix.harakiri.commit). */
  readonly onRetire?: () => void
  /** Absent: the server does not look how many descriptors there are. */
  readonly shortage?: Shortage
}

export interface ServerStats {
  readonly connections: number
  /** Requests since the start, those that were turned away included. */
  readonly requests: number
  /** Of those, the ones that are not answered yet. */
  readonly inFlight: number
  /** Requests that were turned away because too many were in work. */
  readonly shed: number
  /** What was refused before an application saw it, by reason. */
  readonly refused: RefusalCounts
  readonly metered?: MeteredRequest
}

export interface Server {
  /** Starts to accept on `address`, bound here or, with `fd`, by a parent. Rejects with a ConfigError. */
  listen(address: ListenAddress, options?: ListenOptions): Promise<BoundAddress>
  /** Serves a connection that somebody else has accepted for the listener with this index. */
  take(listener: number, socket: Socket): void
  /** Accepts no more; connections go on. */
  pause(): void
  /** Accepts again on a handle of the same socket. Does nothing while draining. */
  resume(listener: number, handle: object): void
  /** Serves handshakes from now on with other keys and certificates, of the same files. */
  renewTls(materials: readonly TlsMaterial[]): void
  /** Changes limits, for connections that are open as well. */
  limit(limits: Partial<Record<ServerLimit, number>>): void
  /** To be called once a second, where `shortage` is given. */
  lookAround(): void
  readonly stats: ServerStats
  /** The requests that are not answered yet, for people: `GET /path, 1.5 s`. */
  presentRequests(): string[]
  /** Calls `spent` once, when that many requests have been answered from now on. */
  afterRequests(count: number, spent: () => void): void
  /**
   * Stops accepting, answers what still comes with `Connection: close`, lets idle connections go after a quiet moment.
   * Resolves when none is left; after `graceMs` what is left is cut, with a log line per request. `takesQueue` (default false):
   * accepts what waits in the kernel first; needed unless somebody else goes on to accept on the same sockets.
   */
  drain(graceMs: number, options?: { readonly takesQueue?: boolean }): Promise<void>
  /** Cuts everything at once. */
  close(): Promise<void>
}

export function createServer(options: ServerOptions): Server {
  return new HttpServer(options)
}

class HttpServer implements Server {
  readonly #context: ServerContext
  readonly #settings: ServerSettings
  readonly #listeners: Listener[] = []
  #isClosed = false
  #idle: Promise<void> | undefined
  constructor({ settings, handler, log, onAnswered, onRetire, onRefused, isMetered, shortage }: ServerOptions) {
    const metrics = isMetered === true ? new RequestMetrics() : undefined
    const all = { ...DEFAULT_SETTINGS, ...settings }
    this.#settings = all
    const refusals = new Refusals(log, onRefused)
    const clock = new DeadlineTimer(shortestOf(all))
    this.#context = new ServerContext({ settings: all, handler, log, clock, onAnswered, onRetire, metrics, refusals })
    if (shortage !== undefined && shortage.limit !== Infinity)
      this.#context.descriptors = new DescriptorGuard(shortage, log, () => this.pause())
  }

  get stats(): ServerStats {
    const { connections, requests, inFlight, shed, metrics, refusals } = this.#context
    const figures = { connections: connections.size, requests, inFlight, shed, refused: refusals.counts }
    return metrics === undefined ? figures : { ...figures, metered: metrics.figures }
  }

  take(listener: number, socket: Socket): void {
    this.#listeners[listener]?.take(socket)
  }

  pause(): void {
    for (const listener of this.#listeners) listener.close()
  }

  resume(listener: number, handle: object): void {
    if (this.#context.isDraining) return
    this.#context.descriptors?.resumed()
    this.#listeners[listener]?.resume(handle)
  }

  renewTls(materials: readonly TlsMaterial[]): void {
    for (const listener of this.#listeners) for (const material of materials) listener.renewTls(material)
  }

  limit(limits: Partial<Record<ServerLimit, number>>): void {
    Object.assign(this.#settings, limits)
    this.#context.clock.keep(shortestOf(this.#settings))
  }

  lookAround(): void {
    if (!this.#context.isDraining) this.#context.descriptors?.look(this.#context.connections.size)
  }

  presentRequests(): string[] {
    return this.#present().map(request => requestWords(request, Date.now()))
  }

  async listen(address: ListenAddress, options: ListenOptions = {}): Promise<BoundAddress> {
    const listener = new Listener(this.#context, address, options)
    const bound = await listener.open()
    this.#listeners.push(listener)
    return bound
  }

  afterRequests(count: number, spent: () => void): void {
    let left = count
    this.#context.afterAnswer = () => {
      if (--left > 0) return
      this.#context.afterAnswer = undefined
      spent()
    }
  }

  async drain(graceMs: number, { takesQueue = false }: { readonly takesQueue?: boolean } = {}): Promise<void> {
    const { connections } = this.#context
    const timer = setTimeout(() => this.#cutAll(), graceMs)
    this.#context.isDraining = true
    for (const connection of connections) connection.drain()
    if (takesQueue) await Promise.all(this.#listeners.map(listener => listener.closeAfterQueue()))
    else for (const listener of this.#listeners) listener.close()
    // A client that has connected and says nothing would hold the end up.
    const patience = setTimeout(() => this.#context.abandonHandshakes(), LAST_LINGER_QUIET_MS)
    if (!this.#context.isIdle) await this.#whenIdle()
    clearTimeout(patience)
    clearTimeout(timer)
    this.#tellClosed()
  }

  /** One promise for all: a close overtakes the drain that waits already. */
  #whenIdle(): Promise<void> {
    this.#idle ??= new Promise(resolve => {
      this.#context.onIdle = resolve
    })
    return this.#idle
  }

  async close(): Promise<void> {
    const { connections } = this.#context
    for (const listener of this.#listeners) listener.close()
    const closed = connections.size === 0 ? undefined : this.#whenIdle()
    for (const connection of connections) connection.destroy()
    this.#context.abandonHandshakes()
    await closed
    this.#tellClosed()
  }

  #tellClosed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    void this.#context.handler.onClosed?.()
  }

  #present(): AnsweredRequest[] {
    return [...this.#context.connections].flatMap(({ present }) => present ?? [])
  }

  #cutAll(): void {
    const { clock, connections, log } = this.#context
    for (const request of this.#present())
      log.warn(`Cut after the graceful timeout: ${requestWords(request, clock.now)} old`)
    for (const connection of connections) connection.destroy()
    this.#context.abandonHandshakes()
  }
}

function shortestOf(settings: ServerSettings): number {
  const { requestTimeoutMs, headTimeoutMs, bodyTimeoutMs, keepaliveTimeoutMs, writeTimeoutMs } = settings
  const times = [requestTimeoutMs, headTimeoutMs, bodyTimeoutMs, keepaliveTimeoutMs, writeTimeoutMs]
  return Math.min(...times.filter(ms => ms > 0))
}

function requestWords({ head, startedAt }: AnsweredRequest, now: number): string {
  return `${head.method} ${head.target}, ${((now - startedAt) / 1000).toFixed(1)} s`
}
