// Where people and programs ask the master: a control socket that may change things, and an admin listener that only tells.
import { renameSync, statSync, unlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Exchange, Handler } from '../app/handler.ts'
import type { ListenAddress } from '../config/address.ts'
import type { Config } from '../config/config.ts'
import { parseListenAddress } from '../config/listen-address.ts'
import type { Log } from '../log/log.ts'
import { createServer, type Server } from '../server/server.ts'
import { controlPathOf, makeControlDirectory } from './control-path.ts'
import { ownDescriptorLimit } from './descriptors.ts'
import { ADMIN_ROUTES, CONTROL_ROUTES, type Reply, type Route, type RouteParts } from './desk-routes.ts'

export interface DeskOptions {
  readonly parts: RouteParts
  readonly config: Config
  readonly log: Log
}

/** The master before us closes its admin listener when we serve: that takes a moment. */
const TAKE_OVER_TRIES = 100
const TAKE_OVER_PAUSE_MS = 100
const FAREWELL_MS = 500
/** Of each listener. Descriptors of the master are for its workers. */
const CONNECTIONS = 100

export class Desk {
  readonly #options: DeskOptions
  readonly #servers: Server[] = []
  #remove: () => void = () => undefined

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** Throws ConfigMistake when an address that was asked for cannot be had. */
  async open(isTakingOver: boolean): Promise<void> {
    const { config, log } = this.#options
    if (config.admin !== undefined)
      await this.#openAdmin(adminAddress(config.admin), isTakingOver ? TAKE_OVER_TRIES : 1)
    try {
      await this.#openControl(config.controlSocket)
    } catch (error) {
      if (config.controlSocket !== 'auto') throw error
      log.warn(`There is no control socket: ${error instanceof Error ? error.message : error}`)
    }
  }

  async close(): Promise<void> {
    // Once: when the socket is closed, its inode may become that of the next master's.
    this.#remove()
    this.#remove = () => undefined
    // Whoever asked for what ends this server still gets the answer.
    await Promise.all(this.#servers.map(server => server.drain(FAREWELL_MS)))
  }

  async #openAdmin(address: ListenAddress, tries: number): Promise<void> {
    const server = this.#serve(ADMIN_ROUTES)
    for (let i = 1; ; i++) {
      try {
        const bound = await server.listen(address)
        const place =
          'path' in bound
            ? bound.path
            : `http://${bound.host.includes(':') ? `[${bound.host}]` : bound.host}:${bound.port}`
        this.#options.log.info(`Metrics and health on ${place}`)
        return
      } catch (error) {
        if (i >= tries) throw error
        await pause(TAKE_OVER_PAUSE_MS)
      }
    }
  }

  // Bound under another name and then renamed: it takes the place of the socket of the master before us in one step.
  async #openControl(wished: string): Promise<void> {
    if (wished === '') return
    if (wished === 'auto') makeControlDirectory()
    const path = wished === 'auto' ? controlPathOf(process.pid) : wished
    const draft = `${path}.${process.pid}`
    const umask = process.umask(0o177)
    const listening = this.#serve(CONTROL_ROUTES).listen({ kind: 'unix', path: draft, mode: 0o600 })
    process.umask(umask)
    await listening
    renameSync(draft, path)
    const { ino } = statSync(path)
    this.#remove = () => {
      if (statSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path)
    }
  }

  #serve(routes: ReadonlyMap<string, Route>): Server {
    const { parts, log } = this.#options
    const handler: Handler = async exchange => answer(exchange, await replyOf(exchange, routes, parts))
    const shortage = { limit: ownDescriptorLimit() }
    const server = createServer({ handler, log, shortage, settings: { connections: CONNECTIONS } })
    this.#servers.push(server)
    return server
  }
}

/** Without a host nobody outside of this machine is meant. */
function adminAddress(text: string): ListenAddress {
  const parsed = parseListenAddress(text, '--admin')
  if (parsed.kind === 'tcp') return { kind: 'tcp', host: parsed.host ?? '127.0.0.1', port: parsed.port }
  return parsed.kind === 'unix' ? { kind: 'unix', path: parsed.path } : { kind: 'abstract', name: parsed.name }
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
