// The body of the request in hand, on its way from the reader to the application: one piece at a time, at a minimum pace.

import { AppError, ClientDisconnected } from '../../app/errors.ts'
import { RequestError } from '../../http1/faults.ts'
import type { ServerContext } from '../server-context.ts'
import type { ConnectionInput } from './connection-input.ts'
import type { Deadlines } from './deadlines.ts'
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
  readonly #input: ConnectionInput
  readonly #exchange: ServerExchange
  readonly #context: ServerContext
  readonly #deadlines: Deadlines
  readonly #pace: MinimumRate
  #waiter: Waiter | undefined
  /** Whether the end of the body has been given, or an error in its place. */
  isOver = false
  #hasFault = false

  constructor(input: ConnectionInput, exchange: ServerExchange, context: ServerContext, deadlines: Deadlines) {
    this.#input = input
    this.#exchange = exchange
    this.#context = context
    this.#deadlines = deadlines
    this.#pace = new MinimumRate(context.settings)
  }

  get isAwaited(): boolean {
    return this.#waiter !== undefined
  }

  /** The next piece, or a promise for it; null at the end. */
  read(): Uint8Array | null | Promise<Uint8Array | null> {
    const piece = this.#take()
    if (piece instanceof Error) return Promise.reject(piece)
    if (piece !== undefined) return piece
    this.#deadlines.awaitBody(this.#pace.waitFrom(this.#context.clock))
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  /** Bytes have come, or their end: whoever waits gets the next piece. */
  feed(): void {
    if (this.#waiter === undefined) return
    const piece = this.#take()
    if (piece === undefined) return
    this.#deadlines.bodyCame()
    this.#give(piece)
  }

  /** Whoever waits has waited too long for the client. */
  timeOut(): void {
    const fault = new RequestError('timeout')
    this.#exchange.closeAfter()
    this.#noteFault(fault)
    this.#give(fault)
  }

  /** No more of it will come: whoever waits is told `why`. */
  breakOff(why?: string): void {
    // Only for a waiting reader: an Error takes a stack, which costs more than the whole request.
    if (this.#waiter !== undefined) this.#give(new ClientDisconnected(why))
  }

  /** The next piece; undefined when bytes have to come first. */
  #take(): Piece | undefined {
    const event = this.#input.next()
    switch (event.type) {
      case 'data':
        this.#pace.got(event.chunk.length, this.#context.clock)
        return event.chunk
      case 'need-data':
        this.#input.resume()
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
        this.#noteFault(event)
        return event
      case 'cut':
        this.#exchange.closeAfter()
        return new ClientDisconnected('Cannot read the body: the client ended in the middle of it')
      default:
        return null
    }
  }

  /** Counts what is wrong with the body, once. */
  #noteFault({ code }: RequestError): void {
    if (this.#hasFault) return
    this.#hasFault = true
    const { method, target } = this.#exchange.head
    this.#context.refusals.count(code, `the body of ${method} ${target.slice(0, 256)}`)
  }

  #give(piece: Piece): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    if (piece instanceof Error) waiter?.reject(piece)
    else waiter?.resolve(piece)
  }
}

/** What a body gives that the server has let go of. */
export function unreadable(exchange: ServerExchange): null | Promise<never> {
  if (exchange.isGone) return Promise.reject(new ClientDisconnected())
  if (exchange.isBodyRead || !exchange.hasBody) return null
  return Promise.reject(new AppError('Cannot read the body: the request is answered, and the rest of it was dropped'))
}
