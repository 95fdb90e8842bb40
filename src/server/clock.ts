// One coarse timer for all deadlines of a server. A timer per connection or request costs more than the request.

/** What has a deadline; `overdue` is called when it has passed. */
export interface Deadlined {
  /** Milliseconds on the clock; Infinity for none. */
  deadline: number
  overdue(): void
}

const SLOWEST_TICK_MS = 500
const FASTEST_TICK_MS = 20

export class Clock {
  /** The time of the last tick, in milliseconds since 1970. */
  now: number
  readonly #tickMs: number
  readonly #watched: Set<Deadlined> = new Set()
  #timer: NodeJS.Timeout | undefined

  /** `shortestMs`: the shortest time that must be kept; the clock ticks several times in it. */
  constructor(shortestMs: number) {
    this.now = Date.now()
    this.#tickMs = Math.min(SLOWEST_TICK_MS, Math.max(FASTEST_TICK_MS, shortestMs / 4))
  }

  /** The deadline that is `ms` from now, never early: Infinity for 0. */
  after(ms: number): number {
    return ms === 0 ? Infinity : this.now + ms + this.#tickMs
  }

  watch(item: Deadlined): void {
    this.#watched.add(item)
    if (this.#timer !== undefined) return
    this.now = Date.now()
    this.#timer = setInterval(() => this.#tick(), this.#tickMs)
    this.#timer.unref()
  }

  forget(item: Deadlined): void {
    this.#watched.delete(item)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    this.now = Date.now()
    for (const item of this.#watched) {
      if (item.deadline <= this.now) item.overdue()
    }
  }
}
