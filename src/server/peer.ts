// Both ends of a connection, looked up when somebody asks: each look-up is a system call the first time.

import type { Socket } from 'node:net'
import type { Peer } from '../app/handler.ts'
import type { Transport } from '../transport/transport.ts'

/** The name and port that a listener answers for. */
export interface ListenerName {
  /** Configured host; undefined when it listens everywhere: the connection's own address is taken then. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly isEncrypted: boolean
}

export class ConnectionPeer implements Peer {
  onClosed: (() => void) | undefined
  onEnded: (() => void) | undefined
  readonly keepaliveTimeoutMs: number
  readonly #transport: Transport
  readonly #listener: ListenerName

  constructor(transport: Transport, listener: ListenerName, keepaliveTimeoutMs: number) {
    this.keepaliveTimeoutMs = keepaliveTimeoutMs
    this.#transport = transport
    this.#listener = listener
  }

  get socket(): Socket {
    return this.#transport.socket
  }

  get isEncrypted(): boolean {
    return this.#listener.isEncrypted
  }

  get remoteAddress(): string | undefined {
    return plainAddress(this.#transport.remoteAddress)
  }

  get remotePort(): number | undefined {
    return this.#transport.remotePort
  }

  get localAddress(): string | undefined {
    return plainAddress(this.#transport.localAddress)
  }

  get localPort(): number | undefined {
    return this.#transport.localPort
  }

  get serverName(): string {
    return this.#listener.host ?? this.localAddress ?? 'localhost'
  }

  get serverPort(): string {
    return String(this.#listener.port ?? this.localPort ?? 0)
  }
}

/** An IPv4 client on a dual-stack socket has the address that it would have on an IPv4 one: logs and allow lists expect it. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
