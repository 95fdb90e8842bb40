// The master accepts and gives each connection away: to the worker that has the fewest (--balance=round-robin), or to the one that
// its client belongs to (--balance=sticky).
import type { Socket } from 'node:net'
import type { Log } from '../../log/log.ts'
import type { Pool } from '../../pool/pool.ts'
import { passConnection, turnAway } from '../../server/acceptor.ts'
import { firstReserved } from '../../server/descriptors.ts'
import type { WorkerProcesses } from '../processes/worker-processes.ts'
import type { BoundListener } from '../sockets/bind.ts'
import type { DesiredState } from '../state/desired-state.ts'
import { ownDescriptorLimit } from '../system/descriptors.ts'
import { LeastConnections } from './least-connections.ts'
import { clientOf, StickyClients, type StickyPlace } from './sticky.ts'

export interface DispatcherParts {
  readonly pool: Pool
  readonly processes: WorkerProcesses
  readonly desired: Pick<DesiredState, 'workers' | 'isBooting'>
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
/** How long clients wait for a worker that starts in the place of theirs, and do not go to another one. */
const MOST_WAIT_MS = 10_000

export class Dispatcher {
  readonly #parts: DispatcherParts
  /** Undefined: connections come to any worker. */
  readonly #clients: StickyClients | undefined
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
    this.#clients = isSticky ? new StickyClients() : undefined
  }

  open(listeners: readonly BoundListener[], backlog: number = BACKLOG): void {
    const most = firstReserved(ownDescriptorLimit())
    this.#listeners = listeners
    this.#acceptors = listeners.map((bound, listener) =>
      passConnection(
        bound,
        backlog,
        (socket, number) => {
          const client = this.#clients !== undefined ? clientOf(socket.remoteAddress) : undefined
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

  /** Gives away what waits in the kernel's queues, then accepts no more. */
  async takeQueue(): Promise<void> {
    await Promise.all(this.#acceptors.map(acceptor => acceptor.closeAfterQueue()))
  }

  /** So many of the connections that the worker was given have ended. */
  noteEnded(id: number, count: number): void {
    this.#turns.ended(id, count)
  }

  forget(id: number): void {
    this.#turns.forget(id)
    this.#rooms.delete(id)
    this.lookAgain()
  }

  /** Those who wait for a worker may have another one by now. */
  lookAgain(): void {
    for (const waiting of this.#waiting.splice(0)) this.#dispatch(waiting)
  }

  /** A worker has begun to serve. */
  noteReady(id: number, room: number): void {
    this.#rooms.set(id, room)
    this.lookAgain()
  }

  #dispatch(waiting: Waiting): void {
    const { client } = waiting
    const places = client === undefined ? this.#candidates() : this.#places()
    const open = places.filter(({ id }) => id === undefined || this.#hasRoom(id))
    const own = client === undefined ? undefined : this.#clients?.placeOf(client, open)
    const ids = own === undefined ? open.map(place => place.id) : [own.id]
    const id = this.#turns.next(ids.filter(each => each !== undefined))
    if (id === undefined) {
      if (places.length > 0 && open.length === 0) this.#turnAway(waiting)
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

  #hasRoom(id: number): boolean {
    return this.#turns.openOf(id) < (this.#rooms.get(id) ?? Infinity)
  }

  /** Those who serve; a worker that is retiring only where no other one serves. */
  #candidates(): readonly StickyPlace[] {
    const serving = this.#parts.pool.records.filter(({ state }) => state === 'serving')
    const lasting = serving.filter(({ retiring }) => retiring === undefined)
    return lasting.length > 0 ? lasting : serving
  }

  /** One for each slot: who serves there, a retiring worker until its replacement does; or nobody, where somebody starts. */
  #places(): readonly StickyPlace[] {
    const { pool, desired } = this.#parts
    const places = new Map<number, StickyPlace>()
    if (desired.isBooting) for (let slot = 0; slot < desired.workers; slot++) places.set(slot, { slot, id: undefined })
    const now = performance.now()
    for (const { state, slot, startedAt } of pool.records)
      if (state === 'starting' && now - startedAt < MOST_WAIT_MS) places.set(slot, { slot, id: undefined })
    const serving = pool.records.filter(({ state }) => state === 'serving')
    for (const { slot, id } of serving.filter(({ retiring }) => retiring !== undefined)) places.set(slot, { slot, id })
    for (const { slot, id } of serving.filter(({ retiring }) => retiring === undefined)) places.set(slot, { slot, id })
    return [...places.values()]
  }
}
