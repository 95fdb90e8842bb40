// The peer of a request that a trusted proxy has passed on: the client behind the proxy, on the proxy's connection.
import type { Duplex } from 'node:stream'
import type { X509Certificate } from '../../app/client-certificate.ts'
import type { Peer } from '../../app/handler.ts'
import type { ProxyHeader } from '../../app/proxy-header.ts'
import type { NodeName } from './node-name.ts'
import type { Origin } from './origin.ts'

export class ForwardedPeer implements Peer {
  readonly connection: Peer
  readonly isEncrypted: boolean
  readonly #node: NodeName | undefined
  readonly #serverName: string | undefined
  readonly #serverPort: string | undefined

  /** `node` undefined: no proxy names the client. */
  constructor(connection: Peer, node: NodeName | undefined, origin: Origin) {
    this.connection = connection
    this.isEncrypted = origin.isEncrypted
    this.#node = node
    this.#serverName = origin.serverName
    this.#serverPort = origin.serverPort
  }

  get remoteAddress(): string | undefined {
    return this.#node === undefined ? this.connection.remoteAddress : this.#node.address
  }

  /** Undefined when the proxy does not tell: that of the connection is the proxy's own. */
  get remotePort(): number | undefined {
    return this.#node === undefined ? this.connection.remotePort : this.#node.port
  }

  get proxyHeader(): ProxyHeader | undefined {
    return this.connection.proxyHeader
  }

  get clientCertificate(): X509Certificate | null | undefined {
    return this.connection.clientCertificate
  }

  get localAddress(): string | undefined {
    return this.connection.localAddress
  }

  get localPort(): number | undefined {
    return this.connection.localPort
  }

  get serverName(): string {
    return this.#serverName ?? this.connection.serverName
  }

  get serverPort(): string {
    return this.#serverPort ?? this.connection.serverPort
  }

  get keepaliveTimeoutMs(): number {
    return this.connection.keepaliveTimeoutMs
  }

  get socket(): Duplex {
    return this.connection.socket
  }

  get onClosed(): (() => void) | undefined {
    return this.connection.onClosed
  }

  set onClosed(listener: (() => void) | undefined) {
    this.connection.onClosed = listener
  }

  get onEnded(): (() => void) | undefined {
    return this.connection.onEnded
  }

  set onEnded(listener: (() => void) | undefined) {
    this.connection.onEnded = listener
  }
}
