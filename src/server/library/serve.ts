// A server as a library: one process, no supervisor. What the command's workers do, without the command.

import { type AppKind, adapt } from '../../app/load/load-app.ts'
import { hostWithPort, type ListenAddress, type TlsFiles } from '../../config/listen/address.ts'
import type { AccessRecord } from '../../log/access-record.ts'
import type { Log } from '../../log/log.ts'
import { createLog } from '../../log/stderr-log.ts'
import {
  type AnsweredRequest,
  type BoundAddress,
  createServer,
  type Server,
  type ServerSettings,
  type ServerStats,
} from '../http-server.ts'
import { type App, applicationOf, type ContextOptions, contextOf } from './app-context.ts'

export type { App } from './app-context.ts'

export interface ServeOptions extends ContextOptions {
  /** The kind of the application; found by its shape when absent. */
  readonly interface?: AppKind
  /** Default: every interface. */
  readonly host?: string
  /** Default 5000, as `plackup`; 0 takes a free one. */
  readonly port?: number
  /** Path of a Unix socket to listen on instead of a port. */
  readonly socket?: string
  /** PEM files; the listener then speaks TLS. */
  readonly tls?: TlsFiles
  /** Several listeners; instead of `host`, `port`, `socket` and `tls`. */
  readonly listen?: readonly ListenAddress[]
  /** Limits and times that differ from the defaults. */
  readonly settings?: Partial<ServerSettings>
  /** Default: standard error. */
  readonly log?: Log
  /** Called once per answered request. */
  readonly onAnswered?: (request: AnsweredRequest) => void
  /** Called once per request that was refused before the application saw it. */
  readonly onRefused?: (request: AccessRecord) => void
  /** Milliseconds that `close` waits for requests. Default 30,000. */
  readonly graceMs?: number
}

export interface Running extends AsyncDisposable {
  /** Where it listens, in the order of the options. */
  readonly addresses: readonly BoundAddress[]
  /** Base URL of the first TCP listener, such as `http://127.0.0.1:5000`; undefined without one. */
  readonly url: string | undefined
  readonly stats: ServerStats
  /** Stops accepting, answers what is under way, and resolves when all is done; twice is once. */
  close(): Promise<void>
}

/**
 * Serves `app` in this process. Rejects with a ConfigError when the app is none or an address cannot be bound.
 *
 * @example
 * await using server = await serve(() => [200, ['Content-Type', 'text/plain'], ['Hello']], { port: 0 })
 * const response = await fetch(server.url!)
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<Running> {
  const log = options.log ?? createLog()
  const background = new Set<Promise<unknown>>()
  const handler = await adapt(applicationOf(app, options.interface), contextOf(options, log, background))
  const { settings, onAnswered, onRefused } = options
  const server = createServer({
    handler,
    log,
    ...(settings === undefined ? {} : { settings }),
    ...(onAnswered === undefined ? {} : { onAnswered }),
    ...(onRefused === undefined ? {} : { onRefused }),
  })
  const requested = options.listen ?? [addressOf(options)]
  const addresses: BoundAddress[] = []
  try {
    for (const address of requested) addresses.push(await server.listen(address))
  } catch (error) {
    await server.close()
    throw error
  }
  return new RunningServer(server, addresses, urlOf(requested, addresses), options.graceMs ?? 30_000, background)
}

class RunningServer implements Running {
  readonly addresses: readonly BoundAddress[]
  readonly url: string | undefined
  readonly #server: Server
  readonly #graceMs: number
  readonly #background: Set<Promise<unknown>>
  #closing: Promise<void> | undefined

  constructor(
    server: Server,
    addresses: readonly BoundAddress[],
    url: string | undefined,
    graceMs: number,
    background: Set<Promise<unknown>>,
  ) {
    this.#server = server
    this.addresses = addresses
    this.url = url
    this.#graceMs = graceMs
    this.#background = background
  }

  get stats(): ServerStats {
    return this.#server.stats
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #drain(): Promise<void> {
    await this.#server.drain(this.#graceMs, { takesQueue: true })
    await Promise.allSettled(this.#background)
  }
}

function addressOf({ host, port = 5000, socket, tls }: ServeOptions): ListenAddress {
  const withTls = tls === undefined ? {} : { tls }
  if (socket === undefined) return { kind: 'tcp', host, port, ...withTls }
  return socket.startsWith('@')
    ? { kind: 'abstract', name: socket.slice(1), ...withTls }
    : { kind: 'unix', path: socket, ...withTls }
}

function urlOf(requested: readonly ListenAddress[], bound: readonly BoundAddress[]): string | undefined {
  const i = requested.findIndex(({ kind }) => kind === 'tcp')
  const [address, place] = [requested[i], bound[i]]
  if (address?.kind !== 'tcp' || place === undefined || !('port' in place)) return undefined
  const host =
    address.host === undefined || address.host === '0.0.0.0' || address.host === '::' ? 'localhost' : address.host
  return `${address.tls === undefined ? 'http' : 'https'}://${hostWithPort(host, place.port)}`
}
