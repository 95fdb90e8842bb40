// The connection as an exchange knows it: the open one, or what takes its place when its client has been answered without the exchange.
import type { Socket } from 'node:net'
import type { ConnectionPeer } from '../peer.ts'
import type { ServerContext } from '../server-context.ts'

/** `E` is the exchange, which is declared in terms of this. */
export interface ExchangeConnection<E> {
  readonly context: ServerContext
  readonly peer: ConnectionPeer
  readonly isHalfClosed: boolean
  /** Whether bytes of the client have come that nobody has read. */
  readonly hasUnread: boolean
  /** Whether everything that was sent is with the kernel. */
  readonly isFlushed: boolean
  readonly queuedBytes: number
  sendText(text: string): void
  sendBytes(bytes: Uint8Array, behind?: string): void
  holdBytes(bytes: Uint8Array): void
  sendHeld(): Promise<void> | undefined
  whenWritable(): Promise<void> | undefined
  mayPersistAfter(exchange: E): boolean
  readBody(exchange: E): Uint8Array | null | Promise<Uint8Array | null>
  answered(exchange: E): void
  cut(how: 'close' | 'reset'): void
  abandon(exchange: E): boolean
  takeOver(): { socket: Socket; head: Uint8Array }
}
