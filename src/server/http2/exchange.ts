// One stream of a session as an exchange; see app/handler.ts for the contract. Frames, windows and resets are those of node:http2.
// The file is long because the contract is: each method is one call of it.
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { AppError, ClientDisconnected } from '../../app/errors.ts'
import type { Exchange, HeaderList, Peer, SettledRequest } from '../../app/handler.ts'
import { RequestError } from '../../http1/faults.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'
import { isBodyless } from '../../http1/response/status.ts'
import { traceOf } from '../../log/trace.ts'
import {
  BUSY,
  checkInBody,
  checkLength,
  checkMayTakeOver,
  checkPending,
  failureAnswer,
  finalFields,
  interimFields,
  joinedField,
  LATE,
  type OwnAnswer,
  tooLong,
  tooShort,
  trailerFields,
} from '../answer-rules.ts'
import type { AnsweredRequest } from '../connection/answered-request.ts'
import { type ExchangeEvent, type ExchangeState, nextExchangeState } from '../connection/exchange-state.ts'
import { HANDSHAKE_PAUSE_MS, sayGoingAway } from '../connection/going-away.ts'
import type { DeadlineTimer } from '../deadline-timer.ts'
import { ownFields } from '../own-fields.ts'
import type { ServerContext } from '../server-context.ts'
import { RawAnswer } from './raw-answer.ts'
import { Http2RequestBody } from './request-body.ts'
import { responseHeaders, trailerHeaders } from './response-headers.ts'
import { CANCEL, StreamOutput, sendOwnAnswer } from './stream-output.ts'
import { UpgradedStream } from './upgraded-stream.ts'

const trace = traceOf('connection')

const NO_FIELDS: readonly string[] = []

/** RFC 9113 7. */
const INTERNAL_ERROR = 2

/** What an exchange needs of its session. */
export interface ExchangeSession {
  readonly context: ServerContext
  /** The exchange is over, whatever became of it. */
  settled(exchange: Http2Exchange): void
}

export class Http2Exchange implements Exchange, AnsweredRequest {
  readonly head: RequestHead
  readonly peer: Peer
  status = 0
  bodyBytes = 0
  startedAt = 0
  startedTicks = 0
  isComplete = false
  isGone = false
  readonly isPersistent = true
  trailers: HeaderList = NO_FIELDS
  onGone: (() => void) | undefined
  onSettled: ((request: SettledRequest) => void) | undefined
  isReading: (() => boolean) | undefined
  readonly #session: ExchangeSession
  readonly #stream: ServerHttp2Stream
  readonly #output: StreamOutput
  #state: ExchangeState = 'pending'
  #body: Http2RequestBody | undefined
  #bytesLeft = -1
  #hasBody = true
  #expectsContinue: boolean
  #abort: AbortController | undefined
  #fields: HeaderList = NO_FIELDS
  #raw: RawAnswer | undefined
  /** When the answer has to have begun. */
  #answerBy: number
  #webSocket: Duplex | undefined
  /** When the client of a WebSocket is to be told that the server leaves. */
  #leaveBy = Infinity
  /** Until when an application that reads on behind its answer may ask for the next piece. */
  #readOnBy = Infinity
  #isSettled = false

  constructor(session: ExchangeSession, stream: ServerHttp2Stream, head: RequestHead, peer: Peer) {
    this.#session = session
    this.#stream = stream
    this.#output = new StreamOutput(stream)
    this.head = head
    this.peer = peer
    this.#expectsContinue = head.expectsContinue
    this.#answerBy = session.context.clock.after(session.context.settings.requestTimeoutMs)
  }

  get state(): ExchangeState {
    return this.#state
  }

  get hasBody(): boolean {
    return this.head.bodyLength !== 0
  }

  get contentLength(): number | undefined {
    return this.head.bodyLength >= 0 ? this.head.bodyLength : undefined
  }

  get durationMs(): number {
    return performance.now() - this.startedTicks
  }

  get ownFields(): HeaderList {
    const { addsFields, settings } = this.#session.context
    return addsFields ? ownFields(this.head, this.peer, settings) : NO_FIELDS
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.isGone) this.#abort.abort(new ClientDisconnected())
    }
    return this.#abort.signal
  }

  responseField(name: string): string | undefined {
    return joinedField(this.#fields, name)
  }

  get responseFields(): HeaderList {
    return this.#fields
  }

  // --- the request's body

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    if (!this.hasBody) return null
    if (this.#expectsContinue) {
      this.#expectsContinue = false
      if (this.#state === 'pending') this.#output.inform({ ':status': 100 })
    }
    if (this.#body === undefined) {
      if (this.#isSettled) return Promise.reject(new AppError('Cannot read the body: the request is answered'))
      this.#body = new Http2RequestBody(this.#stream, this.#session.context)
      this.#stream.on('trailers', (_headers, _flags, raw: string[]) => (this.trailers = raw))
    }
    return this.#body.read()
  }

  releaseBody(): void {
    this.isReading = undefined
    if (this.#state === 'done') this.#dropBody()
  }

  // --- the answer

  answer(status: number, headers: HeaderList, body: string | Uint8Array, _reason = ''): void {
    const fields = finalFields(this.#state, status, headers)
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    const isHead = this.head.method === 'HEAD'
    const hasBody = !isHead && hasContent(status)
    if (hasBody) checkLength(fields.contentLength, length)
    const sent = this.#beginHead(status, headers)
    if (hasBody) sent['content-length'] = length
    else if (isHead && length > 0) sent['content-length'] ??= length
    else if (status === 204 || status === 205) delete sent['content-length']
    this.bodyBytes = hasBody ? length : 0
    this.#output.answer(sent, body, this.bodyBytes)
    this.#finish(true)
  }

  begin(status: number, headers: HeaderList, _reason = ''): void {
    const fields = finalFields(this.#state, status, headers)
    const sent = this.#beginHead(status, headers)
    this.#begun(sent, status, fields.contentLength)
  }

  /** Sends the head of an answer whose body comes in pieces. `length`: what Content-Length says; -1 without one. */
  #begun(sent: OutgoingHttpHeaders, status: number, length: number): void {
    if (status === 204 || status === 205) delete sent['content-length']
    this.#hasBody = this.head.method !== 'HEAD' && hasContent(status)
    this.#bytesLeft = this.#hasBody ? length : -1
    this.#output.begin(sent, this.#hasBody)
  }

  write(chunk: string | Uint8Array): Promise<void> | undefined {
    checkInBody(this.#state, 'write to')
    const length = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
    if (length === 0 || !this.#hasBody) return undefined
    if (this.#bytesLeft >= 0) {
      if (length > this.#bytesLeft) return this.#writeTooMuch(chunk)
      this.#bytesLeft -= length
    }
    return this.#send(chunk, length)
  }

  #send(chunk: string | Uint8Array, length: number): Promise<void> | undefined {
    this.bodyBytes += length
    this.#output.write(chunk, length)
    return this.#output.whenWritable()
  }

  whenWritable(): Promise<void> | undefined {
    return this.#output.whenWritable()
  }

  get queuedBytes(): number {
    return this.#output.queuedBytes
  }

  get isFlushed(): boolean {
    return this.#output.isFlushed
  }

  end(trailers: HeaderList = NO_FIELDS): void {
    checkInBody(this.#state, 'end')
    if (this.#bytesLeft > 0) {
      this.#report(tooShort(this.#bytesLeft))
      this.#reset(INTERNAL_ERROR)
      return
    }
    trailerFields(trailers)
    if (trailers.length > 0) this.#output.trailers = trailerHeaders(trailers)
    this.#output.end()
    this.#finish(true)
  }

  inform(status: number, headers: HeaderList): void {
    interimFields(this.#state, status, headers)
    if (status === 100) this.#expectsContinue = false
    this.#output.inform(responseHeaders(status, headers, ''))
  }

  fail(error: unknown): void {
    if (this.#state === 'done') return
    if (this.#state === 'body' || this.isGone) this.#reset(INTERNAL_ERROR)
    else this.#say(failureAnswer(error))
  }

  #say({ status, headers, body }: OwnAnswer): void {
    this.answer(status, headers, body)
  }

  /** Too many requests are in work: this one never reaches the application. */
  shed(): void {
    this.#session.context.shed++
    this.#say(BUSY)
  }

  // --- the answer as bytes of HTTP/1.1

  beginRaw(status: number, _head = ''): void {
    checkPending(this.#state)
    this.#enter('begin')
    this.status = status
    this.#raw = new RawAnswer({
      head: (told, fields) => this.#rawHead(told, fields),
      body: (piece, encoding) => this.#rawBody(piece, encoding),
    })
  }

  #rawHead(status: number, fields: readonly string[]): void {
    this.#fields = fields
    this.#begun(this.#headers(status, fields), status, -1)
  }

  #rawBody(piece: string | Uint8Array, encoding: BufferEncoding): void {
    if (!this.#hasBody) return
    const bytes = typeof piece === 'string' ? Buffer.from(piece, encoding) : piece
    void this.#send(bytes, bytes.byteLength)
  }

  writeRaw(data: string | Uint8Array, encoding: BufferEncoding = 'utf8'): Promise<void> | undefined {
    this.#raw?.write(data, encoding)
    return this.#output.whenWritable()
  }

  sendRaw(): Promise<void> | undefined {
    return this.#output.whenFlushed()
  }

  endRaw(_persist: boolean, trailers: HeaderList = NO_FIELDS): void {
    if (this.#state === 'done') return
    if (trailers.length > 0) this.#output.trailers = trailerHeaders(trailers)
    if (this.#output.hasBegun) this.#output.end()
    this.#finish(true)
  }

  // --- the stream

  get mayPersist(): boolean {
    return true
  }

  closeAfter(): void {
    // A stream has one request; the session is not the application's to close.
  }

  abandon(): boolean {
    return false
  }

  takeOver(): { readonly socket: Duplex; readonly head: Uint8Array } {
    checkMayTakeOver(this.#state)
    if (this.head.upgrade === undefined)
      throw new AppError('Cannot take the connection over: it is one of HTTP/2 and has other requests')
    this.status = 200
    this.#enter('upgrade')
    const socket = new UpgradedStream(this.#stream, this.peer)
    this.#webSocket = socket
    const { clock, isDraining } = this.#session.context
    if (isDraining) this.#leaveBy = clock.after(HANDSHAKE_PAUSE_MS)
    this.#settle()
    return { socket, head: new Uint8Array(0) }
  }

  retireWorker(): void {
    this.#session.context.onRetire?.()
  }

  // --- called by the session

  /** Cuts the stream; for the application its connection is closed. */
  cut(): void {
    this.#output.reset(CANCEL)
  }

  /** This worker leaves: an event stream has no end of its own, its client comes again by itself. */
  serverLeaves(): void {
    this.#leaveWebSocket()
    if (this.#state === 'body' && /^text\/event-stream\b/i.test(this.responseField('content-type') ?? ''))
      this.#abort?.abort(new Error('The server leaves'))
  }

  #leaveWebSocket(): void {
    const isTold = this.#webSocket === undefined || sayGoingAway(this.#webSocket, () => this.#stream.headersSent)
    this.#leaveBy = isTold ? Infinity : this.#session.context.clock.after(HANDSHAKE_PAUSE_MS)
  }

  /** The stream is closed. */
  lost(): void {
    const wasComplete = this.#state === 'done'
    this.#body?.fail(new ClientDisconnected())
    if (!wasComplete) this.#abort?.abort(new ClientDisconnected())
    if (!wasComplete || this.isReading !== undefined) {
      this.isGone = true
      this.onGone?.()
    }
    this.#settle()
    this.peer.connection.onClosed?.()
  }

  /** How many pieces of the body wait for the application. A private member of Node: where it is missing nobody counts. */
  get unreadPieces(): number {
    const { _readableState } = this.#stream as { _readableState?: { buffer?: { length?: number } } }
    return _readableState?.buffer?.length ?? 0
  }

  /** Looks at its times. */
  tick(clock: DeadlineTimer): void {
    const body = this.#body
    if (body !== undefined && body.deadline <= clock.time) {
      const fault = new RequestError('timeout')
      this.#countFault(fault)
      body.fail(fault)
    }
    if (this.#state === 'pending' && this.#answerBy <= clock.time) this.#timeOut()
    if (this.#leaveBy <= clock.time) this.#leaveWebSocket()
    if (this.#state === 'done' && this.isReading !== undefined) this.#watchReader(clock)
    this.#output.tick(clock, this.#session.context.settings.writeTimeoutMs)
  }

  /** The application is too slow: the client is answered in its place, and what it answers later goes nowhere. */
  #timeOut(): void {
    const { log } = this.#session.context
    log.warn(`No answer within the request timeout: ${this.head.method} ${this.head.target.slice(0, 256)}`)
    this.#answerBy = Infinity
    this.status = LATE.status
    this.bodyBytes = sendOwnAnswer(this.#output, LATE, this.#session.context.settings.serverHeader)
    this.#output.detach()
    this.isComplete = true
    this.isGone = true
    this.#settle()
    this.#abort?.abort(new ClientDisconnected('The request took too long'))
    this.onGone?.()
  }

  /** The client has its answer, and the application reads the rest of the body: as long as it asks for more. */
  #watchReader(clock: DeadlineTimer): void {
    if (this.#body?.isAwaited === true) this.#readOnBy = Infinity
    else if (this.#readOnBy === Infinity)
      this.#readOnBy = clock.after(this.#session.context.settings.keepaliveTimeoutMs)
    else if (this.#readOnBy <= clock.time) this.cut()
  }

  #countFault({ code }: RequestError): void {
    const { method, target } = this.head
    this.#session.context.refusals.count(code, `the body of ${method} ${target.slice(0, 256)}`)
  }

  #beginHead(status: number, headers: HeaderList): OutgoingHttpHeaders {
    this.#enter('begin')
    // A late answer changes nothing in the books.
    if (!this.#isSettled) this.status = status
    this.#fields = headers
    return this.#headers(status, headers)
  }

  #headers(status: number, fields: HeaderList): OutgoingHttpHeaders {
    // RFC 8441 4: a success would say that the WebSocket is open.
    const told = this.head.upgrade !== undefined && status < 300 ? 501 : status
    const headers = responseHeaders(told, fields, this.#session.context.settings.serverHeader)
    const own = this.ownFields
    for (let i = 0; i < own.length; i += 2) headers[own[i]!.toLowerCase()] ??= own[i + 1]
    return headers
  }

  #writeTooMuch(chunk: string | Uint8Array): undefined {
    const allowed = (typeof chunk === 'string' ? Buffer.from(chunk) : chunk).subarray(0, this.#bytesLeft)
    if (allowed.byteLength > 0) void this.#send(allowed, allowed.byteLength)
    this.#report(tooLong())
    this.#output.end()
    this.#finish(false)
  }

  #report(error: AppError): void {
    this.#session.context.log.error(`The application failed on ${this.head.method} ${this.head.target}`, error)
  }

  #reset(code: number): void {
    this.#enter('cut')
    this.#output.reset(code)
    this.#settle()
  }

  #finish(isComplete: boolean): void {
    this.#enter('finish')
    if (!this.#isSettled) this.isComplete = isComplete && !this.isGone
    this.#settle()
    if (this.isReading === undefined) this.#dropBody()
  }

  /** The only place where the state changes. */
  #enter(event: ExchangeEvent): void {
    const from = this.#state
    this.#state = nextExchangeState(from, event)
    trace?.('%s %s: %s, %s -> %s', this.head.method, this.head.target, from, event, this.#state)
  }

  #dropBody(): void {
    if (this.#body?.isRead === true || !this.hasBody) return
    if (this.#body?.isAwaited === true)
      this.#body.fail(new ClientDisconnected('Cannot read the body: the request is answered'))
    this.#output.stopBody()
  }

  #settle(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#session.settled(this)
  }
}

/** RFC 9110 15.3.6: nor has 205, which node:http2 ends with its head. */
function hasContent(status: number): boolean {
  return !isBodyless(status) && status !== 205
}
