// The exchange that a connection has in hand, with what runs beside it: the reader of its body, the times of both, and whether its client
// is still there. An exchange that is not in hand any more (answered, replaced, lost) is told so by all of these calls.

import { ClientDisconnected } from '../../app/errors.ts'
import type { Transport } from '../../transport/transport.ts'
import type { ServerContext } from '../server-context.ts'
import type { ConnectionInput } from './connection-input.ts'
import type { Deadline, Deadlines } from './deadlines.ts'
import type { ServerExchange } from './exchange.ts'
import { HalfClosed } from './half-closed.ts'
import { RequestBody, unreadable } from './request-body.ts'

export class CurrentExchange {
  /** Undefined when the connection is idle. */
  exchange: ServerExchange | undefined
  readonly #context: ServerContext
  readonly #transport: Transport
  readonly #input: ConnectionInput
  readonly #deadlines: Deadlines
  /** Once somebody has read from the body. */
  #body: RequestBody | undefined
  /** Once the client has closed its sending side. */
  #halfClosed: HalfClosed | undefined

  constructor(context: ServerContext, transport: Transport, input: ConnectionInput, deadlines: Deadlines) {
    this.#context = context
    this.#transport = transport
    this.#input = input
    this.#deadlines = deadlines
  }

  begin(exchange: ServerExchange): void {
    this.exchange = exchange
    this.#deadlines.awaitResponse()
    this.#context.began(exchange)
  }

  /** It is answered, and whoever still waits for its body is told. */
  conclude(): ServerExchange {
    const exchange = this.release()
    this.#body?.breakOff('Cannot read the body: the request is answered')
    this.#body = undefined
    this.#context.settled(exchange)
    return exchange
  }

  /** It is out of hand. */
  release(): ServerExchange {
    const exchange = this.exchange!
    this.exchange = undefined
    return exchange
  }

  /** Nobody can be answered any more. */
  lost(): void {
    const { exchange } = this
    if (exchange === undefined) return
    this.exchange = undefined
    exchange.lost()
    this.#body?.breakOff()
    this.#context.settled(exchange)
  }

  // --- the body

  /** The next piece of the body; null at its end. */
  read(exchange: ServerExchange): Uint8Array | null | Promise<Uint8Array | null> {
    if (exchange !== this.exchange) return unreadable(exchange)
    this.#body ??= new RequestBody(this.#input, exchange, this.#context, this.#deadlines)
    return this.#body.read()
  }

  /** Bytes have come, or their end. */
  feed(): void {
    this.#body?.feed()
  }

  /** Whether all of the body, or an error in its place, has been given to the application. */
  get isBodyOver(): boolean {
    return this.#body?.isOver === true
  }

  /** Whether the answer is complete, and the application still reads the body. */
  get readsOn(): boolean {
    return !this.isBodyOver && this.exchange?.readsOn === true
  }

  /** The body is read behind the answer. */
  awaitReader(): void {
    this.#deadlines.awaitReader(this.#body?.isAwaited === true)
  }

  // --- the times

  overdue(deadline: Deadline): void {
    const exchange = this.exchange!
    switch (deadline) {
      case 'response':
        // One that has begun has all the time that it needs.
        if (exchange.state === 'pending') exchange.timeOut(substitute => (this.exchange = substitute))
        break
      case 'departure':
        this.#await(exchange, this.#halfClosed!.isGone(exchange, this.#context.clock))
        break
      case 'body':
        this.#body!.timeOut()
        break
      case 'unread':
        exchange.stopReading()
    }
  }

  // --- the client

  /** The client has closed its sending side. An adapter with `onEnded` decides what that means. */
  clientEnded(onEnded: (() => void) | undefined): void {
    const { exchange } = this
    const { clock } = this.#context
    exchange?.clientEnded()
    onEnded?.()
    if (exchange === undefined || exchange.state === 'done' || onEnded !== undefined) return
    this.#halfClosed = new HalfClosed(exchange, clock)
    this.#await(exchange, this.#halfClosed.goneAt <= clock.time)
  }

  #await(exchange: ServerExchange, isGone: boolean): void {
    if (!isGone) this.#deadlines.awaitDeparture(this.#halfClosed!.goneAt)
    else {
      // Before the end, which may give a last response the time of a write.
      this.#deadlines.stop()
      this.abandon(exchange)
    }
  }

  /** Ends everything for a client that has left; tells whether it ended in the middle of its request's body. */
  abandon(exchange: ServerExchange): boolean {
    if (exchange !== this.exchange) return false
    const isCut = this.#input.dropCutBody()
    // It may still read.
    if (isCut && exchange.state === 'pending') exchange.fail(new ClientDisconnected())
    else if (exchange.endsWithConnection) this.#transport.reset()
    else this.#transport.destroy()
    return isCut
  }
}
