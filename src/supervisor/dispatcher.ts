// --balance=round-robin: the master accepts, and gives each connection to the worker that has the fewest.
import type { Socket } from 'node:net'
import type { Log } from '../log/log.ts'
import { handOut } from '../server/hand-out.ts'
import type { BoundListener } from './bind.ts'
import type { Crew } from './crew.ts'
import type { Pool } from './pool.ts'
import { Turns } from './turns.ts'

export interface DispatcherParts {
  readonly pool: Pool
  readonly crew: Crew
  readonly log: Log
}

interface Waiting {
  readonly socket: Socket
  readonly listener: number
}

const BACKLOG = 511

export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #turns = new Turns()
  /** Accepted while nobody served. */
  readonly #waiting: Waiting[] = []
  #acceptors: { close(): void }[] = []

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  open(listeners: readonly BoundListener[], backlog: number = BACKLOG): void {
    this.#acceptors = listeners.map(({ fd }, listener) =>
      handOut(
        fd,
        backlog,
        socket => this.#dispatch({ socket, listener }),
        error => this.#parts.log.error('Cannot accept a connection', error),
      ),
    )
  }

  /** Accepts no more. */
  close(): void {
    for (const acceptor of this.#acceptors.splice(0)) acceptor.close()
  }

  /** So many of the connections that the worker was given have ended. */
  noteEnded(id: number, count: number): void {
    this.#turns.ended(id, count)
  }

  forget(id: number): void {
    this.#turns.forget(id)
  }

  /** A worker has begun to serve. */
  noteReady(): void {
    for (const waiting of this.#waiting.splice(0)) this.#dispatch(waiting)
  }

  #dispatch(waiting: Waiting): void {
    const id = this.#turns.next(this.#candidates())
    if (id === undefined) {
      this.#waiting.push(waiting)
      return
    }
    const { socket, listener } = waiting
    // Its worker died on the way: another one gets it.
    this.#parts.crew.give(id, listener, socket, () => {
      this.#turns.ended(id, 1)
      setImmediate(() => this.#dispatch(waiting))
    })
  }

  /** Those who serve; who asks for a replacement only where nobody else does. */
  #candidates(): number[] {
    const serving = this.#parts.pool.records.filter(({ state }) => state === 'serving')
    const lasting = serving.filter(({ retiring }) => retiring === undefined)
    return (lasting.length > 0 ? lasting : serving).map(({ id }) => id)
  }
}
