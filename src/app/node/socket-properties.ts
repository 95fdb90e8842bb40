// The half of `req.socket` that needs no exchange: who is at the other end, whether it is closed, the knobs of the real
// socket, and a timer.
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { Duplex, getDefaultHighWaterMark } from 'node:stream'
import { AppError } from '../errors.ts'
import type { Peer } from '../handler.ts'
import type { ProxyHeader } from '../proxy-header.ts'

/** Members of net.Socket that are asked for on the real one, values and methods alike. */
const SOCKET_VALUES = ['localFamily', 'bytesRead', 'bytesWritten'] as const
const SOCKET_METHODS = ['address', 'setNoDelay', 'setKeepAlive', 'ref', 'unref'] as const
/** Members that only a tls.TLSSocket has: on a plain connection they must be missing, applications look for them. */
const TLS_VALUES = ['authorized', 'authorizationError', 'alpnProtocol', 'servername'] as const
const TLS_METHODS = [
  'getCertificate',
  'getCipher',
  'getEphemeralKeyInfo',
  'getFinished',
  'getPeerCertificate',
  'getPeerFinished',
  'getPeerX509Certificate',
  'getProtocol',
  'getSession',
  'getSharedSigalgs',
  'getTLSTicket',
  'getX509Certificate',
  'exportKeyingMaterial',
  'isSessionReused',
] as const

// What every new socket has. Asking the real one would make it: IncomingMessage asks for each request.
const HIGH_WATER_MARK = getDefaultHighWaterMark(false)
/** Closing is told by `close`, not by the stream. */
const AS_A_SOCKET = { allowHalfOpen: true, autoDestroy: false, emitClose: false } as const

/** What is used of a Duplex here; its types want properties where accessors are meant. */
type DuplexLike = new (
  options: object,
) => EventEmitter & {
  /** ServerResponse sets `corked` here when it ends. */
  readonly _writableState: { corked: number }
  readonly _readableState: { ended: boolean; endEmitted: boolean }
}

const DuplexBase: DuplexLike = Duplex as unknown as DuplexLike

/**
 * A Duplex, for who asks (`instanceof`, `stream.finished`, `pipe`). Its readable side has nothing but an end: what comes belongs to the
 * request. Its writable side is not used: `write`, `end` and `destroy` are those of the exchange.
 */
export abstract class SocketFacts extends DuplexBase {
  readonly connecting = false
  readonly pending = false
  destroyed = false
  closed = false
  errored: Error | null = null
  /** Set by the last `setTimeout`, in milliseconds; 0 for none. */
  timeout = 0
  protected readonly peer: Peer
  /** Whose request it carries: behind a trusted proxy another client each time. */
  protected client: Peer
  /** Missing where neither the connection is encrypted nor the one of a client behind it has been. */
  declare encrypted?: boolean
  #timer: NodeJS.Timeout | undefined

  constructor(peer: Peer) {
    super(AS_A_SOCKET)
    this.peer = peer
    this.client = peer
  }

  get readable(): boolean {
    return !this.destroyed
  }

  get writable(): boolean {
    return !this.destroyed
  }

  get remoteAddress(): string | undefined {
    return this.client.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.client.remotePort
  }

  get remoteFamily(): string | undefined {
    return familyOf(this.client.remoteAddress)
  }

  get localAddress(): string | undefined {
    return this.peer.localAddress
  }

  get localPort(): number | undefined {
    return this.peer.localPort
  }

  /** What a proxy has told by the PROXY protocol. Not of Node's; undefined on a listener without it. */
  get proxyHeader(): ProxyHeader | undefined {
    return this.peer.proxyHeader
  }

  get readableHighWaterMark(): number {
    return HIGH_WATER_MARK
  }

  get writableHighWaterMark(): number {
    return HIGH_WATER_MARK
  }

  get isFor(): Peer {
    return this.client
  }

  /** From now on who `client` is. `encrypted` is what frameworks ask for the scheme (Express: `req.protocol`). */
  actFor(client: Peer): void {
    this.client = client
    if ((this.encrypted === true) !== client.isEncrypted) this.encrypted = client.isEncrypted
  }

  get readyState(): string {
    return (this.peer.socket as Socket).readyState
  }

  /** Emits 'timeout' after so much time without a write or a read; 0 never. A timer of its own: the real one is the server's. */
  setTimeout(ms: number, callback?: () => void): this {
    clearTimeout(this.#timer)
    this.timeout = ms
    this.#timer = ms > 0 ? setTimeout(() => this.timedOut(), ms).unref() : undefined
    if (callback !== undefined) {
      if (ms > 0) this.once('timeout', callback)
      else this.removeListener('timeout', callback)
    }
    return this
  }

  /** Something was written or read: the timeout starts anew. */
  protected touched(): void {
    if (this.#timer !== undefined) this.#timer.refresh()
  }

  /** 'close', once. */
  protected close(): void {
    if (this.closed) return
    this.destroyed = true
    this.closed = true
    this.emit('close', this.errored !== null)
  }

  protected abstract timedOut(): void

  abstract end(): this

  abstract destroy(error?: Error, how?: 'destroy' | 'resetAndDestroy'): this

  /** An exchange that is cut ends with a reset in any case. Only plain TCP knows one. */
  resetAndDestroy(): this {
    const canReset = !this.peer.isEncrypted && this.peer.remoteAddress !== undefined
    return this.destroy(undefined, canReset ? 'resetAndDestroy' : 'destroy')
  }

  abstract get writableLength(): number

  get bufferSize(): number {
    return this.writableLength
  }

  get writableEnded(): boolean {
    return this.destroyed
  }

  get writableFinished(): boolean {
    return this.closed
  }

  get writableAborted(): boolean {
    return this.errored !== null
  }

  /** The readable side has its end and tells it. */
  protected endReadable(): void {
    this._readableState.ended = true
    this._readableState.endEmitted = true
    this.emit('end')
  }

  // Bytes are the request's: there is never more to read here.
  _read(): void {}

  connect(): never {
    throw new AppError('Cannot connect the socket of a request: it is connected to its client')
  }

  destroySoon(): void {
    this.end()
  }

  // The server gathers what is written in one turn: a corked socket is counted, and holds nothing back.

  get writableCorked(): number {
    return this._writableState.corked
  }

  cork(): void {
    this._writableState.corked++
  }

  uncork(): void {
    if (this._writableState.corked > 0) this._writableState.corked--
  }

  // Reading is the request's own matter: IncomingMessage resumes its socket, and applications pause it, to no effect here.

  resume(): this {
    return this
  }

  pause(): this {
    return this
  }
}

for (const name of SOCKET_VALUES) defineValue(SocketFacts.prototype, name)
for (const name of SOCKET_METHODS) defineMethod(SocketFacts.prototype, name)

/**
 * What only a tls.TLSSocket has, for the prototype of a class: so many members on each object made V8 treat it as a
 * dictionary, which cost 6 of 75 us of a request over TLS.
 */
export function addTlsProperties(prototype: SocketFacts): void {
  Object.assign(prototype, { encrypted: true })
  for (const name of TLS_VALUES) defineValue(prototype, name)
  for (const name of TLS_METHODS) defineMethod(prototype, name)
}

function defineValue(target: object, name: string): void {
  Object.defineProperty(target, name, {
    configurable: true,
    get(this: SocketFacts): unknown {
      return Reflect.get(realSocket(this), name)
    },
  })
}

function defineMethod(target: object, name: string): void {
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value(this: SocketFacts, ...values: unknown[]): unknown {
      const real = realSocket(this)
      const result: unknown = Reflect.apply(Reflect.get(real, name), real, values)
      // Chained calls stay on this side.
      return result === real ? this : result
    },
  })
}

/** What net.Socket says for `remoteFamily`. */
export function familyOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

function realSocket(facts: SocketFacts): object {
  return (facts as unknown as { peer: Peer }).peer.socket
}

/** Closes the connection that a socket stands for: of HTTP/2 one stream. */
export function closePeer(peer: Peer, how: 'destroy' | 'resetAndDestroy'): void {
  if (peer.cut !== undefined) peer.cut()
  else (peer.socket as Socket)[how]()
}
