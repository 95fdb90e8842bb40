// Tells workers of each other: how many there are, which of them is the first, and what they broadcast.
import type { Log } from '../../log/log.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Report } from '../ipc/messages.ts'
import type { WorkerProcesses } from '../processes/worker-processes.ts'
import type { DesiredState } from '../state/desired-state.ts'
import { FirstWorker } from '../state/first-worker.ts'

export interface WorkerPlacesParts {
  readonly pool: Pool
  readonly processes: Pick<WorkerProcesses, 'place' | 'message'>
  readonly desired: Pick<DesiredState, 'workers' | 'isBooting'>
  readonly log: Pick<Log, 'warn'>
  /** Of another master: until this one serves, a worker of that one may be the first. */
  readonly handed: readonly unknown[] | undefined
}

export class WorkerPlaces {
  readonly #parts: WorkerPlacesParts
  readonly #first = new FirstWorker()
  /** What each was told last. */
  readonly #told = new Map<number, string>()
  /** Messages that were dropped because too much was under way, since the start. */
  dropped = 0

  constructor(parts: WorkerPlacesParts) {
    this.#parts = parts
  }

  /** To be called whenever workers, or how many are wanted, have changed. */
  look(): void {
    const { pool, processes, desired, handed } = this.#parts
    const { records } = pool
    if (handed === undefined || !desired.isBooting) this.#first.look(records)
    for (const id of this.#told.keys()) if (pool.record(id) === undefined) this.#told.delete(id)
    for (const { id, state } of records) {
      if (state !== 'serving' && state !== 'draining') continue
      const place = { count: desired.workers, isFirst: id === this.#first.id }
      const text = JSON.stringify(place)
      if (this.#told.get(id) === text) continue
      this.#told.set(id, text)
      processes.place(id, place)
    }
  }

  /** The worker has been told. */
  placed(id: number, isFirst: boolean): void {
    if (!isFirst) this.#first.givenBack(id)
  }

  broadcast(from: number, { content, dropped }: Report & { readonly type: 'broadcast' }): void {
    const { pool, processes } = this.#parts
    this.#count(dropped)
    for (const { id, state } of pool.records) {
      if (id === from || state === 'killed' || state === 'gone') continue
      // A library that asks who is there, while its worker starts, gets its answers. Whoever does not read yet is missing nothing.
      if (!processes.message(id, content) && state !== 'starting') this.#count(1)
    }
  }

  #count(dropped: number): void {
    if (dropped > 0 && this.dropped === 0)
      this.#parts.log.warn(
        'Dropped messages between workers: more are sent than can be taken (starlight_messages_dropped_total)',
      )
    this.dropped += dropped
  }
}
