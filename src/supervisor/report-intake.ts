// What the master does with what its workers report.
import { ConfigMistake } from '../config/mistakes.ts'
import type { Balance } from './balance.ts'
import type { Census } from './census.ts'
import type { Chronicle } from './chronicle.ts'
import type { Ledger } from './ledger.ts'
import type { Report } from './messages.ts'
import type { Pool, WorkerRecord } from './pool.ts'
import { fitsState } from './report-shape.ts'

export interface ReportIntakeParts {
  readonly pool: Pool
  readonly ledger: Ledger
  readonly balance: Balance
  readonly census: Census
  readonly chronicle: Chronicle
  onLoaded(files: readonly string[], guess: string): void
  onFailed(mistake: ConfigMistake): void
  /** The worker can have its listening sockets back. */
  onRoom(id: number): void
  /** `what` completes "worker 7 sent ...". */
  onMisfit(id: number, what: string, at: number): void
}

export class ReportIntake {
  readonly #parts: ReportIntakeParts

  constructor(parts: ReportIntakeParts) {
    this.#parts = parts
  }

  take(id: number, report: Report, at: number): void {
    const worker = this.#parts.pool.record(id)
    // It has crossed the exit of its worker on the way.
    if (worker === undefined) return
    if (!fitsState(report.type, worker.state)) {
      this.#parts.onMisfit(id, `"${report.type}" while it was ${worker.state}`, at)
      return
    }
    this.#apply(worker, report, at)
  }

  #apply(worker: WorkerRecord, report: Report, at: number): void {
    const { pool, ledger, balance, census, chronicle } = this.#parts
    const { id } = worker
    switch (report.type) {
      case 'ready':
        pool.apply({ type: 'ready', id, at })
        this.#parts.onLoaded(report.files, report.guess)
        balance.noteReady(id, report.room)
        return
      case 'alive':
        pool.apply({ type: 'alive', id, at })
        ledger.take(id, report)
        balance.noteReport()
        return
      case 'inspected':
        pool.apply({ type: 'inspected', id, isOpen: report.isOpen, at })
        if (report.isOpen) chronicle.inspected(worker)
        return
      case 'hasRoom':
        this.#parts.onRoom(id)
        return
      case 'ended':
        balance.noteEnded(id, report.connections)
        return
      case 'retiring':
        pool.apply({ type: 'retiring', id, reason: report.reason, at })
        return
      case 'seen':
        if (report.isBlocked) chronicle.blocked(worker, report)
        else census.noteStack(worker.pid, report)
        return
      case 'metrics':
        census.noteMetrics(id, report.text)
        return
      case 'failed':
        this.#parts.onFailed(new ConfigMistake(report.message, report.exitCode, { cause: report.detail }))
    }
  }
}
