// What the master is after: how many workers, of which code. Signals, reloads and the control socket change it; the plan reads it.
import type { Config } from '../../config/config.ts'
import { traceOf } from '../../log/trace.ts'
import type { Target } from '../../pool/plan.ts'
import type { WorkerRecord } from '../../pool/pool.ts'
import { afterDeath, beginRollout, FIRST_ROLLOUT, isRolledOut } from '../../pool/rollout.ts'
import { type MasterPhase, type MasterPhaseEvent, nextPhase } from './master-phase.ts'

const trace = traceOf('master')

export class DesiredState {
  #phase: MasterPhase = 'first'
  /** A second request to stop has come: cut what is in flight. */
  isHurried = false
  /** Another master accepts on the sockets as well: the one that this one takes over from, or the one that takes over from it. */
  sharesSockets: boolean
  /** After WINCH: no workers, while the port queues connections. */
  isAsleep = false
  /** Perl children of all workers together; undefined for an application of another kind. */
  children: number | undefined
  #workers: number
  #config: Config
  #rollout = FIRST_ROLLOUT

  constructor(config: Config, workers: number, sharesSockets = false) {
    this.sharesSockets = sharesSockets
    this.#config = config
    this.#workers = workers
    this.children = config.interface === 'perl' ? config.workers : undefined
  }

  get phase(): MasterPhase {
    return this.#phase
  }

  /** The only place where the phase changes. */
  enter(event: MasterPhaseEvent): void {
    const from = this.#phase
    this.#phase = nextPhase(from, event)
    trace?.('phase %s, %s -> %s', from, event, this.#phase)
  }

  get config(): Config {
    return this.#config
  }

  get workers(): number {
    return this.#workers
  }

  get generation(): number {
    return this.#rollout.generation
  }

  get target(): Target {
    const isEmpty = this.phase === 'stopping' || this.isAsleep
    const workers = isEmpty ? 0 : this.phase === 'first' ? 1 : this.#workers
    const spawnIntervalMs = this.isBooting ? 0 : this.#config.spawnInterval * 1000
    return { workers, ...this.#rollout, batch: this.#config.restartBatch, spawnIntervalMs }
  }

  /** No process accepts any more once the present workers are gone. */
  get isEnd(): boolean {
    return this.phase === 'stopping' && !this.sharesSockets
  }

  get isBooting(): boolean {
    return this.phase === 'first' || this.phase === 'rest'
  }

  /** Takes a configuration that was read again. A number of workers that it does not change stays as signals have left it. */
  adopt(config: Config): void {
    const isOther = config.workers !== this.#config.workers
    this.#config = config
    if (isOther) this.scaleTo(config.workers)
  }

  /** Wants so many workers; of a Perl application so many children, one at least for each worker. */
  scaleTo(count: number): void {
    if (this.children === undefined) this.#workers = Math.max(1, count)
    else this.children = Math.max(this.#workers, count)
    this.isAsleep = false
  }

  /** The number that `scaleTo` changes. */
  get scale(): number {
    return this.children ?? this.#workers
  }

  /** Wants every worker of today to be replaced. */
  beginRollout(): void {
    this.isAsleep = false
    this.#rollout = beginRollout(this.#rollout)
  }

  /** Whether this death has stopped the roll-out. */
  stopsRollout(before: WorkerRecord, records: readonly WorkerRecord[]): boolean {
    const rollout = afterDeath(this.#rollout, before, records)
    const isStopped = rollout !== this.#rollout
    this.#rollout = rollout
    return isStopped
  }

  /**
   * Whether every worker has become new, told once: `oldestGeneration` goes back to 0 to say so, which changes nothing while
   * every worker is new.
   */
  endsRollout(records: readonly WorkerRecord[]): boolean {
    const { generation, oldestGeneration } = this.#rollout
    if (this.isBooting || this.phase === 'stopping' || oldestGeneration === 0) return false
    if (!isRolledOut(this.#rollout, records, this.target.workers)) return false
    this.#rollout = { generation, oldestGeneration: 0 }
    return true
  }
}
