// How long a body may be waited for: silence, and a minimum rate (Apache's mod_reqtimeout, `MinRate`). Only time in which
// the server waits for the client counts; an application that reads slowly does not make its client slow.

import type { DeadlineTimer } from '../deadline-timer.ts'
import { BODY_GRACE_MS, type ServerSettings } from '../settings.ts'

export class MinimumRate {
  readonly #settings: ServerSettings
  #bytes = 0
  #waitedMs = 0
  #waitingSince = 0

  constructor(settings: ServerSettings) {
    this.#settings = settings
  }

  /** Starts waiting; gives the deadline. */
  waitFrom(clock: DeadlineTimer): number {
    const { bodyTimeoutMs, bodyMinRate } = this.#settings
    this.#waitingSince = clock.time
    const silence = clock.after(bodyTimeoutMs)
    if (bodyMinRate === 0) return silence
    const allowedMs = BODY_GRACE_MS + (this.#bytes * 1000) / bodyMinRate - this.#waitedMs
    return Math.min(silence, clock.after(Math.max(1, allowedMs)))
  }

  got(bytes: number, clock: DeadlineTimer): void {
    this.#bytes += bytes
    if (this.#waitingSince > 0) this.#waitedMs += clock.time - this.#waitingSince
    this.#waitingSince = 0
  }
}
