// Work that goes on after an answer (waitUntil, psgix.cleanup). A leaving worker waits for it.
import type { Log } from '../../log/log.ts'

export class BackgroundTasks {
  readonly #log: Log
  readonly #pending = new Set<Promise<unknown>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Takes work over: a rejection is logged, never uncaught. */
  readonly add = (work: Promise<unknown>): void => {
    const guarded = work
      .catch(error => this.#log.error('Work after an answer failed', error))
      .finally(() => this.#pending.delete(guarded))
    this.#pending.add(guarded)
  }

  /** Resolves when all of it is done, also what is added meanwhile, or after `limitMs`. */
  async finished(limitMs: number): Promise<void> {
    const late = new Promise<'late'>(resolve => setTimeout(resolve, limitMs, 'late').unref())
    while (this.#pending.size > 0) {
      if ((await Promise.race([Promise.all(this.#pending), late])) === 'late') return
    }
  }
}
