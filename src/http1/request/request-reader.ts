// The reading half of a connection: bytes go in, events come out, without callbacks.
//
//   head: request -> body or done     body: data -> body, end -> done     done: startNext -> head
//   eof in head -> closed, or cut when a head has begun; eof in body -> cut; a fault ends everything

import { type FaultCode, RequestError } from '../faults.ts'
import type { Limits } from '../limits.ts'
import { ChunkedBody } from './chunked-body.ts'
import { CLOSED, CUT, type Data, END, type End, type HttpEvent, NEED_DATA, PAUSED } from './events.ts'
import { latin1 } from './fast-head-parser.ts'
import { CHUNKED } from './framing.ts'
import { IncrementalHeadParser } from './incremental-head-parser.ts'
import { InputBuffer } from './input-buffer.ts'
import { interpretHead } from './interpret-head.ts'
import { PartialSection } from './partial-section.ts'
import type { RequestHead } from './request-head.ts'

/** What logs show of a request that was refused. */
const LINE_SHOWN = 256

type State = 'head' | 'fixed-body' | 'chunked-body' | 'trailers' | 'done' | 'ended'

export class RequestReader {
  readonly #limits: Limits
  readonly #fields: IncrementalHeadParser
  #state: State = 'head'
  readonly #input = new InputBuffer()
  /** The beginning of a head or trailer section that no single chunk holds. */
  readonly #partial = new PartialSection()
  #chunks: ChunkedBody | undefined
  /** Body bytes still to come by Content-Length. */
  #count = 0
  #isEof = false
  /** Where the head being read begins in the chunk. */
  #sectionAt = 0
  #refusedHead = false
  #refusedLine = ''
  #final: HttpEvent | undefined

  constructor(limits: Limits) {
    this.#limits = limits
    this.#fields = new IncrementalHeadParser(limits)
    this.#fields.startHead()
  }

  /** Stores bytes; nothing is looked at before `next`. The chunk must not be written to afterwards. */
  receive(chunk: Uint8Array): void {
    // What comes behind a fault is never a request.
    if (this.#state !== 'ended' && chunk.length > 0) this.#input.add(chunk)
  }

  /** As `receive`, for the first `length` bytes of a buffer that is good until `giveBack`. What leaves in an event or has to wait is copied. */
  borrow(buffer: Uint8Array, length: number): void {
    if (this.#state !== 'ended') this.#input.borrow(buffer, length)
  }

  /** The borrowed buffer is about to be written to. */
  giveBack(): void {
    this.#input.giveBack()
  }

  /** The client will send nothing more. */
  receiveEof(): void {
    this.#isEof = true
  }

  /** Whether the client has closed its sending side. */
  get isEof(): boolean {
    return this.#isEof
  }

  /** Bytes that were received and not read yet. */
  get unreadBytes(): number {
    return this.#input.length
  }

  /** Whether a request head has begun but is not complete: the head deadline counts. */
  get isInHead(): boolean {
    return this.#state === 'head' && this.#fields.hasBegun
  }

  /** Whether the head that was refused, or has come so far, asks with HEAD: its answer has no body. */
  get asksHead(): boolean {
    return this.#state === 'ended' ? this.#refusedHead : this.#spellsHead()
  }

  /** The request line of the head that was refused, or has come so far: what is known of it, at most LINE_SHOWN characters. */
  get shownLine(): string {
    return this.#state === 'ended' ? this.#refusedLine : this.#lineSoFar()
  }

  /** Whether the request's body has not been read to its end. */
  get isInBody(): boolean {
    return this.#state === 'fixed-body' || this.#state === 'chunked-body' || this.#state === 'trailers'
  }

  /** The next event. After `fault`, `closed` or `cut` it is always the same one. */
  next(): HttpEvent {
    const input = this.#input
    for (;;) {
      switch (this.#state) {
        case 'done':
          return PAUSED
        case 'ended':
          return this.#final!
        case 'chunked-body':
          if (this.#chunks!.fault === undefined) break
          return this.#refuse(this.#chunks!.fault)
        case 'fixed-body':
          if (this.#count > 0) break
          this.#state = 'done'
          return END
      }
      if (input.at === input.end && !input.turn()) {
        if (!this.#isEof) return NEED_DATA
        return this.#end(this.#state === 'head' && !this.#fields.hasBegun ? CLOSED : CUT)
      }
      const event = this.#step()
      if (event !== undefined) return event
    }
  }

  /** The answer to the last request is complete: the next one may be read. Only after its end has been read. */
  startNext(): void {
    if (this.#state !== 'done')
      throw new Error(`Cannot start the next request: the reader is in state "${this.#state}"`)
    this.#state = 'head'
    this.#fields.startHead()
  }

  /** Takes what has not been read: the bytes behind an upgrade request. */
  takeRest(): Uint8Array {
    const rest = this.#input.takeAll()
    this.#end(CLOSED)
    return rest
  }

  #step(): HttpEvent | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'fixed-body':
        return this.#readFixed()
      case 'chunked-body':
        return this.#readChunked()
      default:
        return this.#readTrailers()
    }
  }

  #readHead(): HttpEvent | undefined {
    const text = this.#readSection()
    if (text === undefined) return undefined
    if (typeof text !== 'string') return text
    const scan = this.#fields.head
    const head = interpretHead(scan, text, scan.take(text), this.#limits.bodyBytes)
    if (typeof head === 'string') return this.#refuse(head, scan.method, text)
    this.#startBody(head)
    return head
  }

  #startBody(head: RequestHead): void {
    if (head.bodyLength === 0) {
      this.#state = 'done'
    } else if (head.bodyLength === CHUNKED) {
      this.#state = 'chunked-body'
      this.#chunks = new ChunkedBody(this.#input, this.#limits.bodyBytes || Infinity)
    } else {
      this.#state = 'fixed-body'
      this.#count = head.bodyLength
    }
  }

  #readFixed(): Data {
    const event: Data = { type: 'data', chunk: this.#input.take(this.#count) }
    this.#count -= event.chunk.length
    return event
  }

  #readChunked(): HttpEvent | undefined {
    const body = this.#chunks!
    const chunk = body.read()
    if (body.isLast) {
      this.#chunks = undefined
      this.#state = 'trailers'
      this.#fields.startTrailers()
    }
    return chunk === undefined ? undefined : { type: 'data', chunk }
  }

  #readTrailers(): HttpEvent | undefined {
    const text = this.#readSection()
    if (text === undefined) return undefined
    if (typeof text !== 'string') return text
    this.#state = 'done'
    return this.#fields.offsets.length === 0 ? END : makeEnd(text, this.#fields.offsets)
  }

  /** A head or trailer section as text once it is complete, of a head at least the line; undefined when it needs more bytes; the fault event. */
  #readSection(): string | RequestError | undefined {
    if (this.#partial.length > 0) return this.#readPartial()
    const input = this.#input
    this.#sectionAt = input.at
    const length = this.#fields.read(input.bytes, input.at, input.end)
    if (length > 0) return this.#state === 'head' ? this.#takeHead(length) : input.takeText(length, false)
    if (length < 0) return this.#refuse(this.#fields.fault!)
    this.#keepRest()
    return undefined
  }

  /** Its text without fields that are known. */
  #takeHead(length: number): string {
    const { isRepeated, fieldsAt, hasBody } = this.#fields.head
    if (!isRepeated) return this.#input.takeText(length, !hasBody)
    const text = this.#input.takeText(fieldsAt, false)
    this.#input.at += length - fieldsAt
    return text
  }

  #readPartial(): string | RequestError | undefined {
    const { length: before } = this.#partial
    const start = this.#input.at
    this.#keepRest()
    const length = this.#fields.read(this.#partial.bytes, 0, this.#partial.length)
    if (length < 0) return this.#refuse(this.#fields.fault!)
    if (length === 0) return undefined
    this.#input.at = start + (length - before)
    const text = latin1(this.#partial.bytes, 0, length)
    this.#partial.clear()
    return text
  }

  #keepRest(): void {
    const input = this.#input
    this.#partial.add(input.bytes.subarray(input.at, input.end))
    input.at = input.end
  }

  #refuse(code: FaultCode, method?: string, text?: string): RequestError {
    const fault = new RequestError(code)
    this.#refusedHead = method === undefined ? this.#state === 'head' && this.#spellsHead() : method === 'HEAD'
    if (text !== undefined) this.#refusedLine = firstLine(text)
    else if (this.#state === 'head') this.#refusedLine = this.#lineSoFar()
    this.#end(fault)
    return fault
  }

  #spellsHead(): boolean {
    const [bytes, base] = this.#partial.length > 0 ? [this.#partial.bytes, 0] : [this.#input.bytes, this.#sectionAt]
    const { methodStart, methodEnd } = this.#fields
    return latin1(bytes, base + methodStart, base + methodEnd) === 'HEAD'
  }

  #lineSoFar(): string {
    const isPartial = this.#partial.length > 0
    const bytes = isPartial ? this.#partial.bytes : this.#input.bytes
    const start = (isPartial ? 0 : this.#sectionAt) + this.#fields.methodStart
    const end = isPartial ? this.#partial.length : this.#input.end
    return start < end ? firstLine(latin1(bytes, start, Math.min(end, start + LINE_SHOWN))) : ''
  }

  #end(event: HttpEvent): HttpEvent {
    this.#state = 'ended'
    this.#final = event
    this.#input.drop()
    this.#partial.clear()
    return event
  }
}

/** Empty lines may stand before it (RFC 9112 2.2). */
function firstLine(text: string): string {
  let start = 0
  while (text[start] === '\r' || text[start] === '\n') start++
  const shown = text.slice(start, start + LINE_SHOWN)
  const end = shown.search(/[\r\n]/)
  return end < 0 ? shown : shown.slice(0, end)
}

function makeEnd(text: string, offsets: readonly number[]): End {
  const trailers: string[] = []
  for (let at = 0; at < offsets.length; at += 4) {
    trailers.push(text.slice(offsets[at], offsets[at + 1]), text.slice(offsets[at + 2], offsets[at + 3]))
  }
  return { type: 'end', trailers }
}
