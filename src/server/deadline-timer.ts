// One coarse timer for all deadlines of a server. A timer per connection or request costs more than the request.

/** What has a deadline; `overdue` is called when it has passed. */
export interface Deadlined {
  /** In the clock's `time`; Infinity for none. */
  deadline: number
  overdue(): void
}

const SLOWEST_TICK_MS = 500
const FASTEST_TICK_MS = 20

export class DeadlineTimer {
  /** The time of the last tick, in milliseconds since 1970. */
  now: number
  /**
   * What deadlines are counted in: milliseconds that the process has run. When a tick comes late, because something blocked the process
   * or the system's clock was set, only two ticks are counted: what clients sent meanwhile is still in the kernel, unread.
   */
  time: number
  #tickMs = SLOWEST_TICK_MS
  readonly #watched: Set<Deadlined> = new Set()
  #timer: NodeJS.Timeout | undefined

  /** `shortestMs`: the shortest time that must be kept; the clock ticks several times in it. */
  constructor(shortestMs: number) {
    this.now = Date.now()
    this.time = this.now
    this.keep(shortestMs)
  }

  /** From now on this time must be kept as well. */
  keep(shortestMs: number): void {
    const tickMs = Math.min(this.#tickMs, Math.max(FASTEST_TICK_MS, shortestMs / 4))
    if (tickMs === this.#tickMs) return
    this.#tickMs = tickMs
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#start()
  }

  /** The deadline that is `ms` from now, never early: Infinity for 0. */
  after(ms: number): number {
    return ms === 0 ? Infinity : this.time + ms + this.#tickMs
  }

  watch(item: Deadlined): void {
    this.#watched.add(item)
    if (this.#timer !== undefined) return
    this.now = Date.now()
    this.#start()
  }

  #start(): void {
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
    const now = Date.now()
    this.time += Math.min(2 * this.#tickMs, Math.max(0, now - this.now))
    this.now = now
    // The event loop reads between its timers and its immediates: what has come is not late.
    setImmediate(checkDeadlines, this)
  }

  /** For `setImmediate`. */
  check(): void {
    for (const item of this.#watched) {
      if (item.deadline <= this.time) item.overdue()
    }
  }
}

function checkDeadlines(clock: DeadlineTimer): void {
  clock.check()
}
