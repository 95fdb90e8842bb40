// Applications that listen by themselves (`node server.js`) are served as they are: `listen` of their first HTTP server opens nothing,
// and that server is the application. One method of node:net is taken over for it, the one behind every way to call `listen`.
import { errorMonitor } from 'node:events'
import type { Log } from '../../log/log.ts'
import { missingServerMembers } from '../../node-internals.ts'
import { isNothingNew } from '../active-resources.ts'
import { isOwnServer } from '../own-servers.ts'
import { type AskedAddress, askedOf, isSamePlace, placeOf } from './asked-address.ts'
import { dropClusterHandle, joinCluster, refuseForks } from './cluster-worker.ts'
import { type AnyServer, isTlsServer } from './exported-server.ts'
import { FurtherServers } from './further-servers.ts'
import { hasOwnKey } from './own-settings.ts'
import { type GivenSocket, listenOnGiven } from './shared-servers.ts'
import { type ListeningServer, type ServedAddress, TakenServer } from './taken-servers.ts'

// Not imported: see status.ts.
const net = process.getBuiltinModule('node:net')
const http = process.getBuiltinModule('node:http')

/** Gives the socket of an address to this worker, too. */
export type AskSocket = (asked: AskedAddress) => Promise<GivenSocket>

export interface AdoptionParts {
  /** False: servers listen as they like, and it is only noted that they do. */
  readonly isOn: boolean
  readonly log: Pick<Log, 'warn'>
  /**
   * How several workers listen on one port, which the further servers of an application ask for: each by itself, which can only one;
   * together (SO_REUSEPORT); on one that each asks for; or not at all, with the reason. `pretend`: no server at all opens anything, which
   * they are not told.
   */
  readonly sharing: 'none' | 'reusePort' | 'pretend' | { readonly because: string } | { readonly ask: AskSocket }
  /** The number of this worker, which node:cluster is to tell; undefined without workers. */
  readonly worker: number | undefined
  /** So long from the start of this process, or thread, on a server is waited for where the application exports nothing. */
  readonly waitMs: number
  /** Whether an address of Starlight speaks TLS. */
  readonly isEncrypted: boolean
  /** Whether the application's own key counts. */
  readonly mayEncrypt: boolean
  /** Where Starlight serves; or what has it serve where the application asks for. */
  readonly address: ServedAddress | ((asked: AskedAddress) => Promise<ServedAddress>)
  /** Starlight serves where the application has asked to listen, in this worker or another. */
  readonly isAsAsked: boolean
  /** How many connections are open. */
  connections(): number
  /** The application has closed the server that is served. */
  onClosing(): void
}

type SetupListenHandle = (
  this: ListeningServer,
  address: string | null,
  port: number | null,
  addressType: number | null,
  backlog?: number,
  fd?: number,
  flags?: number,
) => void

type Listen = (this: ListeningServer, ...values: readonly unknown[]) => unknown

/** UV_TCP_REUSEPORT of libuv. */
const REUSE_PORT = 2

const prototype = net.Server.prototype as unknown as { _listen2: SetupListenHandle; listen: Listen }
/** How often it is looked whether a server can still come. */
const LOOK_MS = 100
/** So many looks in a row at a process that waits for nothing, and none comes any more. */
const IDLE_LOOKS = 5

export class Adoption {
  readonly #parts: AdoptionParts
  readonly #listen2 = prototype._listen2
  #server: AnyServer | undefined
  #asked: AskedAddress | undefined
  /** The first HTTP server whose `listen` was called. */
  #called: ListeningServer | undefined
  #isBegun = false
  #begunAt = 0
  #isSettled = false
  #isOver = false
  /** A server could still have come when the time was over. */
  isLate = false
  /** Sockets that were asked for. */
  #coming = 0
  readonly #taken: TakenServer[] = []
  readonly #further = new FurtherServers()
  #idle: readonly string[] = []
  #tell: () => void = () => undefined

  constructor(parts: AdoptionParts) {
    this.#parts = parts
  }

  /** To be called before the application's file is loaded, and after what is loaded before it. */
  begin(): void {
    if (this.#isBegun) return
    this.#isBegun = true
    // And the timer of the one who looks.
    this.#idle = [...process.getActiveResourcesInfo(), 'Timeout']
    this.#begunAt = performance.now()
    if (this.isOn) refuseForks()
    const missing = missingServerMembers(new net.Server())
    if (missing.length > 0) {
      if (this.isOn)
        this.#parts.log.warn(
          `Servers that listen by themselves cannot be served on Node ${process.versions.node}: ${missing.join(', ')} is missing`,
        )
      return
    }
    const { worker: id } = this.#parts
    if (this.isOn && id !== undefined) joinCluster({ id, leave: () => this.#leave() })
    this.#noteCalls()
    const adoption = this
    prototype._listen2 = function listen2(...values) {
      dropClusterHandle(this)
      const [address, port, addressType, backlog, fd, flags = 0] = values
      const asked = askedOf(address, port, fd, flags)
      // With a handle of its own it does not listen anywhere new.
      const isTheirs = !isOwnServer(this) && !this._handle
      if (isTheirs && isHttpServer(this) && adoption.#take(this, asked)) return
      const sharing = isTheirs ? adoption.#sharingFor(asked, flags) : 'none'
      if (sharing === 'pretend') return void adoption.#takenAt(this, asked, false)
      if (typeof sharing === 'object' && 'because' in sharing) return refuse(this, asked, sharing.because)
      if (!isOwnServer(this)) adoption.#further.add(this)
      if (sharing === 'none') Reflect.apply(adoption.#listen2, this, values)
      else if (typeof sharing === 'object')
        adoption.#listenOn(this, sharing.ask(asked), () => Reflect.apply(adoption.#listen2, this, values))
      else adoption.#listen2.call(this, address, port, addressType, backlog, fd, flags | REUSE_PORT)
    }
  }

  /** A host is looked up before a server listens there, so that others which are told to listen later come first. */
  #noteCalls(): void {
    const adoption = this
    const { listen } = prototype
    prototype.listen = function (...values) {
      const forget = (): void => {
        if (adoption.#called === this && adoption.#server === undefined) adoption.#called = undefined
      }
      if (adoption.#called === undefined && !isOwnServer(this) && isHttpServer(this)) {
        adoption.#called = this
        this.once(errorMonitor, forget)
      }
      try {
        return Reflect.apply(listen, this, values)
      } catch (error) {
        forget()
        throw error
      }
    }
  }

  /** An export is served: a server that comes now is one too many. */
  settle(): void {
    this.#isSettled = true
  }

  get isOn(): boolean {
    return this.#parts.isOn
  }

  /** The first HTTP server that listens, once it does. */
  get server(): AnyServer | undefined {
    return this.#server
  }

  /** Completes "it listens ...": where the application asked for. */
  get where(): string {
    return this.#asked === undefined ? '' : placeOf(this.#asked)
  }

  /** What becomes of its TLS: nothing for one without it, or where Starlight has its own. */
  get encryption(): 'none' | 'kept' | 'unwanted' | 'without a key' {
    const { isEncrypted, mayEncrypt } = this.#parts
    if (this.#server === undefined || !('setSecureContext' in this.#server) || isEncrypted) return 'none'
    if (!mayEncrypt) return 'unwanted'
    return hasOwnKey(this.#server) ? 'kept' : 'without a key'
  }

  /** Waits for a server; gives up when nothing is pending in this process that could still bring one, and after `waitMs`. */
  async listening(): Promise<AnyServer | undefined> {
    if (this.#server !== undefined) return this.#server
    await new Promise<void>(resolve => {
      let looks = 0
      const timer = setInterval(() => {
        looks = this.#coming === 0 && isNothingNew(this.#idle) ? looks + 1 : 0
        this.isLate = performance.now() > this.#parts.waitMs
        if (looks >= IDLE_LOOKS || this.isLate) this.#tell()
      }, LOOK_MS)
      this.#tell = () => {
        clearInterval(timer)
        resolve()
      }
    })
    return this.#server
  }

  /** Nothing is served any more. Resolves when the listeners of "close" are done; rejects with what one of them threw. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#taken.map(server => server.end()))
  }

  /** Behind all that the application is told of its end: its further servers accept no more. Resolves when they have no connection. */
  async endFurther(): Promise<void> {
    await this.#further.end()
  }

  /** The application wants its worker to end. */
  #leave(): void {
    if (!this.#isOver) this.#parts.onClosing()
  }

  #sharingFor({ port = 0, path }: AskedAddress, flags: number): AdoptionParts['sharing'] {
    const { sharing } = this.#parts
    if (sharing === 'pretend') return sharing
    // A look whether the port is free, which this application has in the other workers already.
    if (this.#server === undefined && this.#isPlaceOfOurs(port)) return 'pretend'
    // With the flag it shares by itself.
    if (!this.isOn || (flags & REUSE_PORT) !== 0) return 'none'
    const isShared = path === undefined ? port > 0 : typeof sharing === 'object' && 'ask' in sharing
    return isShared ? sharing : 'none'
  }

  #isPlaceOfOurs(port: number): boolean {
    const { address, isAsAsked } = this.#parts
    return isAsAsked && typeof address === 'object' && address.port === port
  }

  /** Nothing else need be pending while the socket is on its way. */
  #listenOn(server: ListeningServer, socket: Promise<GivenSocket>, listen: () => void): void {
    this.#coming++
    const come = (): void => void this.#coming--
    socket.then(come, come)
    listenOnGiven(server, socket, listen)
  }

  #takenAt(server: ListeningServer, asked: AskedAddress, isServed: boolean): TakenServer {
    const { address } = this.#parts
    const connections = isServed ? this.#parts.connections : undefined
    const onClosing = (): void => {
      if (isServed) this.#leave()
    }
    if (typeof address !== 'function') return new TakenServer(server, { address, connections, onClosing })
    // Until it is bound, what a server that listens on its own would tell.
    const { host = '::', port = 0, path } = asked
    const hoped = path ?? ({ address: host, family: host.includes(':') ? 'IPv6' : 'IPv4', port } as const)
    const found = address(asked)
    return new TakenServer(server, { address: hoped, found, connections, onClosing })
  }

  #take(server: ListeningServer, asked: AskedAddress): boolean {
    const isLate = this.#isSettled && performance.now() - this.#begunAt > this.#parts.waitMs
    const isFirst = this.#server === undefined && !isLate && (this.#called ?? server) === server
    if (isFirst) {
      this.#server = server as unknown as AnyServer
      this.#asked = asked
    }
    // Frameworks listen on each address of a name: it is the same server again.
    if (!this.#parts.isOn || (!isFirst && !isSamePlace(asked, this.#asked))) {
      this.#tell()
      return false
    }
    if (isFirst && this.#isSettled)
      this.#parts.log.warn(
        `The application listens ${this.where} by itself, and its export is served already: its server opens no port`,
      )
    this.#taken.push(this.#takenAt(server, asked, true))
    this.#tell()
    return true
  }
}

/** As net.Server tells it: in a later tick. */
function refuse(server: ListeningServer, asked: AskedAddress, because: string): void {
  const { host: address, port } = asked
  const error = new Error(`Cannot listen ${placeOf(asked)} in every worker: ${because}`)
  process.nextTick(() =>
    server.emit('error', Object.assign(error, { code: 'EADDRINUSE', syscall: 'listen', address, port })),
  )
}

/** Servers of node:http2 are recognised by name: their classes are public nowhere. */
export function isHttpServer(server: object): boolean {
  if (server instanceof http.Server || isTlsServer(server)) return true
  for (let proto = Object.getPrototypeOf(server); proto !== null; proto = Object.getPrototypeOf(proto))
    if (/^Http2(?:Secure)?Server$/.test(proto.constructor.name)) return true
  return false
}
