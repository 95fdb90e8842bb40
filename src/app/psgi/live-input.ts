// psgi.input with --stream-input: a request body that is read from the client while the application runs, and kept nowhere. A client
// may be slow, and waiting for it without a promise would hold up all others: what gives bytes at once is refused.
import { Readable } from 'node:stream'
import { AppError } from '../errors.ts'
import type { Exchange } from '../handler.ts'
import type { PsgiInput } from './types.ts'

export class LiveInput implements PsgiInput {
  readonly #exchange: Exchange
  /** Whether somebody is in the middle of it. */
  #isRead = false

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** There is no file to let go of. */
  readonly close = undefined

  /** What Content-Length says. */
  get length(): number {
    return this.#exchange.contentLength ?? refuse('tell the length of a chunked body')
  }

  bytes(): Uint8Array {
    return refuse('give the body at once')
  }

  text(): string {
    return refuse('give the body at once')
  }

  json(): unknown {
    return refuse('give the body at once')
  }

  read(): number {
    return refuse('read the body at once')
  }

  seek(): boolean {
    return refuse('seek in the body')
  }

  stream(): Readable {
    return Readable.from(this.#pieces(), { objectMode: false })
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#pieces()
  }

  /** From where the last reader stopped: no byte comes twice. */
  async *#pieces(): AsyncGenerator<Uint8Array> {
    if (this.#isRead) throw new AppError('Cannot read the body twice at a time: with --stream-input it is kept nowhere')
    this.#isRead = true
    const exchange = this.#exchange
    // An application may go on with it after its answer.
    exchange.isReading = () => this.#isRead
    try {
      for (;;) {
        const next = exchange.read()
        const piece = next instanceof Promise ? await next : next
        if (piece === null) return
        yield piece
      }
    } finally {
      this.#isRead = false
    }
  }
}

function refuse(what: string): never {
  throw new AppError(`Cannot ${what}: with --stream-input it comes from the client, by "for await" or stream()`)
}
