// The master accepts and gives each connection away: to the worker that has the fewest (--balance=round-robin), or to the one that
// its client belongs to (--balance=sticky).
import type { Socket } from 'node:net'
import type { Log } from '../../log/log.ts'
import type { Pool } from '../../pool/pool.ts'
import { passConnection, turnAway } from '../../server/acceptor.ts'
import { firstReserved } from '../../server/descriptors.ts'
import type { WorkerProcesses } from '../processes/worker-processes.ts'
import { areOurs, type BoundListener } from '../sockets/bind.ts'
import { ownDescriptorLimit } from '../system/descriptors.ts'
import { LeastConnections } from './least-connections.ts'
import { clientOf, type StickyCandidate, workerFor } from './sticky.ts'

export interface DispatcherParts {
  readonly pool: Pool
  readonly processes: WorkerProcesses
  readonly log: Log
}

interface Waiting {
  readonly socket: Socket
  readonly listener: number
  /** Which worker it belongs to; undefined: to any. */
  readonly client: string | undefined
}

const BACKLOG = 511
const WARN_MS = 60_000

export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #isSticky: boolean
  readonly #turns = new LeastConnections()
  /** Accepted while no worker was serving. */
  readonly #waiting: Waiting[] = []
  #acceptors: ReturnType<typeof passConnection>[] = []
  /** For how many connections each worker has descriptors. */
  readonly #rooms = new Map<number, number>()
  #listeners: readonly BoundListener[] = []
  #warnedAt = -Infinity

  constructor(parts: DispatcherParts, isSticky: boolean) {
    this.#parts = parts
    this.#isSticky = isSticky
  }

  open(listeners: readonly BoundListener[], backlog: number = BACKLOG): void {
    const most = firstReserved(ownDescriptorLimit())
    this.#listeners = listeners
    this.#acceptors = listeners.map((bound, listener) =>
      passConnection(
        bound,
        backlog,
        (socket, number) => {
          const client = this.#isSticky ? clientOf(socket.remoteAddress) : undefined
          const waiting = { socket, listener, client }
          if (number < most) this.#dispatch(waiting)
          else this.#turnAway(waiting)
        },
        error => this.#parts.log.error('Cannot accept a connection', error),
      ),
    )
  }

  /** Accepts no more. */
  close(): void {
    for (const acceptor of this.#acceptors.splice(0)) acceptor.close()
  }

  /** Gives away what waits in the kernel's queues, then accepts no more. Who has given us the sockets has their queues, too. */
  async takeQueue(): Promise<void> {
    if (areOurs(this.#listeners)) await Promise.all(this.#acceptors.map(acceptor => acceptor.closeAfterQueue()))
    else this.close()
  }

  /** So many of the connections that the worker was given have ended. */
  noteEnded(id: number, count: number): void {
    this.#turns.ended(id, count)
  }

  forget(id: number): void {
    this.#turns.forget(id)
    this.#rooms.delete(id)
  }

  /** A worker has begun to serve. */
  noteReady(id: number, room: number): void {
    this.#rooms.set(id, room)
    for (const waiting of this.#waiting.splice(0)) this.#dispatch(waiting)
  }

  #dispatch(waiting: Waiting): void {
    const candidates = this.#candidates()
    const withRoom = candidates.filter(({ id }) => this.#turns.openOf(id) < (this.#rooms.get(id) ?? Infinity))
    const own = waiting.client === undefined ? undefined : workerFor(waiting.client, withRoom)
    const id = this.#turns.next(own === undefined ? withRoom.map(worker => worker.id) : [own])
    if (id === undefined) {
      if (candidates.length > 0) this.#turnAway(waiting)
      else this.#waiting.push(waiting)
      return
    }
    const { socket, listener } = waiting
    // Its worker died on the way: another one gets it.
    this.#parts.processes.give(id, listener, socket, () => {
      this.#turns.ended(id, 1)
      setImmediate(() => this.#dispatch(waiting))
    })
  }

  /** No descriptor is left for it, neither here nor in a worker. */
  #turnAway({ socket, listener }: Waiting): void {
    turnAway(socket, this.#listeners[listener]?.address.tls !== undefined)
    const now = performance.now()
    if (now - this.#warnedAt < WARN_MS) return
    this.#warnedAt = now
    this.#parts.log.warn(
      'Out of file descriptors: new connections are turned away until some are closed; raise the limit (ulimit -n, LimitNOFILE=)',
    )
  }

  /** Those who serve; a worker that is retiring only where no other one serves. Oldest first. */
  #candidates(): readonly StickyCandidate[] {
    const serving = this.#parts.pool.records.filter(({ state }) => state === 'serving')
    const lasting = serving.filter(({ retiring }) => retiring === undefined)
    if (!this.#isSticky) return lasting.length > 0 ? lasting : serving
    // Who serves in a slot has its clients until the replacement does.
    const filled = new Set(lasting.map(({ slot }) => slot))
    return serving.filter(({ retiring, slot }) => retiring === undefined || !filled.has(slot))
  }
}
