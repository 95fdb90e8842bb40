// A WebSocket whose connection the application has taken over: when the server leaves, its client is told.
import type { Socket } from 'node:net'
import type { RequestHead } from '../../http1/request/request-head.ts'
import type { Deadlines } from './deadlines.ts'
import { sayGoingAway } from './going-away.ts'

export class TakenWebSocket {
  readonly #socket: Socket
  readonly #deadlines: Deadlines
  /** What the client had been sent before. */
  readonly #sentBefore: number

  /** Undefined when the protocol is another one. */
  static of({ upgrade }: RequestHead, socket: Socket, deadlines: Deadlines): TakenWebSocket | undefined {
    return /^websocket$/i.test(upgrade ?? '') ? new TakenWebSocket(socket, deadlines) : undefined
  }

  private constructor(socket: Socket, deadlines: Deadlines) {
    this.#socket = socket
    this.#deadlines = deadlines
    this.#sentBefore = socket.bytesWritten
  }

  leave(): void {
    if (!sayGoingAway(this.#socket, () => this.#socket.bytesWritten > this.#sentBefore)) this.awaitHandshake()
  }

  awaitHandshake(): void {
    this.#deadlines.awaitHandshake()
  }
}
