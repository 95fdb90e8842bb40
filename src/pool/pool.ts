// What the master knows about its workers, and a worker about its Perl children. It changes in one place, `apply`, so that every rule
// about it can be tested with no process and no clock. A slot is a place in the pool (0 to workers-1): it outlives its workers and remembers their failures.

import { traceOf } from '../log/trace.ts'
import { backoffDelay } from './backoff.ts'
import { nextState, type WorkerState } from './worker-states.ts'

const trace = traceOf('pool')

const SOUND_AFTER_MS = 10_000

/** Why a worker asks for its replacement. */
export type RetireReason = 'budget' | 'age' | 'memory' | 'harakiri' | 'asked' | 'uncaught' | 'closed'

export interface WorkerRecord {
  readonly id: number
  readonly pid: number | undefined
  readonly slot: number
  /** Counts the codes that were rolled out: 0 at the start, one more at each reload. */
  readonly generation: number
  readonly state: WorkerState
  readonly startedAt: number
  /** When it reported ready; undefined before. */
  readonly readyAt: number | undefined
  /** The time at which the worker is overdue in its state; Infinity for none. */
  readonly deadline: number
  /** It reported that it should be replaced, and serves until that is done. */
  readonly retiring: RetireReason | undefined
  /** Its inspector is open: as long as it starts or serves, it may be silent. */
  readonly isInspected: boolean
}

/** Times of the pool are milliseconds of one monotonic clock. */
export type PoolEvent =
  | { type: 'spawned'; id: number; pid: number | undefined; slot: number; generation: number; at: number }
  | { type: 'ready'; id: number; at: number }
  | { type: 'alive'; id: number; at: number }
  | { type: 'inspected'; id: number; isOpen: boolean; at: number }
  | { type: 'retiring'; id: number; reason: RetireReason; at: number }
  /** `graceMs`: in place of the limit of all. */
  | { type: 'drain'; id: number; at: number; graceMs?: number }
  | { type: 'kill'; id: number; at: number }
  | { type: 'exit'; id: number; at: number }
  /** New code: what the old one did to its slots says nothing about it. */
  | { type: 'forgiven' }
  /** No patience any more: everybody is overdue. */
  | { type: 'hurried'; at: number }
  /** The master itself did not run (suspended, debugged): that makes no worker late. */
  | { type: 'paused'; ms: number }

/** Milliseconds a worker may take. 0 for `bootMs` and `heartbeatMs`: as long as it likes; 0 for `graceMs`: no time. */
export interface PoolLimits {
  readonly bootMs: number
  readonly heartbeatMs: number
  readonly graceMs: number
  /** A worker that served at least this long was sound: its death is no sign of a crash loop. Default: 10 s. */
  readonly soundMs?: number
}

interface Slot {
  readonly failures: number
  readonly retryAt: number
}

const UNTRIED: Slot = { failures: 0, retryAt: -Infinity }

export class Pool {
  /** Counts for deadlines that are set from now on. */
  limits: PoolLimits
  readonly #random: () => number
  readonly #records = new Map<number, WorkerRecord>()
  readonly #slots = new Map<number, Slot>()
  #lastSpawnAt = -Infinity

  constructor(limits: PoolLimits, random: () => number) {
    this.limits = limits
    this.#random = random
  }

  /** Workers that have not exited, oldest first. */
  get records(): readonly WorkerRecord[] {
    return [...this.#records.values()]
  }

  get lastSpawnAt(): number {
    return this.#lastSpawnAt
  }

  /** The time before which the slot gets no worker, because its last ones failed. */
  retryAt(slot: number): number {
    return (this.#slots.get(slot) ?? UNTRIED).retryAt
  }

  /** How often in a row the slot's workers failed. */
  failures(slot: number): number {
    return (this.#slots.get(slot) ?? UNTRIED).failures
  }

  record(id: number): WorkerRecord | undefined {
    return this.#records.get(id)
  }

  /** Takes the event in; gives the worker it was about as it is now (`gone` after its exit), undefined when it was about all or about none. */
  apply(event: PoolEvent): WorkerRecord | undefined {
    trace?.('%j', event)
    switch (event.type) {
      case 'spawned':
        return this.#add(event)
      case 'forgiven':
        this.#slots.clear()
        return undefined
      case 'hurried':
        return this.#changeAll(() => event.at)
      case 'paused':
        return this.#changeAll(deadline => deadline + event.ms)
      default:
        return this.#applyTo(this.#records.get(event.id), event)
    }
  }

  #add(event: Extract<PoolEvent, { type: 'spawned' }>): WorkerRecord {
    const { id, pid, slot, generation, at } = event
    this.#lastSpawnAt = at
    const deadline = afterLimit(at, this.limits.bootMs)
    return this.#keep({
      id,
      pid,
      slot,
      generation,
      state: 'starting',
      startedAt: at,
      readyAt: undefined,
      deadline,
      retiring: undefined,
      isInspected: false,
    })
  }

  #changeAll(change: (deadline: number) => number): undefined {
    for (const record of this.#records.values()) {
      if (record.state !== 'killed') this.#keep({ ...record, deadline: change(record.deadline) })
    }
  }

  // A report that arrives after the exit of its worker.
  #applyTo(
    record: WorkerRecord | undefined,
    event: Exclude<PoolEvent, { type: 'spawned' | 'forgiven' | 'hurried' | 'paused' }>,
  ): WorkerRecord | undefined {
    if (record === undefined) return undefined
    switch (event.type) {
      case 'ready':
        return this.#ready(record, event.at)
      case 'alive':
        return record.state === 'serving'
          ? this.#keep({ ...record, deadline: this.#silentBy(record, event.at) })
          : record
      case 'inspected':
        return this.#inspected({ ...record, isInspected: event.isOpen }, event.at)
      case 'retiring':
        if (event.reason === 'uncaught' || event.reason === 'closed') this.#countDeath(record, event.at)
        return this.#keep({ ...record, retiring: record.retiring ?? event.reason })
      case 'drain':
        return this.#keep({
          ...record,
          state: nextState(record.state, 'drain'),
          deadline: event.at + (event.graceMs ?? this.limits.graceMs),
        })
      case 'kill':
        return this.#kill(record, event.at)
      case 'exit':
        return this.#remove(record, event.at)
    }
  }

  #ready(record: WorkerRecord, at: number): WorkerRecord {
    const state = nextState(record.state, 'ready')
    if (state !== 'serving') return this.#keep({ ...record, state })
    return this.#keep({ ...record, state, readyAt: at, deadline: this.#silentBy(record, at) })
  }

  #inspected(record: WorkerRecord, at: number): WorkerRecord {
    if (record.state === 'serving') return this.#keep({ ...record, deadline: this.#silentBy(record, at) })
    if (record.state !== 'starting') return this.#keep(record)
    return this.#keep({ ...record, deadline: record.isInspected ? Infinity : afterLimit(at, this.limits.bootMs) })
  }

  /** When a worker that serves has to report again. */
  #silentBy({ isInspected }: WorkerRecord, at: number): number {
    return isInspected ? Infinity : afterLimit(at, this.limits.heartbeatMs)
  }

  // Counted now, not at the exit: what was killed because it did not start must not be tried again at once.
  #kill(record: WorkerRecord, at: number): WorkerRecord {
    if (isUnexpectedEnd(record)) this.#countDeath(record, at)
    return this.#keep({ ...record, state: nextState(record.state, 'kill'), deadline: Infinity })
  }

  #remove(record: WorkerRecord, at: number): WorkerRecord {
    if (isUnexpectedEnd(record)) this.#countDeath(record, at)
    this.#records.delete(record.id)
    return { ...record, state: nextState(record.state, 'exit'), deadline: Infinity }
  }

  /** A sound worker is replaced at once, and so is the first that dies young; those that fail again wait longer each time. */
  #countDeath(record: WorkerRecord, at: number): void {
    const { readyAt, slot } = record
    if (readyAt !== undefined && at - readyAt >= (this.limits.soundMs ?? SOUND_AFTER_MS)) {
      this.#slots.delete(slot)
      return
    }
    const failures = (this.#slots.get(slot) ?? UNTRIED).failures + 1
    const attempt = readyAt === undefined ? failures - 1 : failures - 2
    this.#slots.set(slot, { failures, retryAt: attempt < 0 ? at : at + backoffDelay(attempt, this.#random) })
  }

  #keep(record: WorkerRecord): WorkerRecord {
    this.#records.set(record.id, record)
    return record
  }
}

function afterLimit(at: number, limitMs: number): number {
  return limitMs > 0 ? at + limitMs : Infinity
}

/** Draining and retiring workers are on their way out; a killed one has been counted. */
function isUnexpectedEnd({ state, retiring }: WorkerRecord): boolean {
  return (state === 'starting' || state === 'serving') && retiring === undefined
}
