// Both ends of a connection, looked up when somebody asks: each look-up is a system call the first time.

import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { X509Certificate } from '../app/client-certificate.ts'
import type { Peer } from '../app/handler.ts'
import type { ProxyHeader } from '../app/proxy-header.ts'
import type { Transport } from '../transport/transport.ts'
import { plainAddress } from './forwarded/node-name.ts'

/** The name and port that a listener answers for. */
export interface ListenerName {
  /** Configured host; undefined when it listens everywhere: the connection's own address is taken then. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly isEncrypted: boolean
  /** Default false. */
  readonly isUnix?: boolean
  /** Of this connection, when its proxy has sent one that names a client. */
  readonly proxyHeader?: ProxyHeader
  /** Default false. */
  readonly tlsEndsAtProxy?: boolean
  /** Whether TLS clients are asked for a certificate. Default false. */
  readonly asksForCertificate?: boolean
}

export class ConnectionPeer implements Peer {
  onClosed: (() => void) | undefined
  onEnded: (() => void) | undefined
  readonly keepaliveTimeoutMs: number
  readonly #transport: Transport
  readonly #listener: ListenerName
  /** Looked up once: making one costs more than a small request. */
  #certificate: X509Certificate | null | undefined

  constructor(transport: Transport, listener: ListenerName, keepaliveTimeoutMs: number) {
    this.keepaliveTimeoutMs = keepaliveTimeoutMs
    this.#transport = transport
    this.#listener = listener
  }

  get connection(): this {
    return this
  }

  get socket(): Socket {
    return this.#transport.socket
  }

  /** Told by the listener: a TCP client that has left has no address either. */
  get isUnix(): boolean {
    return this.#listener.isUnix === true
  }

  get isEncrypted(): boolean {
    return this.#listener.isEncrypted
  }

  get proxyHeader(): ProxyHeader | undefined {
    return this.#listener.proxyHeader
  }

  get clientCertificate(): X509Certificate | null | undefined {
    if (this.#listener.asksForCertificate !== true) return undefined
    if (this.#certificate !== undefined) return this.#certificate
    // A client that has left has none, and nobody to tell it to.
    this.#certificate = (this.socket as TLSSocket).getPeerX509Certificate() ?? null
    return this.#certificate
  }

  get tlsEndsAtProxy(): boolean {
    return this.#listener.tlsEndsAtProxy === true
  }

  /** Of whom addresses are asked: the proxy knows both ends, the transport its own. */
  get #ends(): Pick<Transport, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'> | ProxyHeader {
    return this.#listener.proxyHeader ?? this.#transport
  }

  get remoteAddress(): string | undefined {
    const { remoteAddress } = this.#ends
    return remoteAddress === undefined ? undefined : plainAddress(remoteAddress)
  }

  get remotePort(): number | undefined {
    return this.#ends.remotePort
  }

  get localAddress(): string | undefined {
    const { localAddress } = this.#ends
    return localAddress === undefined ? undefined : plainAddress(localAddress)
  }

  get localPort(): number | undefined {
    return this.#ends.localPort
  }

  get serverName(): string {
    return this.#listener.host ?? this.localAddress ?? 'localhost'
  }

  get serverPort(): string {
    return String(this.#listener.port ?? this.localPort ?? 0)
  }
}
