// What a Perl child says in answer to one request, on its way to the client. The child is not held up by a slow client before
// much is waiting.
import { answerFailure } from '../answer-failure.ts'
import { AppError } from '../errors.ts'
import type { AppContext, Exchange } from '../handler.ts'
import { isChunked, Unchunker } from '../unchunked.ts'
import { readResponse } from './frames.ts'

/** How much of an answer is kept for a client that is slower than its child; beyond that the child waits. */
const AHEAD_BYTES = 16 * 1024 * 1024

/** The child's side of an answer. */
export interface Source {
  /** Stops and resumes the frames. */
  pause(): void
  resume(): void
  /** `answer` has lost its reader. */
  abort(answer: PerlAnswer): void
}

export class PerlAnswer {
  readonly exchange: Exchange
  readonly #context: AppContext
  readonly #source: Source
  readonly #waiting: Buffer[] = []
  #waitingBytes = 0
  #isBlocked = false
  #isEnding = false
  #unchunker: Unchunker | undefined

  constructor(exchange: Exchange, context: AppContext, source: Source) {
    this.exchange = exchange
    this.#context = context
    this.#source = source
    exchange.onGone = () => this.#lost()
  }

  /** Whether the payloads that came are no longer in use. */
  get isFlushed(): boolean {
    return this.#waiting.length === 0 && this.exchange.isFlushed
  }

  /** A `response` frame; true when it was the whole answer. */
  respond(payload: Buffer, isLast: boolean): void {
    const { exchange } = this
    if (exchange.isGone || exchange.state !== 'pending') return
    try {
      const { status, fields, body: sent } = readResponse(payload)
      if (isChunked(fields)) this.#unchunker = new Unchunker()
      const body = this.#unchunker === undefined ? sent : this.#unchunker.take(sent)
      if (isLast) exchange.answer(status, fields, body)
      else {
        exchange.begin(status, fields)
        if (body.length > 0) this.#write(body)
      }
    } catch (cause) {
      this.#fail(cause)
    }
  }

  inform(payload: Buffer): void {
    if (this.exchange.isGone || this.exchange.state !== 'pending') return
    const { status, fields } = readResponse(payload)
    try {
      this.exchange.inform(status, fields)
    } catch (cause) {
      this.#context.log.error('Cannot send an interim response', cause)
    }
  }

  data(payload: Buffer): void {
    if (this.exchange.isGone || this.exchange.state !== 'body') return
    try {
      this.#pass(this.#unchunker === undefined ? payload : this.#unchunker.take(payload))
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #pass(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (!this.#isBlocked) {
      this.#write(bytes)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes > AHEAD_BYTES) this.#source.pause()
  }

  end(isBroken: boolean): void {
    if (isBroken) {
      // The child has told its log why.
      this.exchange.fail(new AppError('Cannot complete the answer: the application has failed'))
      return
    }
    this.#isEnding = true
    if (!this.#isBlocked) this.#finish()
  }

  /** The child is gone, or has taken too long: `status` if nothing has been sent, else the answer is cut. */
  giveUp(status: 502 | 503 | 504): void {
    const { exchange } = this
    exchange.onGone = undefined
    if (exchange.isGone || exchange.state === 'done') return
    if (exchange.state === 'pending') answerStatus(exchange, status)
    else exchange.fail(new AppError('Cannot complete the answer: its Perl child is gone'))
  }

  #write(bytes: Buffer): void {
    const room = this.exchange.write(bytes)
    if (room === undefined) return
    this.#isBlocked = true
    room.then(() => this.#drained())
  }

  #drained(): void {
    this.#isBlocked = false
    while (!this.#isBlocked && this.#waiting.length > 0 && this.exchange.state === 'body' && !this.exchange.isGone) {
      const bytes = this.#waiting.shift()!
      this.#waitingBytes -= bytes.length
      this.#write(bytes)
    }
    if (this.#waitingBytes < AHEAD_BYTES / 2) this.#source.resume()
    if (this.#isEnding && !this.#isBlocked) this.#finish()
  }

  #finish(): void {
    if (this.exchange.isGone || this.exchange.state !== 'body') return
    try {
      this.exchange.end()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #fail(cause: unknown): void {
    const { exchange } = this
    if (cause instanceof AppError) {
      // Its stack would only show this server.
      const { method, target } = exchange.head
      this.#context.log.error(`The application failed on ${method} ${target}: ${cause.message}`)
      if (exchange.state === 'pending') answerStatus(exchange, 500)
      else if (exchange.state === 'body') exchange.fail(cause)
    } else answerFailure(exchange, cause, this.#context)
    this.#source.abort(this)
  }

  #lost(): void {
    this.#waiting.length = 0
    this.#waitingBytes = 0
    this.#source.abort(this)
    this.#source.resume()
  }
}

const REASONS = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const

/** One of the server's own answers: no child, or none that could answer. */
export function answerStatus(exchange: Exchange, status: 500 | 502 | 503 | 504): void {
  const fields = ['Content-Type', 'text/plain', ...(status === 503 ? ['Retry-After', '1'] : [])]
  exchange.answer(status, fields, `${REASONS[status]}\n`)
}
