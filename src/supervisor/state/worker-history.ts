// What happened to the workers: told in the log, and counted for as long as the master lives.
import type { Log } from '../../log/log.ts'
import type { RetireReason, WorkerRecord } from '../../pool/pool.ts'
import { describeExit, type ProcessExit, wasExpected } from './exit-reason.ts'
import type { MasterPhase } from './master-phase.ts'
import type { BlockedReport } from './worker-report.ts'

/**
 * Why a worker ended. boot: it never served; timeout: it was killed because it was blocked or late; crash: it ended by
 * itself; reload: its code was old; surplus: it was one too many.
 */
export type EndReason = RetireReason | 'reload' | 'surplus' | 'timeout' | 'boot' | 'crash'

export interface ReloadOutcome {
  readonly outcome: 'under way' | 'done' | 'stopped'
  /** Milliseconds since 1970. */
  readonly at: number
  /** Why it was stopped. */
  readonly reason?: string
}

export class WorkerHistory {
  /** How many workers have ended, by reason. */
  readonly ends: Map<EndReason, number> = new Map()
  spawns = 0
  lastReload: ReloadOutcome | undefined
  readonly #waiting: ((outcome: ReloadOutcome) => void)[] = []
  readonly #log: Log
  #hasToldInspector = false
  #reloadGeneration = 0

  constructor(log: Log) {
    this.#log = log
  }

  killed(worker: WorkerRecord, reason: string): void {
    this.#log.warn(`${nameOf(worker)} ${reason}: it is killed`)
  }

  /** Said once: with --inspect every worker has one. */
  inspected(worker: WorkerRecord): void {
    if (this.#hasToldInspector) return
    this.#hasToldInspector = true
    this.#log.info(
      `${nameOf(worker)} has its inspector open: a debugger may pause it, so silence ends no worker that is inspected`,
    )
  }

  /** Its event loop does not turn: where it is, and for whom. */
  blocked(worker: WorkerRecord, { stack, requests }: BlockedReport): void {
    const serving = requests.length === 0 ? 'no request' : requests.join('; ')
    this.#log.error(`${nameOf(worker)} is blocked, serving ${serving}; its code is`, stack.join('\n'))
  }

  /** `before`: the worker as it was before it ended. A start that fails is logged once, by its error. */
  ended(before: WorkerRecord, exit: ProcessExit, generation: number, phase: MasterPhase): void {
    const reason = endReason(before, exit, generation)
    this.ends.set(reason, (this.ends.get(reason) ?? 0) + 1)
    if (!wasExpected(before, exit)) {
      const isTold = (phase === 'first' || phase === 'rest') && before.state === 'starting'
      if (!isTold) this.#log.warn(`${nameOf(before)} ${describeExit(before, exit)}`)
    } else if (before.retiring !== undefined && phase !== 'stopping') {
      this.#log.info(`${nameOf(before)} left and was replaced (${before.retiring})`)
    } else this.#log.debug(`${nameOf(before)} left`)
  }

  /** Resolves when the next reload ends. */
  whenReloaded(): Promise<ReloadOutcome> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** `generation`: of the workers that it starts. */
  reloadBegins(generation: number): void {
    this.#reloadGeneration = generation
    this.lastReload = { outcome: 'under way', at: Date.now() }
    this.#log.info('Reloading: new workers start before old ones go')
  }

  reloadIsDone(): void {
    this.#reloadEnds({ outcome: 'done', at: Date.now() })
    this.#log.info('Reloaded: all workers run the new code')
  }

  reloadIsStopped(reason: string): void {
    this.#reloadEnds({ outcome: 'stopped', at: Date.now(), reason })
    this.#log.error(`The reload is stopped, the old workers stay: ${reason}`)
  }

  /**
   * A worker died and nothing stops the roll-out for it. If that is one that the reload started, no old one is left to stay: it is tried again,
   * perhaps for ever, and whoever waits for the reload is told so now. Gives whether that is so.
   */
  reloadFails(dead: WorkerRecord): boolean {
    const isOurs = dead.state === 'starting' && dead.generation >= this.#reloadGeneration
    if (!isOurs || this.lastReload?.outcome !== 'under way') return false
    this.#reloadEnds({
      outcome: 'stopped',
      at: Date.now(),
      reason: 'the new code does not start, and no old worker is left',
    })
    this.#log.error('The new code does not start, and no worker of the old is left: it is tried again')
    return true
  }

  #reloadEnds(outcome: ReloadOutcome): void {
    this.lastReload = outcome
    for (const tell of this.#waiting.splice(0)) tell(outcome)
  }
}

export function endReason(before: WorkerRecord, exit: ProcessExit, generation: number): EndReason {
  if (before.state === 'killed') return before.readyAt === undefined ? 'boot' : 'timeout'
  if (!wasExpected(before, exit)) return before.readyAt === undefined ? 'boot' : 'crash'
  return before.retiring ?? (before.generation < generation ? 'reload' : 'surplus')
}

export function nameOf(worker: WorkerRecord): string {
  return `worker ${worker.pid ?? worker.id}`
}
