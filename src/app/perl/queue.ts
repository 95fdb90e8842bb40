// Requests that wait for a Perl child: first come, first served, so many and for so long at most.
import type { Exchange } from '../handler.ts'
import type { BufferedInput } from '../psgi/input.ts'
import { answerStatus } from './answer.ts'

/** A request's body: here already, `live` for one that is read as it comes, or none. */
export type JobInput = BufferedInput | 'live' | undefined

export interface Job {
  readonly exchange: Exchange
  readonly input: JobInput
}

export class RequestQueue {
  readonly #length: number
  readonly #waitMs: number
  readonly #jobs: { readonly job: Job; readonly until: number }[] = []

  /** `length`: how many may wait. `waitMs`: for how long; 0 without limit. */
  constructor(length: number, waitMs: number) {
    this.#length = length
    this.#waitMs = waitMs
  }

  get size(): number {
    return this.#jobs.length
  }

  /** Keeps a job, or answers it 503 when too many wait. */
  put(job: Job): void {
    if (this.#jobs.length >= this.#length) turnAway(job)
    else this.#jobs.push({ job, until: this.#waitMs === 0 ? Infinity : performance.now() + this.#waitMs })
  }

  /** The oldest job whose client is still there. */
  take(): Job | undefined {
    for (let next = this.#jobs.shift(); next !== undefined; next = this.#jobs.shift()) {
      if (!next.job.exchange.isGone) return next.job
      forgetInput(next.job)
    }
    return undefined
  }

  /** Answers 503 to those whose time is over. */
  expire(now: number): void {
    while (this.#jobs.length > 0 && this.#jobs[0]!.until <= now) turnAway(this.#jobs.shift()!.job)
  }

  /** Answers 503 to all. */
  clear(): void {
    for (const { job } of this.#jobs.splice(0)) turnAway(job)
  }
}

function turnAway(job: Job): void {
  if (!job.exchange.isGone) answerStatus(job.exchange, 503)
  forgetInput(job)
}

function forgetInput({ input }: Job): void {
  if (input !== 'live') input?.close?.().catch(() => undefined)
}
