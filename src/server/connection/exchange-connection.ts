// The connection as an exchange knows it: the open one, or what takes its place when its client has been answered without the exchange.
import type { Socket } from 'node:net'
import type { ConnectionPeer } from '../peer.ts'
import type { ServerContext } from '../server-context.ts'
import type { RequestInput } from './connection-input.ts'
import type { ResponseOutput } from './write-buffer.ts'

/** What an upgrade gives the application. */
export interface TakenOver {
  readonly socket: Socket
  /** What came behind the request. */
  readonly head: Uint8Array
}

/** `E` is the exchange, which is declared in terms of this. */
export interface ExchangeConnection<E> {
  readonly context: ServerContext
  readonly peer: ConnectionPeer
  readonly input: RequestInput
  readonly output: ResponseOutput
  readBody(exchange: E): Uint8Array | null | Promise<Uint8Array | null>
  answered(exchange: E): void
  cut(how: 'close' | 'reset'): void
  abandon(exchange: E): boolean
  takeOver(): TakenOver
}
