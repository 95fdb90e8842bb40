// An exchange whose answer goes through a filter: what the application answers may become another answer (X-Sendfile), or the same in another
// coding. What the filter does not take is the application's as it was. The file is long because the contract is: each method is one
// call of it.
import type { Duplex } from 'node:stream'
import { AppError } from '../app/errors.ts'
import type { Exchange, HeaderList, Peer } from '../app/handler.ts'
import { isChunked, Unchunker } from '../app/unchunked.ts'
import type { RequestHead } from '../http1/request/request-head.ts'
import { checkInBody, checkPending } from './answer-rules.ts'

/** The answer of an application, whose head is complete. */
export interface AppAnswer {
  readonly status: number
  readonly headers: HeaderList
  readonly reason: string
  /** Bytes of the body where all of it is there; undefined for one that comes in pieces. */
  readonly length: number | undefined
}

/** Where the body goes. */
export interface FilteredBody {
  /** The bytes are the filter's own. A promise while there is no room for more. */
  write(bytes: Uint8Array): Promise<void> | undefined
  whenWritable(): Promise<void> | undefined
  end(trailers: HeaderList): void
  /** The application cannot complete it. */
  fail(error: unknown): void
  /** The client has gone. */
  gone(): void
}

/** Answers on `exchange`, now or later, and gives where the body goes; undefined: the answer goes on as it is. Throws an AppError as `begin` does. */
export type AnswerFilter = (exchange: Exchange, answer: AppAnswer) => FilteredBody | undefined

const NO_TRAILERS: HeaderList = []

export class FilteredExchange implements Exchange {
  readonly #inner: Exchange
  readonly #filter: AnswerFilter
  #body: FilteredBody | undefined
  /** That of the application's answer, once a filter has taken it: the answer itself may take longer. */
  #state: 'body' | 'done' = 'body'
  #onGone: (() => void) | undefined
  /** Bytes of an answer's own head that are still to come. */
  #headBytes = 0
  #unchunker: Unchunker | undefined

  constructor(inner: Exchange, filter: AnswerFilter) {
    this.#inner = inner
    this.#filter = filter
  }

  get head(): RequestHead {
    return this.#inner.head
  }

  get peer(): Peer {
    return this.#inner.peer
  }

  get state(): Exchange['state'] {
    return this.#body === undefined ? this.#inner.state : this.#state
  }

  get ownFields(): HeaderList {
    return this.#inner.ownFields
  }

  get hasBody(): boolean {
    return this.#inner.hasBody
  }

  get contentLength(): number | undefined {
    return this.#inner.contentLength
  }

  get isGone(): boolean {
    return this.#inner.isGone
  }

  get signal(): AbortSignal {
    return this.#inner.signal
  }

  get trailers(): HeaderList {
    return this.#inner.trailers
  }

  get onGone(): (() => void) | undefined {
    return this.#onGone
  }

  set onGone(listener: (() => void) | undefined) {
    this.#onGone = listener
    if (this.#body === undefined) this.#inner.onGone = listener
  }

  get onSettled(): Exchange['onSettled'] {
    return this.#inner.onSettled
  }

  set onSettled(listener: Exchange['onSettled']) {
    this.#inner.onSettled = listener
  }

  get status(): number {
    return this.#inner.status
  }

  get isReading(): (() => boolean) | undefined {
    return this.#inner.isReading
  }

  set isReading(asked: (() => boolean) | undefined) {
    this.#inner.isReading = asked
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    return this.#inner.read()
  }

  releaseBody(): void {
    this.#inner.releaseBody()
  }

  // --- the answer

  answer(status: number, headers: HeaderList, body: string | Uint8Array, reason = ''): void {
    checkPending(this.state)
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    if (!this.#isTaken({ status, headers, reason, length })) this.#inner.answer(status, headers, body, reason)
    else {
      if (length > 0) void this.write(body)
      this.end()
    }
  }

  begin(status: number, headers: HeaderList, reason = ''): void {
    checkPending(this.state)
    if (!this.#isTaken({ status, headers, reason, length: undefined })) this.#inner.begin(status, headers, reason)
  }

  #isTaken(answer: AppAnswer): boolean {
    const body = this.#filter(this.#inner, answer)
    if (body === undefined) return false
    this.#body = body
    this.#inner.onGone = () => {
      body.gone()
      if (this.#state === 'body' || this.isReading !== undefined) this.#onGone?.()
    }
    return true
  }

  write(chunk: string | Uint8Array): Promise<void> | undefined {
    if (this.#body === undefined) return this.#inner.write(chunk)
    checkInBody(this.#state, 'write to')
    // A copy: the application may use its memory again, and a filter takes its time.
    return chunk.length === 0 ? undefined : this.#body.write(Buffer.from(chunk as Uint8Array))
  }

  whenWritable(): Promise<void> | undefined {
    return this.#body === undefined ? this.#inner.whenWritable() : this.#body.whenWritable()
  }

  get queuedBytes(): number {
    return this.#inner.queuedBytes
  }

  get isFlushed(): boolean {
    return this.#body !== undefined || this.#inner.isFlushed
  }

  end(trailers: HeaderList = NO_TRAILERS): void {
    if (this.#body === undefined) {
      this.#inner.end(trailers)
      return
    }
    checkInBody(this.#state, 'end')
    this.#state = 'done'
    this.#body.end(trailers)
  }

  inform(status: number, headers: HeaderList): void {
    if (this.#body === undefined) this.#inner.inform(status, headers)
    else throw new AppError('Cannot send an interim response: the final one has begun')
  }

  fail(error: unknown): void {
    if (this.#body === undefined) {
      this.#inner.fail(error)
      return
    }
    if (this.#state === 'done') return
    this.#state = 'done'
    this.#body.fail(error)
  }

  // --- the answer as bytes of the application's own

  beginRaw(status: number, head = ''): void {
    checkPending(this.state)
    const headers = head === '' ? [] : fieldsOf(head)
    if (head === '' || !this.#isTaken({ status, headers, reason: '', length: undefined })) {
      this.#inner.beginRaw(status, head)
      return
    }
    this.#headBytes = head.length
    if (this.head.protocol !== 'HTTP/2.0' && isChunked(headers)) this.#unchunker = new Unchunker()
  }

  writeRaw(data: string | Uint8Array, encoding: BufferEncoding = 'utf8'): Promise<void> | undefined {
    if (this.#body === undefined) return this.#inner.writeRaw(data, encoding)
    // The head has one byte for each character.
    const isHead = Math.min(this.#headBytes, data.length)
    this.#headBytes -= isHead
    if (isHead === data.length || this.#state === 'done') return this.whenWritable()
    const bytes =
      typeof data === 'string' ? Buffer.from(data.slice(isHead), encoding) : Buffer.from(data.subarray(isHead))
    const content = this.#unchunker === undefined ? bytes : this.#unchunker.take(bytes)
    return content.length === 0 ? this.whenWritable() : this.#body.write(content)
  }

  sendRaw(): Promise<void> | undefined {
    if (this.#body === undefined) return this.#inner.sendRaw()
    // The filter has copies. While there is no room, what follows a write waits: 'drain' of a ServerResponse is part of it.
    return this.#state === 'body' ? this.#body.whenWritable() : undefined
  }

  endRaw(persist: boolean, trailers: HeaderList = NO_TRAILERS): void {
    if (this.#body === undefined) this.#inner.endRaw(persist, trailers)
    else if (this.#state === 'body') this.end(trailers)
  }

  // --- the connection

  get mayPersist(): boolean {
    return this.#inner.mayPersist
  }

  closeAfter(): void {
    this.#inner.closeAfter()
  }

  abandon(): boolean {
    return this.#inner.abandon()
  }

  takeOver(): { readonly socket: Duplex; readonly head: Uint8Array } {
    return this.#inner.takeOver()
  }

  retireWorker(): void {
    this.#inner.retireWorker()
  }
}

/** Said about one connection by Node's ServerResponse; the server says it itself. */
const OF_CONNECTIONS = new Set(['keep-alive', 'proxy-connection'])

/** The fields of a head as text, as a flat list. */
function fieldsOf(head: string): HeaderList {
  const fields: string[] = []
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon <= 0 || OF_CONNECTIONS.has(line.slice(0, colon).toLowerCase())) continue
    fields.push(line.slice(0, colon), line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1))
  }
  return fields
}
