// The delayed form: the app gives a function, which is given a responder, which gives a writer. All of it may happen at
// once or at any later time; the request is over when the response is complete or the client has gone.

import { AppError } from '../errors.ts'
import type { Exchange } from '../handler.ts'
import { flatHeaders } from './headers.ts'
import { writeChunk } from './send-pieces.ts'
import { sendResponse, statusOf } from './send-response.ts'
import type { PsgiChunk, PsgiWriter } from './types.ts'

/**
 * Undefined when the answer was complete before `delayed` returned, else a promise of it. `failedLate` is told what
 * `delayed` throws when the response is complete already.
 */
export function sendDelayed(
  exchange: Exchange,
  delayed: (respond: (response: unknown) => PsgiWriter | undefined) => unknown,
  failedLate: (cause: unknown) => void,
): Promise<void> | undefined {
  const answer = new DelayedAnswer(exchange, failedLate)
  const returned = delayed(response => answer.respond(response))
  if (returned instanceof Promise) {
    returned.then(
      () => answer.returned(),
      cause => answer.fail(cause),
    )
  }
  return answer.completion()
}

class DelayedAnswer {
  readonly #exchange: Exchange
  readonly #failedLate: (cause: unknown) => void
  #state: 'unanswered' | 'sending' | 'complete' | 'failed' = 'unanswered'
  #cause: unknown
  #settle: (() => void) | undefined

  constructor(exchange: Exchange, failedLate: (cause: unknown) => void) {
    this.#exchange = exchange
    this.#failedLate = failedLate
  }

  /** PSGI's responder. A bad response fails the request; it does not throw at a caller that may be a timer. */
  respond(response: unknown): PsgiWriter | undefined {
    if (this.#state !== 'unanswered') {
      throw new AppError('Cannot respond: this request has been answered, a responder may be called once')
    }
    this.#state = 'sending'
    try {
      if (Array.isArray(response) && response.length === 2) return this.#begin(response)
      const pending = sendResponse(this.#exchange, response)
      if (pending === undefined) this.#complete()
      else
        pending.then(
          () => this.#complete(),
          cause => this.fail(cause),
        )
    } catch (cause) {
      this.fail(cause)
      if (Array.isArray(response) && response.length === 2) return new BodyWriter(this.#exchange, () => {})
    }
    return undefined
  }

  /** The app's function has ended. A writer may have been passed on, but the responder can no longer be called. */
  returned(): void {
    if (this.#state !== 'unanswered') return
    // The app took the socket (psgix.io): there is nothing to answer on.
    if (this.#exchange.state === 'done') this.#complete()
    else {
      this.fail(new AppError('Cannot answer: the delayed response ended without a call of its responder'))
    }
  }

  fail(cause: unknown): void {
    if (this.#state === 'complete') {
      this.#failedLate(cause)
      return
    }
    this.#state = 'failed'
    this.#cause = cause
    this.#settle?.()
  }

  completion(): Promise<void> | undefined {
    if (this.#state === 'complete') return undefined
    if (this.#state === 'failed') throw this.#cause
    return new Promise((resolve, reject) => {
      this.#settle = () => (this.#state === 'failed' ? reject(this.#cause) : resolve())
      const { onGone } = this.#exchange
      this.#exchange.onGone = () => {
        onGone?.()
        // The request is over, but the app does not know: it may still respond and write, to no effect.
        resolve()
      }
    })
  }

  #begin(head: readonly unknown[]): PsgiWriter {
    const status = statusOf(head[0])
    const headers = flatHeaders(head[1])
    if (this.#exchange.state === 'pending') this.#exchange.begin(status, headers)
    return new BodyWriter(this.#exchange, () => this.#complete())
  }

  #complete(): void {
    if (this.#state === 'failed') return
    this.#state = 'complete'
    this.#settle?.()
  }
}

class BodyWriter implements PsgiWriter {
  readonly #exchange: Exchange
  readonly #closed: () => void
  #isOpen = true

  constructor(exchange: Exchange, closed: () => void) {
    this.#exchange = exchange
    this.#closed = closed
  }

  write(chunk: PsgiChunk): Promise<void> | undefined {
    if (!this.#isOpen) throw new AppError('Cannot write to the response: its writer is closed')
    // The client has gone, or the body is cut: what comes now is dropped.
    if (this.#exchange.isGone || this.#exchange.state !== 'body') return undefined
    return writeChunk(this.#exchange, chunk)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (this.#exchange.state === 'body' && !this.#exchange.isGone) this.#exchange.end()
    this.#closed()
  }
}
