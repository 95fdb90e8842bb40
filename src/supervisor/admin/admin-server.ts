// Where people and programs ask the master: a control socket that may change things, and an admin listener that only tells.
import type { Exchange, Handler } from '../../app/handler.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import type { Log } from '../../log/log.ts'
import { createServer, type ListenOptions, type Server, type ServerSettings } from '../../server/http-server.ts'
import { type AdminSockets, type AnnouncedPipe, releaseAdmin } from '../sockets/admin-sockets.ts'
import type { BoundListener } from '../sockets/bind.ts'
import { hasToken, TOKEN_FIELD } from '../system/control-pipe.ts'
import { ownDescriptorLimit } from '../system/descriptors.ts'
import { ADMIN_ROUTES, CONTROL_ROUTES, type Reply, type Route, type RouteParts } from './routes.ts'

export interface AdminServerOptions {
  readonly parts: RouteParts
  readonly adminServer: AdminSockets
  readonly logs: { readonly log: Log }
  /** False: the files of the lasting sockets belong to another master. */
  ownsFiles(): boolean
}

const FAREWELL_MS = 500
/**
 * Of each listener. Descriptors of the master are for its workers; and a few silent clients shall not keep others out for long,
 * while programs that come once a minute can well connect anew.
 */
const SETTINGS: Partial<ServerSettings> = {
  connections: 100,
  // Pipelined answers that the client does not read wait here.
  requestsPerConnection: 100,
  keepaliveTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  writeTimeoutMs: 10_000,
}

export class AdminServer {
  readonly #options: AdminServerOptions
  readonly #servers: Server[] = []
  #closing: Promise<void> | undefined

  constructor(options: AdminServerOptions) {
    this.#options = options
  }

  /** Rejects with ConfigError. */
  async open(): Promise<void> {
    const { adminServer, logs } = this.#options
    const { admin, control, pipe } = adminServer
    if (admin !== undefined) {
      await this.#serve(ADMIN_ROUTES, hostCheck(admin.address)).listen(admin.address, socketOf(admin))
      logs.log.info(`Metrics and health on ${admin.url}`)
    }
    if (control !== undefined) await this.#serve(CONTROL_ROUTES).listen(control.address, socketOf(control))
    if (pipe !== undefined) await this.#openPipe(pipe)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // The servers close the descriptors.
    releaseAdmin(this.#options.adminServer, this.#options.ownsFiles())
    // A client whose request ends this server still gets its answer.
    await Promise.all(this.#servers.map(server => server.drain(FAREWELL_MS)))
  }

  /** A server without one serves as well, as one does whose control socket cannot be made. */
  async #openPipe(pipe: AnnouncedPipe): Promise<void> {
    try {
      const server = this.#serve(CONTROL_ROUTES, head => hasToken(pipe, head.get(TOKEN_FIELD)))
      await server.listen({ kind: 'unix', path: pipe.pipe })
      pipe.announce()
    } catch (error) {
      this.#options.logs.log.warn(`There is no control socket: ${error instanceof Error ? error.message : error}`)
    }
  }

  #serve(routes: ReadonlyMap<string, Route>, isOurs: ClientCheck = () => true): Server {
    const { parts, logs } = this.#options
    const handler: Handler = async exchange =>
      answer(exchange, isOurs(exchange.head) ? await replyOf(exchange, routes, parts) : MISDIRECTED)
    const shortage = { limit: ownDescriptorLimit() }
    const server = createServer({ handler, log: logs.log, shortage, settings: SETTINGS })
    this.#servers.push(server)
    return server
  }
}

function socketOf({ fd, handle }: BoundListener): ListenOptions {
  return handle === undefined ? { fd } : { handle }
}

/** Whether a request is meant for this listener, and may ask it. */
type ClientCheck = (head: Exchange['head']) => boolean

const MISDIRECTED: Reply = { status: 421, body: 'this host is not served here\n' }

/**
 * A page of another site can make its own name resolve to our address (DNS rebinding) and would read what we answer: only names
 * that were configured, names of the loopback and IP addresses, which no site can own, are answered. A Unix socket is out of
 * reach for pages. HTTP/1.0 clients, which no browser is, may name nothing.
 */
function hostCheck(address: ListenAddress): ClientCheck {
  if (address.kind !== 'tcp') return () => true
  return ({ authority }) => {
    const host = authority?.replace(/:\d*$/, '').toLowerCase()
    if (host === undefined || host === address.host?.toLowerCase()) return true
    return host === 'localhost' || host.endsWith('.localhost') || /^[\d.]+$/.test(host) || host.startsWith('[')
  }
}

async function replyOf({ head }: Exchange, routes: ReadonlyMap<string, Route>, parts: RouteParts): Promise<Reply> {
  const [path = '', query] = head.path.split('?', 2)
  const method = head.method === 'HEAD' ? 'GET' : head.method
  const route = routes.get(`${method} ${path}`)
  return route === undefined ? { status: 404, body: 'not found\n' } : await route(parts, new URLSearchParams(query))
}

function answer(exchange: Exchange, { status, body, type = 'text/plain; charset=utf-8' }: Reply): void {
  exchange.answer(status, ['Content-Type', type, 'Cache-Control', 'no-store'], body)
}
