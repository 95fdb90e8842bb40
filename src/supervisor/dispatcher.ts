// --balance=round-robin: the master accepts, and gives each connection to the worker that has the fewest.
import type { Socket } from 'node:net'
import type { Log } from '../log/log.ts'
import { handOut } from '../server/hand-out.ts'
import type { BoundListener } from './bind.ts'
import type { Crew } from './crew.ts'
import type { Ledger } from './ledger.ts'
import type { Pool, WorkerRecord } from './pool.ts'

export interface DispatcherParts {
  readonly pool: Pool
  readonly crew: Crew
  readonly ledger: Ledger
  readonly log: Log
}

interface Waiting {
  readonly socket: Socket
  readonly listener: number
}

const BACKLOG = 511

export class Dispatcher {
  readonly #parts: DispatcherParts
  /** Connections given to each worker since it last said how many it has. */
  readonly #given = new Map<number, number>()
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

  /** The worker has reported: what it was given is in its own count now. */
  noteReport(id: number): void {
    this.#given.delete(id)
  }

  /** A worker has begun to serve. */
  noteReady(): void {
    for (const waiting of this.#waiting.splice(0)) this.#dispatch(waiting)
  }

  #dispatch(waiting: Waiting): void {
    const worker = this.#idlest()
    if (worker === undefined) {
      this.#waiting.push(waiting)
      return
    }
    this.#given.set(worker.id, (this.#given.get(worker.id) ?? 0) + 1)
    const { socket, listener } = waiting
    // Its worker died on the way: another one gets it.
    this.#parts.crew.give(worker.id, listener, socket, () => setImmediate(() => this.#dispatch(waiting)))
  }

  #idlest(): WorkerRecord | undefined {
    const serving = this.#parts.pool.records.filter(
      ({ state, retiring }) => state === 'serving' && retiring === undefined,
    )
    const candidates =
      serving.length > 0 ? serving : this.#parts.pool.records.filter(({ state }) => state === 'serving')
    return candidates.reduce<WorkerRecord | undefined>(
      (best, worker) => (best === undefined || this.#loadOf(worker) < this.#loadOf(best) ? worker : best),
      undefined,
    )
  }

  #loadOf({ id }: WorkerRecord): number {
    return (this.#parts.ledger.latest(id)?.connections ?? 0) + (this.#given.get(id) ?? 0)
  }
}
