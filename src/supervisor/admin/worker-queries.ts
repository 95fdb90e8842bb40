// Questions that go to all workers at once, and their answers as far as they come in time. Who asks while a question is under way
// gets the answers to that one: a question of its own would take them away from the first, and many askers would keep the workers busy.

import type { Pool } from '../../pool/pool.ts'
import { Gather } from '../ipc/gather.ts'
import type { WorkerProcesses } from '../processes/worker-processes.ts'
import type { BlockedReport } from '../state/worker-report.ts'

const METRICS_MS = 1000
const STACKS_MS = 3000

export class WorkerQueries {
  readonly #pool: Pool
  readonly #processes: WorkerProcesses
  #metrics: Gather<string> | undefined
  #stacks: Gather<BlockedReport> | undefined

  constructor(pool: Pool, processes: WorkerProcesses) {
    this.#pool = pool
    this.#processes = processes
  }

  /** What the applications have measured, by slot. */
  gatherMetrics(): Gather<string>['done'] {
    if (this.#metrics?.isOver === false) return this.#metrics.done
    const serving = this.#pool.records.filter(({ state }) => state === 'serving')
    this.#metrics = new Gather(serving.length, METRICS_MS)
    for (const { id } of serving) this.#processes.askMetrics(id)
    return this.#metrics.done
  }

  /** Where the workers are, by process id. */
  gatherStacks(): Gather<BlockedReport>['done'] {
    if (this.#stacks?.isOver === false) return this.#stacks.done
    this.#stacks = new Gather(this.#processes.askWatchdogs(), STACKS_MS)
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
