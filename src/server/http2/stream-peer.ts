// Both ends of one stream. For an application each stream is a connection of its own: it has one request, and closing it closes the stream.
import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { X509Certificate } from '../../app/client-certificate.ts'
import type { Peer } from '../../app/handler.ts'
import type { ProxyHeader } from '../../app/proxy-header.ts'
import type { ConnectionPeer } from '../peer.ts'
import { CANCEL } from './stream-output.ts'

export class StreamPeer implements Peer {
  onClosed: (() => void) | undefined
  onEnded: (() => void) | undefined
  readonly #session: ConnectionPeer
  readonly #stream: ServerHttp2Stream

  constructor(session: ConnectionPeer, stream: ServerHttp2Stream) {
    this.#session = session
    this.#stream = stream
  }

  get connection(): this {
    return this
  }

  get isUnix(): boolean {
    return this.#session.isUnix
  }

  get remoteAddress(): string | undefined {
    return this.#session.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#session.remotePort
  }

  get proxyHeader(): ProxyHeader | undefined {
    return this.#session.proxyHeader
  }

  get clientCertificate(): X509Certificate | null | undefined {
    return this.#session.clientCertificate
  }

  get localAddress(): string | undefined {
    return this.#session.localAddress
  }

  get localPort(): number | undefined {
    return this.#session.localPort
  }

  get serverName(): string {
    return this.#session.serverName
  }

  get serverPort(): string {
    return this.#session.serverPort
  }

  get isEncrypted(): boolean {
    return this.#session.isEncrypted
  }

  /** An answer over HTTP/2 says nothing of it. */
  get keepaliveTimeoutMs(): number {
    return 0
  }

  /** That of all streams of the session: for its addresses and certificates. */
  get socket(): Socket {
    return this.#session.socket
  }

  cut(): void {
    this.#stream.close(CANCEL)
  }
}
