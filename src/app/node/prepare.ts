// From what an app file exports to what is called: one listener for requests, and those for upgrades and expectations.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { ConfigError } from '../../config/errors.ts'
import { missingHttpMembers } from '../../node-internals.ts'
import { isHttpServer } from './adoption.ts'
import { type AnyServer, type MessageClasses, messageClasses } from './exported-server.ts'
import { FirstSight } from './express.ts'
import { emitAround, isEmitWrapped, isSeenBefore, type ListenerTable } from './http-events.ts'
import { StandInServers } from './stand-in-servers.ts'
import { takenServer } from './taken-servers.ts'
import type { NodeApp, NodeListener, UpgradeListener } from './types.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

/** A Node application's entry points. */
export class PreparedNodeApp {
  /** What is called for a request, where no listener of a server comes in between. */
  readonly #request: NodeListener
  readonly #upgrade: UpgradeListener | undefined
  /** The http.Server of the application, if it has one. */
  readonly server: AnyServer | undefined
  /** Whether it is what the application file exports, so that its settings are meant. */
  readonly isExported: boolean
  readonly classes: MessageClasses
  /** Undefined where what is called is no listener of a server. */
  readonly #firstSight: FirstSight | undefined
  /** What stands in for the server of an application without one. */
  readonly #standIns: StandInServers

  constructor(
    request: NodeListener,
    upgrade: UpgradeListener | undefined,
    server: AnyServer | undefined,
    isExported = false,
  ) {
    this.#request = request
    this.#upgrade = upgrade
    this.server = server
    this.isExported = isExported
    this.classes = messageClasses(server)
    if (server === undefined || isExported) this.#firstSight = new FirstSight(this.classes)
    this.#standIns = new StandInServers(request)
  }

  /** The server that a connection belongs to, whose listeners count. */
  serverFor(isEncrypted: boolean): AnyServer {
    if (this.server !== undefined) return this.server
    return isEncrypted ? this.#standIns.encrypted : this.#standIns.plain
  }

  /** The classes of what is made for a request to `server`. */
  classesFor(server: AnyServer): MessageClasses {
    const { _events: events } = server as ListenerTable
    if (this.#firstSight === undefined || events === undefined || isSeenBefore(server)) return this.classes
    return this.#firstSight.classesFor(events['request'])
  }

  /** Whether somebody wants upgrade requests. Asked anew each time: listeners come and go. */
  get takesUpgrades(): boolean {
    return this.#upgrade !== undefined || (this.server ?? this.#standIns).listenerCount('upgrade') > 0
  }

  /** What the listeners of `server` give for a request. */
  request(server: AnyServer, req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): unknown {
    if (isEmitWrapped(server)) return this.#emitRequest(server, req, res, expectsContinue)
    if (expectsContinue && server.listenerCount('checkContinue') > 0)
      return callListeners(server, 'checkContinue', [req, res])
    return this.#call(server, req, res)
  }

  #emitRequest(server: AnyServer, req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): unknown {
    if (expectsContinue && server.listenerCount('checkContinue') > 0)
      return emitAround(server, 'checkContinue', [req, res], (...given) =>
        callListeners(server, 'checkContinue', given),
      )
    const call: NodeListener = (request, response) => this.#call(server, request, response)
    return emitAround(server, 'request', [req, res], call)
  }

  #call(server: AnyServer, req: IncomingMessage, res: ServerResponse): unknown {
    // Libraries put themselves before an application by taking the listeners of `req.socket.server` (Socket.IO does).
    const isUntouched = this.server !== undefined || this.#standIns.isUntouched(server)
    return isUntouched ? this.#request(req, res) : callListeners(server, 'request', [req, res])
  }

  upgrade(server: AnyServer, req: IncomingMessage, socket: Duplex, head: Buffer): unknown {
    const call = this.#upgrade ?? ((...given) => callListeners(server, 'upgrade', given))
    return isEmitWrapped(server) ? emitAround(server, 'upgrade', [req, socket, head], call) : call(req, socket, head)
  }
}

/**
 * Finishes an application's asynchronous set-up (Fastify's `ready`) and finds its entry points. `upgrade` is what the app
 * file exports under that name beside its application. Rejects with what the set-up threw, or with a ConfigError.
 */
export async function prepareNodeApp(app: NodeApp, upgrade?: UpgradeListener): Promise<PreparedNodeApp> {
  if (typeof app === 'object' && 'routing' in app && typeof app.ready === 'function') await app.ready()
  return entryPoints(app, upgrade)
}

/** The entry points of an application that is ready. Throws a ConfigError when it has none, or when this Node cannot serve it. */
export function entryPoints(app: NodeApp, upgrade?: UpgradeListener): PreparedNodeApp {
  const missing = missingHere()
  if (missing.length > 0) {
    throw new ConfigError(
      `Cannot serve Node style on Node ${process.versions.node}: ${missing.join(', ')} is missing; PSGI style and fetch applications work`,
    )
  }
  const own = upgrade ?? upgradeMethod(app)
  if (typeof app === 'function') return new PreparedNodeApp(app, own, undefined)
  if (isServer(app)) return new PreparedNodeApp(listenerOfServer(app), own, app, true)
  if ('routing' in app && typeof app.routing === 'function') {
    return new PreparedNodeApp(app.routing.bind(app), own, isServer(app.server) ? app.server : undefined)
  }
  if ('callback' in app && typeof app.callback === 'function')
    return new PreparedNodeApp(app.callback(), own, undefined)
  if ('handler' in app && typeof app.handler === 'function') {
    return new PreparedNodeApp(app.handler.bind(app), own, undefined)
  }
  throw new ConfigError(
    'Cannot use the application as Node style: it is no (req, res) function and no http.Server, and has no "callback", "routing" or "handler"',
  )
}

let missingMembers: readonly string[] | undefined

/** Looked for once in a process. */
function missingHere(): readonly string[] {
  if (missingMembers === undefined) {
    const req = new http.IncomingMessage(null as never)
    // From Node 22 on the constructor of ServerResponse tells subscribers of a channel that there is one.
    const res = Reflect.construct(http.OutgoingMessage, [], http.ServerResponse) as ServerResponse
    missingMembers = missingHttpMembers(req, res)
  }
  return missingMembers
}

function isServer(app: unknown): app is AnyServer {
  return typeof app === 'object' && app !== null && isHttpServer(app)
}

function upgradeMethod(app: NodeApp): UpgradeListener | undefined {
  if (isServer(app) || !('upgrade' in app) || typeof app.upgrade !== 'function') return undefined
  return app.upgrade.bind(app)
}

function listenerOfServer(server: AnyServer): NodeListener {
  if (server.listening && takenServer(server) === undefined) {
    throw new ConfigError('Cannot serve the http.Server: it listens by itself, leave out its "listen" call')
  }
  if (server.listenerCount('request') === 0 && server.listenerCount('upgrade') === 0) {
    throw new ConfigError('Cannot serve the http.Server: it has no listener for "request"')
  }
  return (req, res) => {
    // node:http would leave a request without a listener unanswered; a server that only upgrades has none.
    if (server.listenerCount('request') === 0) return res.writeHead(404).end()
    return callListeners(server, 'request', [req, res])
  }
}

/** As `emit`, but the promises of asynchronous listeners come back: a rejection then belongs to its request. */
function callListeners(server: AnyServer, event: string, values: readonly unknown[]): unknown {
  const listeners = server.rawListeners(event)
  if (listeners.length === 1) return Reflect.apply(listeners[0]!, server, values)
  return Promise.all(listeners.map(listener => Reflect.apply(listener, server, values)))
}
