// The figures of all workers, living and dead: each reports what it has done since its start, the master adds what is new.

import type { RefusalCounts } from '../../server/refusals.ts'
import { DURATION_BOUNDS, type MeteredRequest } from '../../server/request-metrics.ts'
import type { WorkerStats } from './worker-report.ts'

/** Since the start of the master. */
export interface Totals extends MeteredRequest {
  readonly requests: number
  readonly shed: number
  /** What was refused before an application saw it, by reason. */
  readonly refused: RefusalCounts
}

const NOT_METERED: MeteredRequest = {
  classes: [0, 0, 0, 0, 0],
  durations: new Array<number>(DURATION_BOUNDS.length + 1).fill(0),
  durationSum: 0,
}
const NOTHING: Totals = { requests: 0, shed: 0, refused: {}, ...NOT_METERED }

export class MetricsTotals {
  readonly #latest = new Map<number, WorkerStats>()
  #totals: Totals = NOTHING

  get totals(): Totals {
    return this.#totals
  }

  /** What the worker reported last. */
  latest(id: number): WorkerStats | undefined {
    return this.#latest.get(id)
  }

  take(id: number, vitals: WorkerStats): void {
    const before = figuresOf(this.#latest.get(id))
    const now = figuresOf(vitals)
    const grown = (key: 'requests' | 'shed' | 'durationSum'): number => this.#totals[key] + now[key] - before[key]
    const all = (key: 'classes' | 'durations'): number[] =>
      this.#totals[key].map((sum, i) => sum + (now[key][i] ?? 0) - (before[key][i] ?? 0))
    this.#totals = {
      requests: grown('requests'),
      shed: grown('shed'),
      refused: addCounts(addCounts(this.#totals.refused, now.refused), before.refused, -1),
      classes: all('classes'),
      durations: all('durations'),
      durationSum: grown('durationSum'),
    }
    this.#latest.set(id, vitals)
  }

  forget(id: number): void {
    this.#latest.delete(id)
  }
}

/** `counts`, with what `more` counts. */
export function addCounts(counts: RefusalCounts, more: RefusalCounts, sign: 1 | -1 = 1): RefusalCounts {
  const sums: Record<string, number> = { ...counts }
  for (const [reason, count] of Object.entries(more)) sums[reason] = (sums[reason] ?? 0) + sign * count
  return sums
}

function figuresOf(vitals: WorkerStats | undefined): Totals {
  return vitals === undefined
    ? NOTHING
    : { ...(vitals.metered ?? NOT_METERED), requests: vitals.requests, shed: vitals.shed, refused: vitals.refused }
}
