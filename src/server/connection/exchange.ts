// One request and its response, as the adapters see it; see app/handler.ts for the contract, exchange-state.ts for the states.
// long because its halves, the request with its client and the response on the wire, must be one object: as a part or a base class of its
// own the response costs 5 % of the JavaScript of a request.

import type { Duplex } from 'node:stream'
import { AppError, ClientDisconnected } from '../../app/errors.ts'
import type { Exchange, HeaderList, Peer, SettledRequest } from '../../app/handler.ts'
import { RequestError } from '../../http1/faults.ts'
import { isFieldValue } from '../../http1/grammar.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'
import {
  chooseFraming,
  connectionLine,
  encodeInterim,
  encodeLastChunk,
  type Framing,
  framingLine,
  headLines,
  headOfLength,
} from '../../http1/response/encode.ts'
import type { ResponseFields } from '../../http1/response/response-fields.ts'
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
import { ownFields, withOwnFields } from '../own-fields.ts'
import type { AnsweredRequest } from './answered-request.ts'
import { DetachedConnection } from './detached-connection.ts'
import type { ExchangeConnection } from './exchange-connection.ts'
import { type ExchangeEvent, type ExchangeState, nextExchangeState } from './exchange-state.ts'
import { mayPersistAfter } from './persistence.ts'

const trace = traceOf('connection')

const NO_FIELDS: readonly string[] = []

export class ServerExchange implements Exchange, AnsweredRequest {
  readonly head: RequestHead
  readonly peer: Peer
  #connection: ExchangeConnection<ServerExchange>
  #state: ExchangeState = 'pending'
  status = 0
  bodyBytes = 0
  isComplete = false
  isGone = false
  /** Whether the connection may persist, as far as is known now; `closeAfter` is the only one that says no. */
  isPersistent: boolean
  /** Whether the client still waits for `100 Continue`, so its body may never come. */
  expectsContinue: boolean
  #framing: Framing = 'none'
  /** What Content-Length still promises; -1 without one. */
  #bytesLeft = -1
  #fields: HeaderList = NO_FIELDS
  /** The head of an answer whose bytes are the application's own. */
  #rawHead = ''
  startedAt = 0
  startedTicks = 0
  trailers: HeaderList = NO_FIELDS
  onGone: (() => void) | undefined
  onSettled: ((request: SettledRequest) => void) | undefined
  isReading: (() => boolean) | undefined
  /** Whether all of the body has been given to the application. */
  isBodyRead = false
  #abort: AbortController | undefined

  constructor(connection: ExchangeConnection<ServerExchange>, head: RequestHead, peer: Peer, isPersistent: boolean) {
    this.#connection = connection
    this.head = head
    this.peer = peer
    this.isPersistent = isPersistent
    this.expectsContinue = head.expectsContinue
  }

  get state(): ExchangeState {
    return this.#state
  }

  /** The only place where the state changes. */
  #enter(event: ExchangeEvent): void {
    const from = this.#state
    this.#state = nextExchangeState(from, event)
    trace?.('%s %s: %s, %s -> %s', this.head.method, this.head.target, from, event, this.#state)
  }

  get hasBody(): boolean {
    return this.head.bodyLength !== 0
  }

  get contentLength(): number | undefined {
    return this.head.bodyLength >= 0 ? this.head.bodyLength : undefined
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.isGone || (this.#connection.input.isEof && this.#state !== 'done'))
        this.#abort.abort(new ClientDisconnected())
    }
    return this.#abort.signal
  }

  get durationMs(): number {
    return performance.now() - this.startedTicks
  }

  // --- the request's body

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.expectsContinue) {
      this.expectsContinue = false
      // RFC 9110 10.1.1: only before the final answer, and pointless once the body is coming.
      if (this.#state === 'pending' && this.#connection.input.unreadBytes === 0)
        this.#connection.output.text(encodeInterim(100, ''))
    }
    return this.#connection.readBody(this)
  }

  releaseBody(): void {
    this.isReading = undefined
    if (this.#state === 'done') this.#connection.answered(this)
  }

  /** Whether the answer is complete, and the application still reads the body. */
  get readsOn(): boolean {
    return this.#state === 'done' && this.isReading?.() === true
  }

  /** The client has its answer, and the application is too slow to read on. */
  stopReading(): void {
    this.closeAfter()
    this.lost()
    this.releaseBody()
  }

  // --- besides the response

  inform(status: number, headers: HeaderList): void {
    const fields = interimFields(this.#state, status, headers)
    if (status === 100) this.expectsContinue = false
    // RFC 9110 15.2: an HTTP/1.0 client does not know them.
    if (this.head.minorVersion === 1) this.#connection.output.text(encodeInterim(status, fields.lines))
  }

  fail(error: unknown): void {
    if (this.#state === 'done') return
    if (this.#state === 'body' || this.isGone) {
      this.#cut()
    } else {
      // What is left of a body cannot be told from a next request.
      if (error instanceof RequestError || error instanceof ClientDisconnected) this.closeAfter()
      this.#say(failureAnswer(error))
    }
  }

  #say({ status, headers, body }: OwnAnswer): void {
    this.answer(status, headers, body)
  }

  /** Too many requests are in work: this one never reaches the application. */
  shed(): void {
    this.#connection.context.shed++
    this.#say(BUSY)
  }

  /**
   * The response has not begun in time: another exchange of the same request answers in its place, with 504. This one is told that
   * nobody waits any more, and what it answers later goes nowhere.
   */
  timeOut(take: (substitute: ServerExchange) => void): void {
    const { method, target } = this.head
    this.#connection.context.log.warn(`No answer within the request timeout: ${method} ${target.slice(0, 256)}`)
    const substitute = new ServerExchange(this.#connection, this.head, this.peer, false)
    substitute.startedAt = this.startedAt
    substitute.startedTicks = this.startedTicks
    substitute.onSettled = this.onSettled
    this.#connection = new DetachedConnection(this.#connection)
    this.isGone = true
    take(substitute)
    substitute.#say(LATE)
    this.#abort?.abort(new ClientDisconnected('The request took too long'))
    this.onGone?.()
  }

  // --- the connection

  get mayPersist(): boolean {
    return this.isPersistent && !this.#connection.context.isDraining
  }

  abandon(): boolean {
    return this.#state !== 'done' && this.#connection.abandon(this)
  }

  retireWorker(): void {
    this.#connection.context.onRetire?.()
  }

  // --- called by the connection

  /** This worker leaves: an event stream has no end of its own, its client comes again by itself. */
  serverLeaves(): void {
    if (this.#state === 'body' && /^text\/event-stream\b/i.test(this.responseField('content-type') ?? ''))
      this.#abort?.abort(new Error('The server leaves'))
  }

  /** The client has closed its sending side. */
  clientEnded(): void {
    if (this.#state !== 'done') this.#abort?.abort(new ClientDisconnected())
  }

  /** The connection is lost. */
  lost(): void {
    this.isGone = true
    if (this.#state !== 'done') this.#abort?.abort(new ClientDisconnected())
    else if (this.isReading === undefined) return
    this.onGone?.()
  }

  // --- the response

  get ownFields(): HeaderList {
    const { addsFields, settings } = this.#connection.context
    return addsFields ? ownFields(this.head, this.peer, settings) : NO_FIELDS
  }

  responseField(name: string): string | undefined {
    return joinedField(this.responseFields, name)
  }

  get responseFields(): HeaderList {
    return this.#rawHead === '' ? this.#fields : fieldsOfText(this.#rawHead)
  }

  answer(status: number, headers: HeaderList, body: string | Uint8Array, reason = ''): void {
    const fields = finalFields(this.#state, status, headers)
    const isText = typeof body === 'string'
    const length = isText ? Buffer.byteLength(body) : body.byteLength
    const isHead = this.head.method === 'HEAD'
    const hasBody = !isHead && !isBodyless(status)
    if (hasBody) checkLength(fields.contentLength, length)
    const toldLength = hasBody || (isHead && length > 0) ? length : fields.contentLength
    const head = this.#beginHead(status, headers, fields, hasBody ? 'length' : 'none', toldLength, reason)
    this.bodyBytes = hasBody ? length : 0
    if (!hasBody || length === 0) {
      this.#connection.output.text(head)
    } else if (isText && length === body.length) {
      // As many bytes as characters: ASCII, so head and body are one string and one write.
      this.#connection.output.text(head + body)
    } else {
      this.#connection.output.text(head)
      this.#connection.output.bytes(isText ? Buffer.from(body) : body)
    }
    this.#finish(true)
  }

  begin(status: number, headers: HeaderList, reason = ''): void {
    const fields = finalFields(this.#state, status, headers)
    const framing = chooseFraming(status, fields, this.head)
    if (framing === 'close') this.closeAfter()
    this.#bytesLeft = framing === 'length' ? fields.contentLength : -1
    this.#connection.output.text(this.#beginHead(status, headers, fields, framing, fields.contentLength, reason))
  }

  write(chunk: string | Uint8Array): Promise<void> | undefined {
    checkInBody(this.#state, 'write to')
    const isText = typeof chunk === 'string'
    const length = isText ? Buffer.byteLength(chunk) : chunk.byteLength
    // An empty chunk would be the last chunk.
    if (length === 0 || this.#framing === 'none') return undefined
    if (this.#bytesLeft >= 0) {
      if (length > this.#bytesLeft) return this.#writeTooMuch(chunk)
      this.#bytesLeft -= length
    }
    this.bodyBytes += length
    const isAscii = isText && length === chunk.length
    if (this.#framing !== 'chunked') {
      if (isAscii) this.#connection.output.text(chunk)
      else this.#connection.output.bytes(isText ? Buffer.from(chunk) : chunk)
    } else if (isAscii) {
      this.#connection.output.text(`${length.toString(16)}\r\n${chunk}\r\n`)
    } else {
      this.#connection.output.text(`${length.toString(16)}\r\n`)
      this.#connection.output.bytes(isText ? Buffer.from(chunk) : chunk, '\r\n')
    }
    return this.#connection.output.whenWritable()
  }

  whenWritable(): Promise<void> | undefined {
    return this.#connection.output.whenWritable()
  }

  get queuedBytes(): number {
    return this.#connection.output.queuedBytes
  }

  get isFlushed(): boolean {
    return this.#connection.output.isFlushed
  }

  end(trailers: HeaderList = NO_FIELDS): void {
    checkInBody(this.#state, 'end')
    if (this.#bytesLeft > 0) {
      this.#report(tooShort(this.#bytesLeft))
      this.#cut()
      return
    }
    if (this.#framing === 'chunked') this.#connection.output.text(encodeLastChunk(trailerFields(trailers).lines))
    this.#finish(true)
  }

  // --- as bytes of the application's own

  beginRaw(status: number, head = ''): void {
    checkPending(this.#state)
    this.#enter('begin')
    this.status = status
    // How the bytes frame their body is not known here, so only a reset is sure to tell that they are cut.
    this.#framing = 'close'
    this.#rawHead = head
    this.bodyBytes = -head.length
  }

  writeRaw(data: string | Uint8Array, encoding: BufferEncoding = 'utf8'): Promise<void> | undefined {
    if (typeof data !== 'string') {
      this.#connection.output.hold(data)
      this.bodyBytes += data.byteLength
    } else {
      const isLatin1 =
        encoding === 'latin1' || encoding === 'binary' || Buffer.byteLength(data, encoding) === data.length
      if (!isLatin1) return this.writeRaw(Buffer.from(data, encoding))
      this.#connection.output.text(data)
      this.bodyBytes += data.length
    }
    return this.#connection.output.whenWritable()
  }

  sendRaw(): Promise<void> | undefined {
    return this.#connection.output.sendHeld()
  }

  endRaw(persist: boolean): void {
    if (!persist) this.closeAfter()
    this.#finish(true)
  }

  // --- its end

  closeAfter(): void {
    this.isPersistent = false
  }

  /** Whether the end of the connection would be taken for the end of the answer: then only a reset tells that it is cut. */
  get endsWithConnection(): boolean {
    return this.#framing === 'close' && !/^(?:transfer-encoding|content-length):/im.test(this.#rawHead)
  }

  takeOver(): { readonly socket: Duplex; readonly head: Uint8Array } {
    checkMayTakeOver(this.#state)
    this.status = 101
    const upgraded = this.#connection.takeOver()
    this.#enter('upgrade')
    return upgraded
  }

  /** The rest will not come: the client must see that. */
  #cut(): void {
    this.closeAfter()
    // Without a length or chunks, the end of the connection is the end of the body: only a reset tells that it is cut.
    this.#connection.cut(this.#framing === 'close' ? 'reset' : 'close')
    this.#conclude('cut', false)
  }

  #finish(isComplete: boolean): void {
    this.#conclude('finish', isComplete)
  }

  #conclude(event: ExchangeEvent, isComplete: boolean): void {
    this.#enter(event)
    this.isComplete = isComplete && !this.isGone
    this.#connection.answered(this)
  }

  /** Sends what the Content-Length allows; what is beyond it would be read as the next response. */
  #writeTooMuch(chunk: string | Uint8Array): undefined {
    const allowed = (typeof chunk === 'string' ? Buffer.from(chunk) : chunk).subarray(0, this.#bytesLeft)
    this.bodyBytes += allowed.byteLength
    if (allowed.byteLength > 0) this.#connection.output.bytes(allowed)
    this.#report(tooLong())
    this.closeAfter()
    this.#finish(false)
  }

  #report(error: AppError): void {
    this.#connection.context.log.error(`The application failed on ${this.head.method} ${this.head.target}`, error)
  }

  // --- its head

  #beginHead(
    status: number,
    headers: HeaderList,
    checked: ResponseFields,
    framing: Framing,
    length: number,
    reason: string,
  ): string {
    if (reason !== '' && !isFieldValue(reason))
      throw new AppError('Cannot send the response: the reason phrase has a control character')
    this.#enter('begin')
    this.status = status
    this.#fields = headers
    this.#framing = framing
    const { context, input } = this.#connection
    const fields = context.addsFields ? withOwnFields(checked, headers, this.ownFields) : checked
    if (fields.closes || !mayPersistAfter(this, input.isInBody, context)) this.closeAfter()
    const { dateLine, serverLine } = context
    if (framing === 'length' && reason === '' && this.isPersistent && this.head.minorVersion === 1)
      return headOfLength(status, fields, dateLine, serverLine, length)
    const lines =
      reason === ''
        ? headLines(status, fields, dateLine, serverLine)
        : `HTTP/1.1 ${status} ${reason}\r\n${fields.hasDate ? '' : dateLine}${fields.hasServer ? '' : serverLine}${fields.lines}`
    return `${lines}${framingLine(status, framing, length)}${connectionLine(this.head.minorVersion, this.isPersistent)}\r\n`
  }
}

/** The fields of a head as text, as a flat list. */
function fieldsOfText(head: string): string[] {
  const fields: string[] = []
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.push(line.slice(0, colon), line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1)))
  }
  return fields
}
