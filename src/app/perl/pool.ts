// Requests and the Perl children that answer them: each child has one request at a time, others wait for a free one.
import type { Transport } from '../../transport/transport.ts'
import type { AppContext } from '../handler.ts'
import type { PerlChild } from './child.ts'
import { type ChildrenEvents, type ChildrenOptions, PerlChildren } from './children.ts'
import { type Job, RequestQueue } from './queue.ts'

export interface PoolOptions extends ChildrenOptions {
  /** Whether the application reads bodies as they come. */
  readonly streamsInput: boolean
  /** Requests that may wait, and for how long. */
  readonly queueLength: number
  readonly queueMs: number
}

/** What becomes of the start. */
export type PoolEvents = Omit<ChildrenEvents, 'onIdle' | 'onLeaving'>

const TICK_MS = 250

export class PerlPool {
  readonly #children: PerlChildren
  readonly #idle: PerlChild[] = []
  readonly #queue: RequestQueue
  readonly #timer: NodeJS.Timeout

  constructor(options: PoolOptions, context: AppContext, socketPath: string, events: PoolEvents) {
    this.#queue = new RequestQueue(options.queueLength, options.queueMs)
    this.#children = new PerlChildren(options, context, socketPath, {
      ...events,
      onIdle: child => this.#becameIdle(child),
      onLeaving: child => this.#noLonger(child),
    })
    this.#timer = setInterval(() => {
      const now = performance.now()
      this.#queue.expire(now)
      this.#children.tick(now)
    }, TICK_MS)
  }

  /** Answers a request as soon as a child is free. */
  submit(job: Job): void {
    const child = this.#idle.pop()
    if (child === undefined) this.#queue.put(job)
    else child.serve(job.exchange, job.input)
  }

  scale(children: number): void {
    this.#children.scale(children)
  }

  /** Replaces every child by a new one; each finishes what it does. */
  renew(): void {
    this.#children.renew()
  }

  tellServing(): void {
    this.#children.tellServing()
  }

  /** Errors go to the file at `path` from now on. */
  reopenLog(path: string): void {
    this.#children.reopenLog(path)
  }

  /** A process has connected. */
  connected(transport: Transport): void {
    this.#children.connected(transport)
  }

  /** Lets every child finish what it does, and ends the zygote. Resolves when it is gone, at the latest after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#queue.clear()
    await this.#children.close(graceMs)
    clearInterval(this.#timer)
  }

  #becameIdle(child: PerlChild): void {
    const job = this.#queue.take()
    if (job === undefined) this.#idle.push(child)
    else child.serve(job.exchange, job.input)
  }

  #noLonger(child: PerlChild): void {
    const at = this.#idle.indexOf(child)
    if (at >= 0) this.#idle.splice(at, 1)
  }
}
