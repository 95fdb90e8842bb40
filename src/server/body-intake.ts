// The body of the request in hand, on its way from the reader to the application: one piece at a time, at a minimum pace.

import { ClientGone } from '../app/mistakes.ts'
import type { ClientFault } from '../http1/faults.ts'
import type { RequestReader } from '../http1/request-reader.ts'
import { BodyPace } from './body-pace.ts'
import type { Common } from './common.ts'
import type { ServerExchange } from './exchange.ts'

/** A piece of the body; null at its end; an error when it is broken off. */
type Piece = Uint8Array | null | ClientFault | ClientGone

/** Who waits for the next piece. */
interface Waiter {
  readonly resolve: (chunk: Uint8Array | null) => void
  readonly reject: (reason: unknown) => void
}

export class BodyIntake {
  readonly #reader: RequestReader
  readonly #exchange: ServerExchange
  readonly #common: Common
  readonly #pace: BodyPace
  #waiter: Waiter | undefined
  /** Whether the end of the body has been given, or an error in its place. */
  isOver = false
  #hasFault = false

  constructor(reader: RequestReader, exchange: ServerExchange, common: Common) {
    this.#reader = reader
    this.#exchange = exchange
    this.#common = common
    this.#pace = new BodyPace(common.settings)
  }

  get isAwaited(): boolean {
    return this.#waiter !== undefined
  }

  /** The next piece; undefined when bytes have to come first. */
  take(): Piece | undefined {
    const event = this.#reader.next()
    switch (event.type) {
      case 'data':
        this.#pace.got(event.chunk.length, this.#common.clock)
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
        return new ClientGone('Cannot read the body: the client ended in the middle of it')
      default:
        return null
    }
  }

  /** Counts what is wrong with the body, once. */
  noteFault({ code }: ClientFault): void {
    if (this.#hasFault) return
    this.#hasFault = true
    const { method, target } = this.#exchange.head
    this.#common.refusals.count(code, `the body of ${method} ${target.slice(0, 256)}`)
  }

  /** A promise for the next piece, which `give` keeps. */
  wait(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  /** When the wait that begins now has to end. */
  deadline(): number {
    return this.#pace.waitFrom(this.#common.clock)
  }

  /** Hands a piece to whoever waits. */
  give(piece: Piece): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    if (piece instanceof Error) waiter?.reject(piece)
    else waiter?.resolve(piece)
  }
}
