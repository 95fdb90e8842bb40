// Questions that go to all workers at once, and their answers as far as they come in time. Who asks while a question is under way
// gets the answers to that one: a question of its own would take them away from the first, and many askers would keep the workers busy.
import type { Crew } from './crew.ts'
import { Gathering } from './gathering.ts'
import type { Pool } from './pool.ts'
import type { BlockedReport } from './worker-report.ts'

const METRICS_MS = 1000
const STACKS_MS = 3000

export class Census {
  readonly #pool: Pool
  readonly #crew: Crew
  #metrics: Gathering<string> | undefined
  #stacks: Gathering<BlockedReport> | undefined

  constructor(pool: Pool, crew: Crew) {
    this.#pool = pool
    this.#crew = crew
  }

  /** What the applications have measured, by slot. */
  gatherMetrics(): Gathering<string>['done'] {
    if (this.#metrics?.isOver === false) return this.#metrics.done
    const serving = this.#pool.records.filter(({ state }) => state === 'serving')
    this.#metrics = new Gathering(serving.length, METRICS_MS)
    for (const { id } of serving) this.#crew.askMetrics(id)
    return this.#metrics.done
  }

  /** Where the workers are, by process id. */
  gatherStacks(): Gathering<BlockedReport>['done'] {
    if (this.#stacks?.isOver === false) return this.#stacks.done
    this.#stacks = new Gathering(this.#crew.askWatchdogs(), STACKS_MS)
    return this.#stacks.done
  }

  noteMetrics(id: number, text: string): void {
    const worker = this.#pool.record(id)
    if (worker !== undefined) this.#metrics?.put(worker.slot, text)
  }

  noteStack(pid: number | undefined, report: BlockedReport): void {
    this.#stacks?.put(pid ?? 0, report)
  }
}
