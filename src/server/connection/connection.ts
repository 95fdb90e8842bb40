// The spine: one connection from accept to close. Bytes go to the input, requests to the handler, responses to the output.
// connection-state.ts has the states, deadlines.ts the times, current-exchange.ts the request in hand, persistence.ts what follows it.
import { RequestError } from '../../http1/faults.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'
import { traceOf } from '../../log/trace.ts'
import type { Transport, TransportUser } from '../../transport/transport.ts'
import { ConnectionPeer, type ListenerName } from '../peer.ts'
import type { OpenConnection, ServerContext } from '../server-context.ts'
import { ConnectionInput } from './connection-input.ts'
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connection-state.ts'
import { CurrentExchange } from './current-exchange.ts'
import { Deadlines } from './deadlines.ts'
import { dispatch } from './dispatch.ts'
import { ServerExchange } from './exchange.ts'
import type { ExchangeConnection, TakenOver } from './exchange-connection.ts'
import { LingeringClose } from './lingering-close.ts'
import { afterResponse, isLastOf, mayPersistFor } from './persistence.ts'
import { Pump, type Stepping } from './pump.ts'
import { faultResponse, unavailableResponse } from './refusal.ts'
import { TakenWebSocket } from './taken-web-socket.ts'
import { WriteBuffer } from './write-buffer.ts'

const trace = traceOf('connection')

export class Connection implements ExchangeConnection<ServerExchange>, OpenConnection, Stepping, TransportUser {
  readonly context: ServerContext
  readonly peer: ConnectionPeer
  readonly input: ConnectionInput
  readonly output: WriteBuffer
  readonly #transport: Transport
  readonly #deadlines: Deadlines
  readonly #current: CurrentExchange
  readonly #close: LingeringClose
  readonly #pump: Pump
  readonly #isForwarding: boolean
  #state: ConnectionState = 'waiting'
  #requests = 0
  /** The transport is closed, but what came on it is still being read. */
  #isLost = false
  /** Once the connection has been upgraded to one. */
  #webSocket: TakenWebSocket | undefined

  constructor(context: ServerContext, transport: Transport, name: ListenerName) {
    this.context = context
    this.peer = new ConnectionPeer(transport, name, context.settings.keepaliveTimeoutMs)
    this.input = new ConnectionInput(transport, context.settings)
    this.output = new WriteBuffer(transport, context.settings.writeTimeoutMs)
    this.#transport = transport
    this.#deadlines = new Deadlines(context)
    this.#current = new CurrentExchange(context, transport, this.input, this.#deadlines)
    this.#close = new LingeringClose(transport, this.#deadlines)
    this.#pump = new Pump(this)
    this.#isForwarding = context.forwarding.concerns(this.peer)
  }

  /** The only place where the state changes. */
  #enter(event: ConnectionEvent): void {
    const from = this.#state
    this.#state = nextConnectionState(from, event)
    trace?.('%s: %s, %s -> %s', this.peer.remoteAddress, from, event, this.#state)
  }

  // --- called by the server

  /** The connection is watched by the clock from now on, whose time was old before. */
  accepted(): void {
    this.#deadlines.awaitFirstByte()
    this.#transport.open(this)
  }

  /** Answers 503 before anything is read. A server without descriptors cannot wait until the client has closed its side. */
  turnAway(reason: 'too-many-connections' | 'no-descriptors'): void {
    this.output.text(unavailableResponse(reason, this.peer, this.context))
    this.output.flush()
    if (reason === 'too-many-connections') this.#linger()
    else this.#transport.destroy()
  }

  drain(): void {
    // A client that still takes its answer gets the quiet moment behind it.
    if (this.#state === 'waiting' && !this.input.isInHead && this.output.takesMore()) this.#deadlines.shortenIdle()
    else if (this.#state === 'exchange') this.#current.exchange!.serverLeaves()
    else this.#webSocket?.leave()
  }

  destroy(): void {
    this.#transport.destroy()
  }

  get present(): ServerExchange | undefined {
    return this.#current.exchange
  }

  get deadline(): number {
    return this.#deadlines.first
  }

  overdue(): void {
    const deadline = this.#deadlines.expire()
    switch (deadline) {
      case 'head':
        this.#refuse(new RequestError('timeout'))
        break
      case 'first-byte':
      case 'keep-alive':
      case 'discard':
        this.#linger()
        break
      case 'write':
      case 'linger':
        this.#transport.destroy()
        break
      case 'handshake':
      case 'stall':
        if (!this.#webSocket!.overdue(deadline)) this.#transport.destroy()
        break
      default:
        this.#current.overdue(deadline)
    }
  }

  // --- called by the transport

  received(chunk: Uint8Array): void {
    if (this.#state === 'lingering') this.#close.drop(chunk.length)
    else {
      this.input.receive(chunk)
      this.#pump.run()
      this.input.holdBack()
    }
  }

  receivedBorrowed(buffer: Uint8Array, length: number): void {
    if (this.#state === 'lingering') this.#close.drop(length)
    else {
      this.input.borrow(buffer, length)
      this.#pump.run()
      this.input.giveBack()
      this.input.holdBack()
    }
  }

  /** The client has closed its sending side. It may still wait for answers (RFC 9112 9.6 lets it). */
  receivedEnd(): void {
    this.input.receiveEof()
    this.#current.clientEnded(this.peer.onEnded)
    this.#pump.run()
  }

  drained(): void {
    this.output.drained()
    this.#pump.runApart()
  }

  lost(): void {
    this.output.drained()
    // All of the body has come before the end of its client, and is still being read.
    if (this.input.isEof && this.#current.readsOn) this.#isLost = true
    else {
      this.#enter('close')
      this.context.forget(this)
      this.#current.lost()
      this.peer.onClosed?.()
    }
  }

  // --- called by the exchange

  readBody(exchange: ServerExchange): Uint8Array | null | Promise<Uint8Array | null> {
    const piece = this.#current.read(exchange)
    if (exchange === this.#current.exchange && exchange.state === 'done') this.#readOn()
    return piece
  }

  answered(exchange: ServerExchange): void {
    if (exchange === this.#current.exchange) this.#pump.runApart()
  }

  abandon(exchange: ServerExchange): boolean {
    return this.#current.abandon(exchange)
  }

  /** Ends the connection in the middle of an answer. */
  cut(how: 'close' | 'reset'): void {
    this.output.flush()
    if (how === 'reset') this.#transport.reset()
    else this.#transport.endAndClose()
  }

  takeOver(): TakenOver {
    this.output.flush()
    this.#enter('upgrade')
    this.#deadlines.stop()
    const exchange = this.#current.release()
    const head = this.input.takeRest()
    const socket = this.#transport.release()
    this.#webSocket = TakenWebSocket.of(exchange.head, socket, this.#deadlines, this.context.isDraining)
    this.context.settled(exchange)
    return { socket, head }
  }

  // --- the steps, and the end

  step(): boolean {
    switch (this.#state) {
      case 'waiting':
        if (this.output.takesMore()) return this.#readHead()
        // A client that does not take its answers gets no further ones. What runs is the time of the write.
        this.#deadlines.stop()
        return false
      case 'exchange':
        return this.#current.exchange!.state === 'done' && !this.#current.readsOn ? this.#conclude() : this.#feedBody()
      case 'discarding':
        return this.#discardBody()
      default:
        return false
    }
  }

  #readHead(): boolean {
    const event = this.input.next()
    if (event.type === 'request') return this.#begin(event)
    this.input.resume()
    if (event.type === 'need-data') this.#deadlines.awaitHead(this.input.isInHead)
    else if (event.type === 'fault') this.#refuse(event)
    else this.#linger()
    return false
  }

  #begin(received: RequestHead): boolean {
    const forwarded = this.#isForwarding ? this.context.forwarding.apply(received, this.peer) : undefined
    const head = forwarded?.head ?? received
    const peer = forwarded?.peer ?? this.peer
    const exchange = new ServerExchange(this, head, peer, mayPersistFor(head, ++this.#requests, this.context))
    this.#enter('request')
    this.#current.begin(exchange)
    dispatch(exchange, this.context, this.#pump.beginsApart())
    if (this.input.isEof) this.#current.clientEnded(this.peer.onEnded)
    return true
  }

  #feedBody(): boolean {
    this.#current.feed()
    if (this.#current.exchange!.state === 'done') this.#readOn()
    return false
  }

  #readOn(): void {
    if (this.#current.isBodyOver) this.#pump.runSoon()
    this.#current.awaitReader()
    if (this.#current.exchange!.isPersistent || !this.#transport.isOpen) return
    // Our end may be the end of the answer.
    this.output.flush()
    this.#close.sendEnd()
  }

  /** The answer is complete, and nobody reads the rest of the body. */
  #conclude(): boolean {
    const exchange = this.#current.conclude()
    const next = this.#isLost ? 'linger' : afterResponse(exchange, this.input.isInBody)
    if (next === 'persist') return this.#persist()
    if (next === 'linger') this.#linger(isLastOf(exchange.head, this.input))
    else {
      this.#enter('discard')
      this.#deadlines.startDropping('discard')
    }
    return next === 'discard'
  }

  #discardBody(): boolean {
    const stopped = this.input.discardBody()
    if (stopped === 'end') return this.#persist()
    if (stopped === 'need-data') this.#deadlines.keepDropping('discard')
    else this.#linger()
    return false
  }

  #persist(): boolean {
    this.input.startNext()
    this.#enter('persist')
    return true
  }

  /** The one answer to a fault. Earlier answers have been sent: the fault was only reached after them. */
  #refuse(fault: RequestError): void {
    this.output.text(faultResponse(fault, this.input, this.peer, this.context))
    this.#linger()
  }

  #linger(isLast = false): void {
    if (this.#state === 'closed' || this.#state === 'lingering') return
    this.#enter('linger')
    if (this.#isLost) this.lost()
    else {
      this.output.flush()
      this.#close.begin(isLast)
      this.input.resume()
    }
  }
}
