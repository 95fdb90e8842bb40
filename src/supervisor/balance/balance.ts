// How connections come to workers: what the master does about it, for each value of --balance.

import type { BoundListener } from '../sockets/bind.ts'
import { masterAccepts } from '../state/config-mapping.ts'
import type { DesiredState } from '../state/desired-state.ts'
import type { MetricsTotals } from '../state/totals.ts'
import { Dispatcher, type DispatcherParts } from './dispatcher.ts'
import { pauseDecision } from './pause-policy.ts'

export interface BalanceParts extends DispatcherParts {
  readonly desired: DesiredState
  readonly totals: MetricsTotals
}

export interface Balance {
  open(listeners: readonly BoundListener[]): void
  /** No connection is accepted by the master any more. */
  close(): void
  /** The same, but what waits in the kernel is accepted first; undefined where the master accepts nothing. */
  takeQueue(): Promise<void> | undefined
  /** A worker has begun to serve, and has descriptors for so many connections. */
  noteReady(id: number, room: number): void
  /** A worker has told how it is. */
  noteReport(): void
  /** So many connections that the master gave to a worker have ended. */
  noteEnded(id: number, count: number): void
  forget(id: number): void
}

export function balanceOf(parts: BalanceParts): Balance {
  const { balance, backlog, threads } = parts.desired.config
  // A socket can be given to a process, and not to one of its threads.
  if (balance === 'shared' && threads === 0) return new SharedQueue(parts)
  if (!masterAccepts(parts.desired.config)) return NOTHING
  const dispatcher = new Dispatcher(parts, balance === 'sticky')
  return {
    open: listeners => dispatcher.open(listeners, backlog),
    close: () => dispatcher.close(),
    takeQueue: () => dispatcher.takeQueue(),
    noteReady: (id, room) => dispatcher.noteReady(id, room),
    noteReport: () => dispatcher.lookAgain(),
    noteEnded: (id, count) => dispatcher.noteEnded(id, count),
    forget: id => dispatcher.forget(id),
  }
}

/** The kernel does it all. */
const NOTHING: Balance = {
  open: () => undefined,
  close: () => undefined,
  takeQueue: () => undefined,
  noteReady: () => undefined,
  noteReport: () => undefined,
  noteEnded: () => undefined,
  forget: () => undefined,
}

/** All accept from one queue; who is busy lets the others. */
class SharedQueue implements Balance {
  readonly #parts: BalanceParts
  readonly #paused = new Set<number>()

  constructor(parts: BalanceParts) {
    this.#parts = parts
  }

  open(): void {}
  close(): void {}
  noteReady(): void {}
  noteEnded(): void {}

  takeQueue(): undefined {}

  noteReport(): void {
    const { pool, processes, totals, desired } = this.#parts
    const serving = pool.records.filter(({ state }) => state === 'serving')
    const loads = serving.map(({ id }) => ({ id, isPaused: this.#paused.has(id), vitals: totals.latest(id) }))
    const { pause, resume } = pauseDecision(loads, desired.config.maxInflight)
    for (const id of pause) {
      this.#paused.add(id)
      processes.pause(id)
    }
    for (const id of resume) {
      this.#paused.delete(id)
      processes.resume(id)
    }
  }

  forget(id: number): void {
    this.#paused.delete(id)
  }
}
