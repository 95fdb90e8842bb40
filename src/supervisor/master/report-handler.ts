// What the master does with what its workers report.
import type { Notice } from '../../app/load/load-app.ts'
import { ConfigError } from '../../config/errors.ts'
import type { Pool, WorkerRecord } from '../../pool/pool.ts'
import type { WorkerQueries } from '../admin/worker-queries.ts'
import type { Balance } from '../balance/balance.ts'
import type { AskedPlace, Report } from '../ipc/messages.ts'
import { fitsState } from '../ipc/report-shape.ts'
import type { MetricsTotals } from '../state/totals.ts'
import type { WorkerHistory } from '../state/worker-history.ts'
import type { WorkerPlaces } from './worker-places.ts'

export interface ReportHandlerParts {
  readonly pool: Pool
  readonly totals: MetricsTotals
  readonly balance: Balance
  readonly queries: WorkerQueries
  readonly history: WorkerHistory
  readonly places: WorkerPlaces
  onLoaded(files: readonly string[], guess: string, notice: Notice | undefined): void
  onFailed(error: ConfigError): void
  /** The worker can have its listening sockets back. */
  onRoom(id: number): void
  /** The worker has no listener yet. */
  onAsks(id: number, place: AskedPlace): void
  /** The worker's application has a further server, or has closed it (no place). */
  onShares(id: number, number: number, place: AskedPlace | undefined): void
  /** `what` completes "worker 7 sent ...". */
  onInvalidReport(id: number, what: string, at: number): void
}

/** What changes nothing in the pool. */
type OfOthers = 'asks' | 'shares' | 'unshares' | 'placed' | 'broadcast'

export class ReportHandler {
  readonly #parts: ReportHandlerParts

  constructor(parts: ReportHandlerParts) {
    this.#parts = parts
  }

  take(id: number, report: Report, at: number): void {
    const worker = this.#parts.pool.record(id)
    // It has crossed the exit of its worker on the way.
    if (worker === undefined) return
    if (!fitsState(report.type, worker.state)) {
      this.#parts.onInvalidReport(id, `"${report.type}" while it was ${worker.state}`, at)
      return
    }
    if (report.type === 'asks') this.#parts.onAsks(id, report.place)
    else if (report.type === 'shares') this.#parts.onShares(id, report.number, report.place)
    else if (report.type === 'unshares') this.#parts.onShares(id, report.number, undefined)
    else if (report.type === 'placed') this.#parts.places.placed(id, report.isFirst)
    else if (report.type === 'broadcast') this.#parts.places.broadcast(id, report)
    else this.#apply(worker, report, at)
  }

  #apply(worker: WorkerRecord, report: Exclude<Report, { type: OfOthers }>, at: number): void {
    const { pool, totals, balance, queries, history } = this.#parts
    const { id } = worker
    switch (report.type) {
      case 'ready':
        pool.apply({ type: 'ready', id, at })
        this.#parts.onLoaded(report.files, report.guess, report.notice)
        balance.noteReady(id, report.room)
        return
      case 'alive':
        pool.apply({ type: 'alive', id, at })
        totals.take(id, report)
        balance.noteReport()
        return
      case 'inspected':
        pool.apply({ type: 'inspected', id, isOpen: report.isOpen, at })
        if (report.isOpen) history.inspected(worker)
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
        if (report.isBlocked) history.blocked(worker, report)
        else queries.noteStack(worker.pid, report)
        return
      case 'metrics':
        queries.noteMetrics(id, report.text)
        return
      case 'failed':
        this.#parts.onFailed(new ConfigError(report.message, report.exitCode, { cause: report.detail }))
    }
  }
}
