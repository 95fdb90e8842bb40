// When a client that has closed its sending side counts as gone. A FIN does not tell a closed tab from `printf ... | nc`, which sends
// its end along with its request and waits for the answer (RFC 9112 9.6 lets it). So the end that comes with a request, or before its
// answer, is given some time; an end that comes while an answer is being streamed is a client that leaves.

import type { DeadlineTimer } from '../deadline-timer.ts'
import { HALF_CLOSED_MS, UNANSWERED_MS } from '../settings.ts'
import type { ServerExchange } from './exchange.ts'

export class HalfClosed {
  /** When the client counts as gone, in the clock's time. */
  goneAt: number
  #sentBytes: number

  /** `exchange` is the one in hand when the end came, or the first one behind it. */
  constructor(exchange: ServerExchange, clock: DeadlineTimer) {
    this.#sentBytes = exchange.bodyBytes
    if (exchange.state === 'pending') this.goneAt = clock.after(UNANSWERED_MS)
    else {
      const isOld = clock.now - exchange.startedAt >= HALF_CLOSED_MS
      this.goneAt = isOld ? clock.time : clock.after(HALF_CLOSED_MS)
    }
  }

  /** Whether it is gone when `goneAt` has come: not while it gets its answer. A client that has closed resets what it is sent. */
  isGone(exchange: ServerExchange, clock: DeadlineTimer): boolean {
    if (exchange.bodyBytes <= this.#sentBytes) return true
    this.#sentBytes = exchange.bodyBytes
    this.goneAt = clock.after(HALF_CLOSED_MS)
    return false
  }
}
