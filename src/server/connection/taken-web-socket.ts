// A WebSocket whose connection the application has taken over: when the server leaves, its client is told; one that takes nothing is cut.
import type { Socket } from 'node:net'
import type { RequestHead } from '../../http1/request/request-head.ts'
import type { Deadlines } from './deadlines.ts'
import { sayGoingAway } from './going-away.ts'
import { StalledSocket } from './stalled-socket.ts'

export class TakenWebSocket {
  readonly #socket: Socket
  readonly #deadlines: Deadlines
  readonly #stalled: StalledSocket
  /** What the client had been sent before. */
  readonly #sentBefore: number

  /** Undefined when the protocol is another one. `isLeaving`: its client is told as soon as it can be. */
  static of(
    { upgrade }: RequestHead,
    socket: Socket,
    deadlines: Deadlines,
    isLeaving: boolean,
  ): TakenWebSocket | undefined {
    if (!/^websocket$/i.test(upgrade ?? '')) return undefined
    const webSocket = new TakenWebSocket(socket, deadlines)
    if (isLeaving) deadlines.awaitHandshake()
    else deadlines.awaitTaking()
    return webSocket
  }

  private constructor(socket: Socket, deadlines: Deadlines) {
    this.#socket = socket
    this.#deadlines = deadlines
    this.#stalled = new StalledSocket(socket)
    this.#sentBefore = socket.bytesWritten
  }

  leave(): void {
    if (sayGoingAway(this.#socket, () => this.#socket.bytesWritten > this.#sentBefore)) this.#deadlines.awaitTaking()
    else this.#deadlines.awaitHandshake()
  }

  /** One of its times is over. False when it has to be cut. */
  overdue(deadline: 'handshake' | 'stall'): boolean {
    if (deadline === 'handshake') this.leave()
    else if (this.#stalled.isStalled) return false
    else this.#deadlines.awaitTaking()
    return true
  }
}
