// The body of a stream's request: one piece at a time, within the limit, at a minimum pace.
import type { ServerHttp2Stream } from 'node:http2'
import { ClientDisconnected } from '../../app/errors.ts'
import { RequestError } from '../../http1/faults.ts'
import { MinimumRate } from '../connection/minimum-rate.ts'
import type { ServerContext } from '../server-context.ts'

interface Waiter {
  readonly resolve: (piece: Uint8Array | null) => void
  readonly reject: (cause: unknown) => void
}

export class Http2RequestBody {
  /** Infinity unless somebody waits for a piece. */
  deadline: number = Infinity
  /** Whether all of it has been given. */
  isRead: boolean = false
  readonly #stream: ServerHttp2Stream
  readonly #context: ServerContext
  readonly #pace: MinimumRate
  #waiter: Waiter | undefined
  #bytes = 0
  #hasEnded = false
  #failure: Error | undefined

  constructor(stream: ServerHttp2Stream, context: ServerContext) {
    this.#stream = stream
    this.#context = context
    this.#pace = new MinimumRate(context.settings)
    stream.on('readable', () => this.#look())
    stream.on('end', () => {
      this.#hasEnded = true
      this.#look()
    })
  }

  get isAwaited(): boolean {
    return this.#waiter !== undefined
  }

  /** The next piece; null at the end. */
  read(): Uint8Array | null | Promise<Uint8Array | null> {
    const piece = this.#take()
    if (piece instanceof Error) return Promise.reject(piece)
    if (piece !== undefined) return piece
    this.deadline = this.#pace.waitFrom(this.#context.clock)
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  /** Nothing comes any more, for this reason. */
  fail(cause: Error): void {
    this.#failure ??= cause
    this.#look()
  }

  #look(): void {
    if (this.#waiter === undefined) return
    const piece = this.#take()
    if (piece === undefined) return
    const { resolve, reject } = this.#waiter
    this.#waiter = undefined
    this.deadline = Infinity
    if (piece instanceof Error) reject(piece)
    else resolve(piece)
  }

  #take(): Uint8Array | null | Error | undefined {
    if (this.isRead) return null
    if (this.#failure !== undefined) return this.#failure
    const piece = this.#stream.read() as Buffer | null
    if (piece !== null) return this.#count(piece)
    if (!this.#hasEnded) return this.#stream.destroyed ? new ClientDisconnected() : undefined
    // A stream that is reset ends, too.
    if (this.#stream.aborted)
      return new ClientDisconnected('Cannot read the body: the client ended in the middle of it')
    this.isRead = true
    return null
  }

  #count(piece: Buffer): Uint8Array | Error {
    const { clock, settings } = this.#context
    this.#pace.got(piece.length, clock)
    this.#bytes += piece.length
    if (settings.bodyBytes === 0 || this.#bytes <= settings.bodyBytes) return piece
    this.#failure = new RequestError('body-too-large')
    return this.#failure
  }
}
