// One listening socket and the connections that it accepts.

import { chmodSync } from 'node:fs'
import {
  type AddressInfo,
  createServer,
  type ListenOptions as NetListenOptions,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import type { SecureContext, TLSSocket, TlsOptions, Server as TlsServer } from 'node:tls'
import { ownServer } from '../app/own-servers.ts'
import type { ListenAddress, TlsFiles } from '../config/listen/address.ts'
import { acceptHandles, probeSilentPeers, sendWithoutDelay } from '../transport/accept-handles.ts'
import { HandleTransport } from '../transport/handle-transport.ts'
import { accept, acceptEither, acceptHttp2, acceptSocket } from './accept.ts'
import { answerAlpnChallenges } from './acme/alpn-challenge.ts'
import { cannotListen, pathOf } from './cannot-listen.ts'
import { closeAfterQueue } from './close-after-queue.ts'
import { ownHandshakes } from './own-handshakes.ts'
import type { ListenerName } from './peer.ts'
import { acceptProxied } from './proxy-protocol/accept-proxied.ts'
import { ProxiedHandshakes } from './proxy-protocol/proxied-handshakes.ts'
import { keepEndPoints } from './relayed-socket.ts'
import type { ServerContext } from './server-context.ts'
import { asksForCertificate, contextFor, hasRefusedCertificate, renewServer, tlsOptions } from './tls.ts'
import { readTlsFiles, type TlsMaterial } from './tls-files.ts'

/** Where a listener listens in the end: port 0 has become a real one. */
export type BoundAddress = { readonly host: string; readonly port: number } | { readonly path: string }

export interface ListenOptions {
  /** A bound descriptor that a parent handed over; nothing is bound or unlinked here then. */
  readonly fd?: number
  /** The same as a handle of Node's: from another process, or where sockets have no descriptors (Windows). */
  readonly handle?: object
  /** Nothing is accepted here: connections come by `Server.take`. */
  readonly isFed?: boolean
  /** Keys and certificates that were read already, before privileges were dropped; otherwise the address's files are read. */
  readonly tls?: TlsMaterial
  /** The application's own TLS server, which does the handshakes of an address that has no files. */
  readonly handshakes?: TlsServer
  /** Others have the socket as well, and listen on it when this server has ended. */
  readonly isForeign?: boolean
  /** Length of the kernel's queue of connections that wait to be accepted. Default: 511, Node's own. */
  readonly backlog?: number
}

const BACKLOG = 511
/** As Node's own. */
const DEFAULT_HANDSHAKE_MS = 120_000

export class Listener {
  readonly #context: ServerContext
  readonly #address: ListenAddress
  readonly #options: ListenOptions
  #server: NetServer
  /** Behind the PROXY protocol: it gets its connections from `#server`. */
  #tlsServer: TlsServer | undefined
  /** Begins a handshake where the application's server does them. */
  readonly #beginOwn: ((socket: Socket) => void) | undefined
  readonly #proxied = new ProxiedHandshakes()
  #name: ListenerName
  #material: TlsMaterial | undefined
  #accepted = 0

  constructor(context: ServerContext, address: ListenAddress, options: ListenOptions) {
    this.#context = context
    this.#address = address
    this.#options = options
    this.#material = options.tls
    this.#beginOwn = this.#ownHandshakes()
    this.#name = listenerName(address, this.#beginOwn === undefined ? undefined : options.handshakes)
    this.#server = this.#makeServer()
  }

  async open(): Promise<BoundAddress> {
    if (this.#options.isFed) return this.#requested()
    const server = this.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(cannotListen(this.#address, error)))
      // Where Node gets a descriptor or a handle it does not look at the backlog among the options, only at the one behind them.
      const where = this.#options.handle ?? this.#listenOptions()
      server.listen(where, this.#backlog, () => resolve(this.#takeHandles()))
    })
    server.removeAllListeners('error')
    // Accepting can fail for a while (no descriptors left): the server goes on with the connections that it has.
    server.on('error', error => this.#context.log.error('Cannot accept a connection', error))
    if (this.#address.kind === 'unix' && this.#options.fd === undefined && this.#address.mode !== undefined) {
      chmodSync(this.#address.path, this.#address.mode)
    }
    const bound = server.address()
    if (bound === null || typeof bound === 'string') return { path: bound ?? pathOf(this.#address) }
    this.#name = { ...this.#name, port: (bound as AddressInfo).port }
    return { host: bound.address, port: bound.port }
  }

  close(): void {
    this.#server.close()
  }

  /** Serves what waits in the kernel's queue, then closes. */
  async closeAfterQueue(): Promise<void> {
    await closeAfterQueue(this.#server, () => this.#accepted, this.#options.isForeign)
  }

  /** Accepts again, on a handle of the same socket: the one before was closed. */
  resume(handle: object): void {
    if (this.#server.listening) return
    this.#server = this.#makeServer()
    this.#server.on('error', error => this.#context.log.error('Cannot accept a connection', error))
    this.#server.listen(handle, this.#backlog, () => this.#takeHandles())
  }

  /** Serves handshakes from now on with `material`, if it comes from the files of this listener. */
  renewTls(material: TlsMaterial): void {
    if (this.#material?.id !== material.id) return
    this.#material = material
    if (this.#tlsServer !== undefined) renewServer(this.#tlsServer, material)
  }

  /** Serves a connection that somebody else has accepted. */
  take(socket: Socket): void {
    socket.allowHalfOpen = this.#address.tls === undefined || this.#address.proxy === true
    this.#server.emit('connection', socket)
  }

  #requested(): BoundAddress {
    const address = this.#address
    return address.kind === 'tcp' ? { host: address.host ?? '', port: address.port } : { path: pathOf(address) }
  }

  #makeServer(): NetServer {
    const { tls, proxy } = this.#address
    if (tls !== undefined) this.#tlsServer = this.#makeTlsServer(tls)
    if (this.#tlsServer !== undefined && proxy !== true) return ownServer(this.#tlsServer)
    return ownServer(createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#accept(socket)))
  }

  #ownHandshakes(): ((socket: Socket) => void) | undefined {
    const { handshakes } = this.#options
    if (handshakes === undefined || this.#address.tls !== undefined || this.#address.h2c === true) return undefined
    const { settings } = this.#context
    return ownHandshakes(handshakes, {
      mostMs: settings.headTimeoutMs || DEFAULT_HANDSHAKE_MS,
      http2: settings.http2,
      onSecure: socket => {
        keepEndPoints(socket)
        this.#acceptSecure(socket, this.#proxied.nameOf(socket))
        this.#context.handshakeOver()
      },
      onLost: (socket, error) => this.#lost(socket, error),
    })
  }

  #lost(socket: TLSSocket, error: Error): void {
    this.#context.refusals.count('tls-handshake', `${socket.remoteAddress ?? 'a client'}: ${error.message}`)
    socket.destroy()
    this.#context.handshakeOver()
  }

  #makeTlsServer(tls: TlsFiles): TlsServer {
    // Read once: when accepting goes on after a pause, the files may be others, or unreadable for this user.
    const material = this.#material ?? readTlsFiles(tls)
    this.#material = material
    const { headTimeoutMs, http2 } = this.#context.settings
    // Not imported above: a megabyte for each worker, and most have no TLS.
    const { createServer: createTlsServer } = process.getBuiltinModule('node:tls')
    const server = createTlsServer({
      ...tlsOptions(material, http2),
      ...((material.pairs.length > 1 || tls.directory !== undefined) && {
        SNICallback: (name: string, done: (error: null, context?: SecureContext) => void) =>
          done(null, contextFor(this.#material ?? material, name)),
      }),
      // Until its handshake is over nothing can be answered to a client that has left.
      allowHalfOpen: false,
      noDelay: true,
      handshakeTimeout: headTimeoutMs || DEFAULT_HANDSHAKE_MS,
    })
    // Counted before their handshakes. Each ends with one of the two events below.
    server.on('connection', () => {
      if (this.#address.proxy !== true) this.#accepted++
      this.#context.handshakeBegun()
    })
    server.on('secureConnection', socket => {
      this.#acceptTls(socket, material)
      this.#context.handshakeOver()
    })
    // Node reports a handshake that takes too long and leaves the socket open: nothing else would ever close it.
    server.on('tlsClientError', (error, socket) => this.#lost(socket, error))
    this.#answerChallenges(server)
    return server
  }

  #answerChallenges(server: TlsServer): void {
    const { settings, refusals } = this.#context
    const { challenges, headTimeoutMs } = settings
    if (challenges === undefined) return
    answerAlpnChallenges(server, {
      ...challenges,
      helloMs: headTimeoutMs || DEFAULT_HANDSHAKE_MS,
      onBegun: () => {
        this.#accepted++
        this.#context.handshakeBegun()
      },
      onOver: () => this.#context.handshakeOver(),
      onLost: (socket, reason) => refusals.count('tls-handshake', `${socket.remoteAddress ?? 'a client'}: ${reason}`),
    })
  }

  get #backlog(): number {
    return this.#options.backlog ?? BACKLOG
  }

  #listenOptions(): NetListenOptions & { fd?: number } {
    const { fd } = this.#options
    const backlog = this.#backlog
    const address = this.#address
    if (fd !== undefined) return { fd }
    if (address.kind === 'unix') return { path: address.path, backlog }
    if (address.kind === 'abstract') return { path: `\0${address.name}`, backlog }
    const { host, port, ipv6Only = false } = address
    return { ...(host === undefined ? {} : { host }), port, ipv6Only, backlog }
  }

  #acceptTls(socket: TLSSocket, material: TlsMaterial): void {
    keepEndPoints(socket)
    if (hasRefusedCertificate(socket, material)) {
      socket.destroy()
      return
    }
    this.#acceptSecure(socket, this.#address.proxy === true ? this.#proxied.nameOf(socket) : this.#name)
  }

  #acceptSecure(socket: TLSSocket, name: ListenerName | undefined): void {
    if (name === undefined) socket.destroy()
    else if (socket.alpnProtocol === 'h2') acceptHttp2(this.#context, socket, name)
    else {
      socket.allowHalfOpen = true
      acceptSocket(this.#context, socket, name)
    }
  }

  /** Without TLS, connections are served on their handles, which costs half as much. With it, only their number is looked at. */
  #takeHandles(): void {
    probeSilentPeers(this.#server)
    sendWithoutDelay(this.#server)
    const { descriptors, connections } = this.#context
    const { tls, h2c, proxy } = this.#address
    if (tls === undefined && this.#beginOwn === undefined && h2c !== true && proxy !== true) {
      acceptHandles(this.#server, handle => {
        this.#accepted++
        const hasDescriptors = descriptors === undefined || descriptors.accepted(handle.fd, connections.size)
        accept(this.#context, new HandleTransport(handle), this.#name, hasDescriptors)
      })
    } else if (descriptors !== undefined) {
      acceptHandles(this.#server, handle => {
        if (descriptors.accepted(handle.fd, connections.size)) return false
        this.#context.refusals.count('no-descriptors', 'a connection before its handshake')
        // Before its handshake a client cannot be told anything.
        handle.close()
        return true
      })
    }
  }

  /** What comes as a socket is served as one. */
  #accept(socket: Socket): void {
    this.#accepted++
    if (this.#address.proxy === true)
      acceptProxied(this.#context, socket, this.#name, name => this.#serve(socket, name))
    else this.#serve(socket, this.#name)
  }

  #serve(socket: Socket, name: ListenerName): void {
    if (this.#tlsServer !== undefined || this.#beginOwn !== undefined) {
      this.#proxied.begun(socket, name)
      socket.allowHalfOpen = false
      this.#tlsServer?.emit('connection', socket)
      if (this.#beginOwn !== undefined) this.#context.handshakeBegun()
      this.#beginOwn?.(socket)
    } else if (this.#address.h2c === true) acceptEither(this.#context, socket, name)
    else acceptSocket(this.#context, socket, name)
  }
}

function listenerName(address: ListenAddress, own: (TlsServer & TlsOptions) | undefined): ListenerName {
  const { tls } = address
  const asks = tls === undefined ? own?.requestCert === true : asksForCertificate(tls)
  const security = { isEncrypted: tls !== undefined || own !== undefined, asksForCertificate: asks }
  if (address.kind !== 'tcp') return { host: undefined, port: undefined, ...security, isUnix: true }
  return { host: isEverywhere(address.host) ? undefined : address.host, port: address.port, ...security }
}

function isEverywhere(host: string | undefined): boolean {
  return host === undefined || host === '0.0.0.0' || host === '::' || host === '*'
}
