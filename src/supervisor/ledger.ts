// The figures of all workers, living and dead: each reports what it has done since its start, the master adds what is new.
import { DURATION_BOUNDS, type Metered } from '../server/meter.ts'
import type { Vitals } from './worker-report.ts'

/** Since the start of the master. */
export interface Totals extends Metered {
  readonly requests: number
  readonly shed: number
}

const NOTHING: Totals = {
  requests: 0,
  shed: 0,
  classes: [0, 0, 0, 0, 0],
  durations: new Array<number>(DURATION_BOUNDS.length + 1).fill(0),
  durationSum: 0,
}

export class Ledger {
  readonly #latest = new Map<number, Vitals>()
  #totals: Totals = NOTHING

  get totals(): Totals {
    return this.#totals
  }

  /** What the worker reported last. */
  latest(id: number): Vitals | undefined {
    return this.#latest.get(id)
  }

  take(id: number, vitals: Vitals): void {
    const before = figuresOf(this.#latest.get(id))
    const now = figuresOf(vitals)
    const grown = (key: 'requests' | 'shed' | 'durationSum'): number => this.#totals[key] + now[key] - before[key]
    const all = (key: 'classes' | 'durations'): number[] =>
      this.#totals[key].map((sum, i) => sum + (now[key][i] ?? 0) - (before[key][i] ?? 0))
    this.#totals = {
      requests: grown('requests'),
      shed: grown('shed'),
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

function figuresOf(vitals: Vitals | undefined): Totals {
  return vitals === undefined
    ? NOTHING
    : { ...NOTHING, ...vitals.metered, requests: vitals.requests, shed: vitals.shed }
}
