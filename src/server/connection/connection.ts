// The spine: one connection from accept to close, long because its states are read together. Bytes go to the reader, requests to the handler, answers to the wire.
// connection-state.ts has the states.

import type { Socket } from 'node:net'
import { AppError, ClientDisconnected } from '../../app/errors.ts'
import { RequestError } from '../../http1/faults.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'
import { RequestReader } from '../../http1/request/request-reader.ts'
import { encodeFault } from '../../http1/response/encode.ts'
import { traceOf } from '../../log/trace.ts'
import type { Transport, TransportUser } from '../../transport/transport.ts'
import type { Deadlined } from '../deadline-timer.ts'
import { ConnectionPeer, type ListenerName } from '../peer.ts'
import type { OpenConnection, ServerContext } from '../server-context.ts'
import {
  DRAIN_BYTES,
  LAST_LINGER_QUIET_MS,
  LINGER_BYTES,
  LINGER_MS,
  LINGER_QUIET_MS,
  QUIET_MS,
  READ_AHEAD_BYTES,
} from '../settings.ts'
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connection-state.ts'
import { ServerExchange } from './exchange.ts'
import type { ExchangeConnection } from './exchange-connection.ts'
import { HANDSHAKE_PAUSE_MS, sayGoingAway } from './going-away.ts'
import { HalfClosed } from './half-closed.ts'
import { RequestBody } from './request-body.ts'
import { WriteBuffer } from './write-buffer.ts'

const trace = traceOf('connection')

export class Connection implements Deadlined, ExchangeConnection<ServerExchange>, OpenConnection, TransportUser {
  readonly context: ServerContext
  readonly peer: ConnectionPeer
  deadline: number = Infinity
  isHalfClosed = false
  readonly #transport: Transport
  readonly #reader: RequestReader
  readonly #output: WriteBuffer
  #state: ConnectionState = 'waiting'
  #exchange: ServerExchange | undefined
  /** Once somebody has read from the body of `#exchange`. */
  #body: RequestBody | undefined
  #requests = 0
  /** Bytes that were read only to be dropped, in the present state. */
  #dropped = 0
  /** When what comes to be dropped has to be over. */
  #goodbyeBy = Infinity
  readonly #isForwarding: boolean
  #isPumping = false
  /** Whether a request has begun in this run of the pump: the application may have entered a context since. */
  #hasBegun = false
  #isPaused = false
  /** The socket of a WebSocket, once the application has it. */
  #webSocket: Socket | undefined
  /** What the client had been sent before. */
  #sentBefore = 0
  /** The wire is closed, but what came on it is still being read. */
  #isLost = false
  /** Once the client has closed its sending side. */
  #halfClosed: HalfClosed | undefined
  #isEndSent = false

  constructor(context: ServerContext, transport: Transport, name: ListenerName) {
    this.context = context
    this.peer = new ConnectionPeer(transport, name, context.settings.keepaliveTimeoutMs)
    this.#isForwarding = context.forwarding.concerns(this.peer)
    this.#transport = transport
    this.#reader = new RequestReader(context.settings)
    this.#output = new WriteBuffer(transport, context.settings.writeTimeoutMs)
  }

  /** The only place where the state changes. */
  #enter(event: ConnectionEvent): void {
    const from = this.#state
    this.#state = nextConnectionState(from, event)
    trace?.('%s: %s, %s -> %s', this.peer.remoteAddress, from, event, this.#state)
  }

  // --- told by the transport

  /** The connection is watched by the clock from now on, whose time was old before. */
  accepted(): void {
    const { clock, settings } = this.context
    this.deadline = clock.after(settings.headTimeoutMs)
    this.#transport.open(this)
  }

  received(chunk: Uint8Array): void {
    if (this.#state === 'lingering') this.#dropLate(chunk.length)
    else {
      this.#reader.receive(chunk)
      this.pump()
      this.#holdBack()
    }
  }

  lent(buffer: Uint8Array, length: number): void {
    if (this.#state === 'lingering') this.#dropLate(length)
    else {
      this.#reader.borrow(buffer, length)
      this.pump()
      this.#reader.giveBack()
      this.#holdBack()
    }
  }

  /** The client has closed its sending side. It may still wait for answers (RFC 9112 9.6 lets it). */
  receivedEnd(): void {
    this.isHalfClosed = true
    this.#reader.receiveEof()
    this.#clientEnded()
    this.pump()
  }

  /** The client of the request in hand has ended. */
  #clientEnded(): void {
    const exchange = this.#exchange
    const { onEnded } = this.peer
    exchange?.clientEnded()
    onEnded?.()
    if (exchange === undefined || exchange.state === 'done' || onEnded !== undefined) return
    const { clock } = this.context
    const half = new HalfClosed(exchange, clock)
    this.#halfClosed = half
    this.#answerBy = Math.min(this.#answerBy, half.goneAt)
    this.deadline = Math.min(this.deadline, half.goneAt)
    if (half.goneAt <= clock.time) this.abandon(exchange)
  }

  /** Ends everything for a client that has left; tells whether it ended in the middle of its request's body. */
  abandon(exchange: ServerExchange): boolean {
    if (exchange !== this.#exchange) return false
    // Nobody waits for the bytes that have come.
    const isCut = this.#isBodyCut()
    // It may still read.
    if (isCut && exchange.state === 'pending') exchange.fail(new ClientDisconnected())
    else if (exchange.endsWithConnection) this.#transport.reset()
    else this.#transport.destroy()
    return isCut
  }

  #isBodyCut(): boolean {
    if (!this.#reader.isInBody) return false
    let event = this.#reader.next()
    while (event.type === 'data') event = this.#reader.next()
    return event.type !== 'end'
  }

  drained(): void {
    this.#output.drained()
    this.#pumpApart()
  }

  lost(): void {
    // All of the body has come before the end of its client, and is still being read.
    if (this.isHalfClosed && this.#isReadOn) {
      this.#isLost = true
      this.#output.drained()
      return
    }
    this.#enter('close')
    this.#output.drained()
    this.context.forget(this)
    this.#loseExchange()
    this.peer.onClosed?.()
  }

  #loseExchange(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    exchange.lost()
    this.#body?.give(new ClientDisconnected())
    this.context.settled(exchange)
  }

  overdue(): void {
    switch (this.#state) {
      case 'waiting':
        if (this.#reader.isInHead) this.#refuse(new RequestError('timeout'))
        else this.#linger()
        break
      case 'exchange':
        this.#exchangeOverdue()
        break
      case 'discarding':
        this.#linger()
        break
      case 'upgraded':
        this.#leaveWebSocket()
        break
      default:
        this.#transport.destroy()
    }
  }

  /** Either the answer or the body of the request is late, or the client has left. */
  #exchangeOverdue(): void {
    const exchange = this.#exchange!
    const { clock } = this.context
    const half = this.#halfClosed
    if (half !== undefined && exchange.state !== 'done' && half.goneAt <= clock.time) {
      const isGone = half.isGone(exchange, clock)
      this.#answerBy = isGone ? Infinity : half.goneAt
      this.deadline = this.#answerBy
      if (isGone) this.abandon(exchange)
      return
    }
    if (this.#answerBy <= clock.time) {
      this.#answerBy = half?.goneAt ?? Infinity
      if (exchange.state === 'pending') {
        this.context.log.warn(
          `No answer within the request timeout: ${exchange.head.method} ${exchange.head.target.slice(0, 256)}`,
        )
        exchange.timeOut(substitute => (this.#exchange = substitute))
        return
      }
      // The answer has begun: what is left of the request's body has its own time.
      this.deadline = this.#body?.isAwaited ? Math.min(this.#answerBy, this.#body.deadline()) : this.#answerBy
      return
    }
    this.deadline = Infinity
    exchange.closeAfter()
    if (this.#body?.isAwaited === true) {
      const fault = new RequestError('timeout')
      this.#body.noteFault(fault)
      this.#body.give(fault)
    } else if (exchange.state === 'done') {
      // The client has its answer, and the application does not read on.
      exchange.lost()
      exchange.releaseBody()
    }
  }

  /** Draining has begun: an idle connection gets a quiet moment, because a request may be on its way already. */
  drain(): void {
    if (this.#state === 'waiting' && !this.#reader.isInHead) {
      // A client that still takes its answer gets that moment behind it.
      if (this.#output.takesMore()) this.deadline = Math.min(this.deadline, this.context.clock.after(QUIET_MS))
    } else if (this.#state === 'exchange') this.#exchange?.serverLeaves()
    else if (this.#state === 'upgraded') this.#leaveWebSocket()
  }

  /** Answers 503 before anything is read, for a server that is full. */
  turnAway(): void {
    this.#sayUnavailable('too-many-connections')
    this.#linger()
  }

  /** As `turnAway`, for a server without descriptors: it cannot wait until the client has closed its side. */
  turnAwayAtOnce(): void {
    this.#sayUnavailable('no-descriptors')
    this.#output.flush()
    this.#transport.destroy()
  }

  #sayUnavailable(reason: 'too-many-connections' | 'no-descriptors'): void {
    this.context.refusals.add({ reason, status: 503, peer: this.peer, line: '' })
    this.#output.text(encodeFault(503, 'Service Unavailable', `${this.#serverLines()}Retry-After: 1\r\n`, false))
  }

  destroy(): void {
    this.#transport.destroy()
  }

  /** What it is doing, for the log line of a request that is cut: undefined when idle. */
  get present(): ServerExchange | undefined {
    return this.#exchange
  }

  // --- told by the exchange

  get hasUnread(): boolean {
    return this.#reader.unreadBytes > 0
  }

  sendText(text: string): void {
    this.#output.text(text)
    if (!this.#isPumping) this.#output.flushSoon()
  }

  sendBytes(bytes: Uint8Array, behind = ''): void {
    this.#output.bytes(bytes, behind)
    if (!this.#isPumping) this.#output.flushSoon()
  }

  /** Bytes that stay as they are until this turn is over. */
  holdBytes(bytes: Uint8Array): void {
    this.#output.hold(bytes)
    if (!this.#isPumping) this.#output.flushSoon()
  }

  sendHeld(): Promise<void> | undefined {
    if (this.#output.isHolding) this.#output.flush()
    return this.#output.whenWritable()
  }

  whenWritable(): Promise<void> | undefined {
    return this.#output.whenWritable()
  }

  get queuedBytes(): number {
    return this.#output.bytesHeld + this.#transport.queuedBytes
  }

  get isFlushed(): boolean {
    return this.#transport.isFlushed && !this.#output.isHolding
  }

  /** Whether what is left of the request's body is worth reading to keep the connection. */
  mayPersistAfter(exchange: ServerExchange): boolean {
    if (this.context.isDraining) return false
    if (!this.#reader.isInBody) return true
    return !exchange.owesContinue && exchange.head.bodyLength <= DRAIN_BYTES
  }

  /** The next piece of the body; null at its end. */
  readBody(exchange: ServerExchange): Uint8Array | null | Promise<Uint8Array | null> {
    if (exchange !== this.#exchange) return unreadable(exchange)
    this.#body ??= new RequestBody(this.#reader, exchange, this.context)
    const piece = this.#body.take()
    if (exchange.state === 'done') this.#readOn()
    if (piece !== undefined) return piece instanceof Error ? Promise.reject(piece) : piece
    this.#resume()
    this.deadline = Math.min(this.#answerBy, this.#body.deadline())
    if (!this.#output.isEmpty) this.#output.flushSoon()
    return this.#body.wait()
  }

  /** The answer is complete, or cut. */
  answered(exchange: ServerExchange): void {
    if (exchange !== this.#exchange || this.#isPumping) return
    this.#pumpApart()
  }

  /** Ends the connection in the middle of an answer. */
  cut(how: 'close' | 'reset'): void {
    this.#output.flush()
    if (how === 'reset') this.#transport.reset()
    else this.#transport.endAndClose()
  }

  takeOver(): { socket: Socket; head: Uint8Array } {
    const exchange = this.#exchange!
    this.#output.flush()
    this.#enter('upgrade')
    this.deadline = Infinity
    this.#exchange = undefined
    const head = this.#reader.takeRest()
    const socket = this.#transport.release()
    if (/^websocket$/i.test(exchange.head.upgrade ?? '')) {
      this.#webSocket = socket
      this.#sentBefore = socket.bytesWritten
      if (this.context.isDraining) this.deadline = this.context.clock.after(HANDSHAKE_PAUSE_MS)
    }
    this.context.settled(exchange)
    return { socket, head }
  }

  #leaveWebSocket(): void {
    const socket = this.#webSocket
    this.deadline = Infinity
    if (socket === undefined || sayGoingAway(socket, () => socket.bytesWritten > this.#sentBefore)) return
    this.deadline = this.context.clock.after(HANDSHAKE_PAUSE_MS)
  }

  // --- the pump

  pump(): void {
    if (this.#isPumping) return
    this.#advanceAll()
    this.#output.flush()
  }

  /** The same, called from what an earlier request has led to: a request that has come already begins outside of it. */
  #pumpApart(): void {
    if (this.#isPumping) return
    if (this.#reader.unreadBytes > 0) this.context.asyncContext.soon(pump, this)
    else this.#advanceAll()
    // Answers to pipelined requests often come in one turn: they leave in one write.
    this.#output.flushSoon()
  }

  #advanceAll(): void {
    this.#isPumping = true
    this.#hasBegun = false
    while (this.#advance()) {}
    this.#isPumping = false
  }

  /** One step; false when there is nothing to do before something happens. */
  #advance(): boolean {
    switch (this.#state) {
      case 'waiting':
        // A client that does not take its answers gets no further ones.
        return this.#output.takesMore() && this.#readHead()
      case 'exchange':
        return this.#exchange!.state === 'done' && !this.#isReadOn ? this.#afterAnswer() : this.#feedBody()
      case 'discarding':
        return this.#dropBody()
      default:
        return false
    }
  }

  #readHead(): boolean {
    const event = this.#reader.next()
    switch (event.type) {
      case 'request':
        this.#begin(event)
        return true
      case 'need-data':
        this.#resume()
        this.#awaitHead()
        return false
      case 'fault':
        this.#refuse(event)
        return false
      default:
        this.#linger()
        return false
    }
  }

  #awaitHead(): void {
    const { clock, settings, isDraining } = this.context
    if (this.#reader.isInHead) {
      // Set once per head: a drip must not move it.
      if (!this.#isHeadTimed) this.deadline = clock.after(settings.headTimeoutMs)
      this.#isHeadTimed = true
    } else if (this.#requests > 0) {
      this.deadline = clock.after(isDraining ? QUIET_MS : settings.keepaliveTimeoutMs)
    }
  }
  #isHeadTimed = false
  /** When the answer has to have begun. */
  #answerBy = Infinity

  #begin(received: RequestHead): void {
    const { context } = this
    const forwarded = this.#isForwarding ? context.forwarding.apply(received, this.peer) : undefined
    const head = forwarded?.head ?? received
    const peer = forwarded?.peer ?? this.peer
    const { requestsPerConnection } = context.settings
    this.#isHeadTimed = false
    this.#answerBy = context.clock.after(context.settings.requestTimeoutMs)
    this.deadline = this.#answerBy
    this.#requests++
    const isLast = this.#requests === requestsPerConnection || context.isDraining
    const exchange = new ServerExchange(this, head, peer, head.isPersistent && !isLast)
    this.#exchange = exchange
    this.#enter('request')
    context.began(exchange)
    // RFC 9110 9.3.7: `OPTIONS *` asks about the server, not about anything that the application has.
    if (head.path === '*') exchange.answer(204, [], '')
    else if (context.isOverloaded && !context.isForHealth(head.path)) exchange.shed()
    else if (this.#hasBegun) context.asyncContext.run(() => context.handle(exchange))
    else context.handle(exchange)
    this.#hasBegun = true
    if (this.isHalfClosed) this.#clientEnded()
  }

  #afterAnswer(): boolean {
    const exchange = this.#exchange!
    const body = this.#body
    this.#exchange = undefined
    this.#body = undefined
    // Only for a waiting reader: an Error takes a stack, which costs more than the whole request.
    if (body?.isAwaited) body.give(new ClientDisconnected('Cannot read the body: the request is answered'))
    this.context.settled(exchange)
    // A client that was never told to continue may send its body or not: where a next request would begin is unknown.
    if (!exchange.isPersistent || exchange.owesContinue || this.#isLost) {
      this.#linger()
      return false
    }
    if (this.#reader.isInBody) {
      this.#enter('discard')
      this.#dropped = 0
      this.#beginGoodbye()
      return true
    }
    return this.#persist()
  }

  #persist(): true {
    // The client may still be taking the response: what runs then is the time of a write.
    this.deadline = Infinity
    this.#reader.startNext()
    this.#enter('persist')
    return true
  }

  #feedBody(): boolean {
    const body = this.#body
    if (body?.isAwaited === true) {
      const piece = body.take()
      if (piece === undefined) this.#resume()
      else {
        this.deadline = this.#answerBy
        body.give(piece)
      }
    }
    if (this.#exchange!.state === 'done') this.#readOn()
    return false
  }

  /** Whether the answer is complete, and the application still reads the body. */
  get #isReadOn(): boolean {
    const exchange = this.#exchange
    if (exchange?.isReading === undefined || exchange.state !== 'done' || this.#body?.isOver === true) return false
    return exchange.isReading()
  }

  /** What is different when the body is read behind the answer. */
  #readOn(): void {
    const { clock, settings } = this.context
    this.#answerBy = Infinity
    if (this.#body?.isOver === true) this.context.asyncContext.soon(pump, this)
    else if (this.#body?.isAwaited !== true) this.deadline = clock.after(settings.keepaliveTimeoutMs)
    if (this.#exchange!.isPersistent || !this.#transport.isOpen) return
    // Our end may be the end of the answer.
    this.#output.flush()
    this.#transport.end(() => this.#ended())
  }

  #dropBody(): boolean {
    const event = this.#reader.next()
    switch (event.type) {
      case 'data':
        this.#dropped += event.chunk.length
        if (this.#dropped <= DRAIN_BYTES) return true
        this.#linger()
        return false
      case 'end':
        return this.#persist()
      case 'need-data':
        this.#awaitDropped()
        this.#resume()
        return false
      default:
        this.#linger()
        return false
    }
  }

  // --- the end

  /** The one answer to a fault. Earlier answers have been sent: the fault was only reached after them. */
  #refuse(fault: RequestError): void {
    const { code: reason, status } = fault
    this.context.refusals.add({ reason, status, peer: this.peer, line: this.#reader.shownLine })
    this.#output.text(encodeFault(fault.status, fault.code, this.#serverLines(), this.#reader.asksHead))
    this.#linger()
  }

  #serverLines(): string {
    return this.context.dateLine + this.context.serverLine
  }

  /** RFC 9112 9.6: a close in stages. First our half, then read on until the client closes too, within bounds. */
  #linger(): void {
    if (this.#state === 'closed' || this.#state === 'lingering') return
    this.#enter('linger')
    if (this.#isLost) {
      this.lost()
      return
    }
    this.#dropped = 0
    this.#output.flush()
    // While the answer is on its way, the client has the time of a write; then the short time of a goodbye.
    this.deadline = this.context.clock.after(this.context.settings.writeTimeoutMs)
    if (this.#transport.isOpen) this.#transport.end(() => this.#ended())
    else if (this.#isEndSent) this.#ended()
    this.#resume()
  }

  #ended(): void {
    this.#isEndSent = true
    if (this.#state === 'lingering') this.#beginGoodbye()
  }

  #dropLate(bytes: number): void {
    this.#dropped += bytes
    if (this.#dropped > LINGER_BYTES) this.#transport.destroy()
    else if (this.#isEndSent) this.#awaitDropped()
  }

  /** From now on the client has the time of a goodbye. */
  #beginGoodbye(): void {
    this.#goodbyeBy = this.context.clock.after(LINGER_MS)
    this.#awaitDropped()
  }

  /** What comes next is dropped, and must not be long in coming. */
  #awaitDropped(): void {
    const { clock, isDraining } = this.context
    const quietMs = isDraining ? LAST_LINGER_QUIET_MS : LINGER_QUIET_MS
    this.deadline = Math.min(this.#goodbyeBy, clock.after(quietMs))
  }

  #holdBack(): void {
    if (this.#isPaused || this.#reader.unreadBytes <= READ_AHEAD_BYTES) return
    this.#isPaused = true
    this.#transport.pause()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#transport.resume()
  }
}

/** For `process.nextTick`. */
function pump(connection: Connection): void {
  connection.pump()
}

/** What a body gives that the server has let go of. */
function unreadable(exchange: ServerExchange): null | Promise<never> {
  if (exchange.isGone) return Promise.reject(new ClientDisconnected())
  if (exchange.isBodyRead || !exchange.hasBody) return null
  return Promise.reject(new AppError('Cannot read the body: the request is answered, and the rest of it was dropped'))
}
