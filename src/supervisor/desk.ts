// Where people and programs ask the master: a control socket that may change things, and an admin listener that only tells.
import type { Exchange, Handler } from '../app/handler.ts'
import type { Log } from '../log/log.ts'
import { createServer, type Server } from '../server/server.ts'
import { ownDescriptorLimit } from './descriptors.ts'
import { ADMIN_ROUTES, CONTROL_ROUTES, type Reply, type Route, type RouteParts } from './desk-routes.ts'
import { type DeskSockets, releaseDesk } from './desk-sockets.ts'

export interface DeskOptions {
  readonly parts: RouteParts
  readonly desk: DeskSockets
  readonly logs: { readonly log: Log }
  /** False: the files of the lasting sockets belong to another master. */
  ownsFiles(): boolean
}

const FAREWELL_MS = 500
/** Of each listener. Descriptors of the master are for its workers. */
const CONNECTIONS = 100

export class Desk {
  readonly #options: DeskOptions
  readonly #servers: Server[] = []
  #closing: Promise<void> | undefined

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** Rejects with ConfigMistake. */
  async open(): Promise<void> {
    const { desk, logs } = this.#options
    const { admin, control } = desk
    if (admin !== undefined) {
      await this.#serve(ADMIN_ROUTES).listen(admin.address, { fd: admin.fd })
      logs.log.info(`Metrics and health on ${admin.url}`)
    }
    if (control !== undefined) await this.#serve(CONTROL_ROUTES).listen(control.address, { fd: control.fd })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // The servers close the descriptors.
    releaseDesk(this.#options.desk, this.#options.ownsFiles())
    // Whoever asked for what ends this server still gets the answer.
    await Promise.all(this.#servers.map(server => server.drain(FAREWELL_MS)))
  }

  #serve(routes: ReadonlyMap<string, Route>): Server {
    const { parts, logs } = this.#options
    const handler: Handler = async exchange => answer(exchange, await replyOf(exchange, routes, parts))
    const shortage = { limit: ownDescriptorLimit() }
    const server = createServer({ handler, log: logs.log, shortage, settings: { connections: CONNECTIONS } })
    this.#servers.push(server)
    return server
  }
}

async function replyOf({ head }: Exchange, routes: ReadonlyMap<string, Route>, parts: RouteParts): Promise<Reply> {
  const url = new URL(head.target, 'http://desk')
  const method = head.method === 'HEAD' ? 'GET' : head.method
  const route = routes.get(`${method} ${url.pathname}`)
  return route === undefined ? { status: 404, body: 'not found\n' } : await route(parts, url.searchParams)
}

function answer(exchange: Exchange, { status, body, type = 'text/plain; charset=utf-8' }: Reply): void {
  exchange.answer(status, ['Content-Type', type, 'Cache-Control', 'no-store'], body)
}
