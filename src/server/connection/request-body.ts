// The body of the request in hand, on its way from the reader to the application: one piece at a time, at a minimum pace.

import { ClientDisconnected } from '../../app/errors.ts'
import type { RequestError } from '../../http1/faults.ts'
import type { RequestReader } from '../../http1/request/request-reader.ts'
import type { ServerContext } from '../server-context.ts'
import type { ServerExchange } from './exchange.ts'
import { MinimumRate } from './minimum-rate.ts'

/** A piece of the body; null at its end; an error when it is broken off. */
type Piece = Uint8Array | null | RequestError | ClientDisconnected

/** Who waits for the next piece. */
interface Waiter {
  readonly resolve: (chunk: Uint8Array | null) => void
  readonly reject: (reason: unknown) => void
}

export class RequestBody {
  readonly #reader: RequestReader
  readonly #exchange: ServerExchange
  readonly #context: ServerContext
  readonly #pace: MinimumRate
  #waiter: Waiter | undefined
  /** Whether the end of the body has been given, or an error in its place. */
  isOver = false
  #hasFault = false

  constructor(reader: RequestReader, exchange: ServerExchange, context: ServerContext) {
    this.#reader = reader
    this.#exchange = exchange
    this.#context = context
    this.#pace = new MinimumRate(context.settings)
  }

  get isAwaited(): boolean {
    return this.#waiter !== undefined
  }

  /** The next piece; undefined when bytes have to come first. */
  take(): Piece | undefined {
    const event = this.#reader.next()
    switch (event.type) {
      case 'data':
        this.#pace.got(event.chunk.length, this.#context.clock)
        return event.chunk
      case 'need-data':
        return undefined
    }
    this.isOver = true
    switch (event.type) {
      case 'end':
        this.#exchange.trailers = event.trailers
        this.#exchange.isBodyRead = true
        return null
      case 'fault':
        this.#exchange.closeAfter()
        this.noteFault(event)
        return event
      case 'cut':
        this.#exchange.closeAfter()
        return new ClientDisconnected('Cannot read the body: the client ended in the middle of it')
      default:
        return null
    }
  }

  /** Counts what is wrong with the body, once. */
  noteFault({ code }: RequestError): void {
    if (this.#hasFault) return
    this.#hasFault = true
    const { method, target } = this.#exchange.head
    this.#context.refusals.count(code, `the body of ${method} ${target.slice(0, 256)}`)
  }

  /** A promise for the next piece, which `give` keeps. */
  wait(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  /** When the wait that begins now has to end. */
  deadline(): number {
    return this.#pace.waitFrom(this.#context.clock)
  }

  /** Hands a piece to whoever waits. */
  give(piece: Piece): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    if (piece instanceof Error) waiter?.reject(piece)
    else waiter?.resolve(piece)
  }
}
