// The reading half of a connection: bytes go in, events come out, nobody is called back.
//
//   head: request -> body or done     body: data -> body, end -> done     done: startNext -> head
//   eof in head -> closed, or cut when a head has begun; eof in body -> cut; a fault ends everything

import { ChunkedReader } from './chunked-reader.ts'
import { CLOSED, CUT, type Data, END, type End, type HttpEvent, NEED_DATA, PAUSED } from './events.ts'
import { ClientFault, type FaultCode } from './faults.ts'
import { FieldReader } from './field-reader.ts'
import { CHUNKED } from './framing.ts'
import type { RequestHead } from './head.ts'
import { latin1 } from './head-scan.ts'
import type { Limits } from './limits.ts'
import { understandHead } from './request.ts'
import { Stash } from './stash.ts'

type State = 'head' | 'fixed-body' | 'chunked-body' | 'trailers' | 'done' | 'ended'

const NOTHING = new Uint8Array(0)
/** As many bytes of pipelined requests become text in one call, which costs as much as to read a short head. */
const PIPELINED_BYTES = 4096

export class RequestReader {
  readonly #limits: Limits
  readonly #fields: FieldReader
  #state: State = 'head'
  /** The chunk being read, and what waits behind it. */
  #bytes: Uint8Array = NOTHING
  #at = 0
  /** Text of the chunk from `#textAt` on, when more than one request was in it. */
  #text = ''
  #textAt = 0
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  /** The beginning of a head or trailer section that no single chunk holds. */
  readonly #stash = new Stash()
  #chunks: ChunkedReader | undefined
  /** Body bytes still to come by Content-Length; bytes taken so far when chunked. */
  #count = 0
  #isEof = false
  /** Where the head being read begins in the chunk. */
  #sectionAt = 0
  #refusedHead = false
  #final: HttpEvent | undefined

  constructor(limits: Limits) {
    this.#limits = limits
    this.#fields = new FieldReader(limits)
    this.#fields.startHead()
  }

  /** Stores bytes; nothing is looked at before `next`. The chunk must not be written to afterwards. */
  receive(chunk: Uint8Array): void {
    // What comes behind a fault is never a request.
    if (this.#state === 'ended' || chunk.length === 0) return
    // While the last request waits for its answer, chunks may wait behind one that has been read to its end.
    if (this.#at === this.#bytes.length && this.#waiting.length === 0) {
      this.#bytes = chunk
      this.#text = ''
      this.#at = 0
    } else {
      this.#waiting.push(chunk)
      this.#waitingBytes += chunk.length
    }
  }

  /** The client will send nothing more. */
  receiveEof(): void {
    this.#isEof = true
  }

  /** Bytes that were received and not read yet. */
  get unreadBytes(): number {
    return this.#bytes.length - this.#at + this.#waitingBytes
  }

  /** Whether a request head has begun but is not complete: the head deadline counts. */
  get isInHead(): boolean {
    return this.#state === 'head' && this.#fields.hasBegun
  }

  /** Whether the head that was refused, or has come so far, asks with HEAD: its answer has no body. */
  get asksHead(): boolean {
    return this.#state === 'ended' ? this.#refusedHead : this.#spellsHead()
  }

  /** Whether the request's body has not been read to its end. */
  get isInBody(): boolean {
    return this.#state === 'fixed-body' || this.#state === 'chunked-body' || this.#state === 'trailers'
  }

  /** The next event. After `fault`, `closed` or `cut` it is the same one for ever. */
  next(): HttpEvent {
    for (;;) {
      switch (this.#state) {
        case 'done':
          return PAUSED
        case 'ended':
          return this.#final!
        case 'fixed-body':
          if (this.#count > 0) break
          this.#state = 'done'
          return END
      }
      if (this.#at === this.#bytes.length && !this.#takeWaiting()) {
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
    const rest = [this.#bytes.subarray(this.#at), ...this.#waiting]
    this.#dropBytes()
    this.#end(CLOSED)
    return rest.length === 1 ? rest[0]! : Buffer.concat(rest)
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
    const head = understandHead(this.#fields.head, text, this.#limits.bodyBytes)
    if (typeof head === 'string') return this.#refuse(head, this.#fields.head.method)
    this.#startBody(head)
    return head
  }

  #startBody(head: RequestHead): void {
    if (head.bodyLength === 0) {
      this.#state = 'done'
    } else if (head.bodyLength === CHUNKED) {
      this.#state = 'chunked-body'
      this.#chunks = new ChunkedReader()
      this.#count = 0
    } else {
      this.#state = 'fixed-body'
      this.#count = head.bodyLength
    }
  }

  #readFixed(): Data {
    const event = this.#takeData(this.#count)
    this.#count -= event.chunk.length
    return event
  }

  #readChunked(): HttpEvent | undefined {
    const chunks = this.#chunks!
    if (chunks.isInData) {
      const event = this.#takeData(chunks.remaining)
      chunks.take(event.chunk.length)
      this.#count += event.chunk.length
      return event
    }
    const found = chunks.readLines(this.#bytes, this.#at, this.#bytes.length)
    if (found === 'fault') return this.#refuse(chunks.fault!)
    this.#at = chunks.at
    if (found === 'last') {
      this.#chunks = undefined
      this.#state = 'trailers'
      this.#fields.startTrailers()
    } else if (found === 'data' && this.#count + chunks.remaining > this.#limits.bodyBytes) {
      // Only a size line that is complete is judged: half of its digits would say 413 where all of them say 400.
      return this.#refuse('body-too-large')
    }
    return undefined
  }

  #readTrailers(): HttpEvent | undefined {
    const text = this.#readSection()
    if (text === undefined) return undefined
    if (typeof text !== 'string') return text
    this.#state = 'done'
    return this.#fields.offsets.length === 0 ? END : makeEnd(text, this.#fields.offsets)
  }

  /** A head or trailer section as text once it is complete; undefined when it needs more bytes; the fault event. */
  #readSection(): string | ClientFault | undefined {
    if (this.#stash.length > 0) return this.#readStashed()
    this.#sectionAt = this.#at
    const length = this.#fields.read(this.#bytes, this.#at, this.#bytes.length)
    if (length > 0) {
      const text = this.#textOf(length)
      this.#at += length
      return text
    }
    if (length < 0) return this.#refuse(this.#fields.fault!)
    this.#stash.add(this.#bytes.subarray(this.#at))
    this.#at = this.#bytes.length
    return undefined
  }

  /** The next `length` bytes as text. */
  #textOf(length: number): string {
    const at = this.#at
    if (this.#text !== '') {
      const from = at - this.#textAt
      if (from + length <= this.#text.length) return this.#text.slice(from, from + length)
    }
    const more = Math.min(this.#bytes.length - at, PIPELINED_BYTES)
    if (more <= length || this.#state !== 'head' || this.#fields.head.hasBody) {
      return latin1(this.#bytes, at, at + length)
    }
    this.#text = latin1(this.#bytes, at, at + more)
    this.#textAt = at
    return this.#text.slice(0, length)
  }

  #readStashed(): string | ClientFault | undefined {
    const before = this.#stash.length
    this.#stash.add(this.#bytes.subarray(this.#at))
    const length = this.#fields.read(this.#stash.bytes, 0, this.#stash.length)
    if (length < 0) return this.#refuse(this.#fields.fault!)
    this.#at = length === 0 ? this.#bytes.length : this.#at + (length - before)
    if (length === 0) return undefined
    const text = latin1(this.#stash.bytes, 0, length)
    this.#stash.clear()
    return text
  }

  #takeData(most: number): Data {
    const end = Math.min(this.#bytes.length, this.#at + most)
    const chunk = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return { type: 'data', chunk }
  }

  #takeWaiting(): boolean {
    // The chunk is let go at once: an idle connection keeps no buffer.
    this.#bytes = this.#waiting.shift() ?? NOTHING
    this.#text = ''
    this.#waitingBytes = this.#waiting.length === 0 ? 0 : this.#waitingBytes - this.#bytes.length
    this.#at = 0
    return this.#bytes.length > 0
  }

  #refuse(code: FaultCode, method?: string): ClientFault {
    const fault = new ClientFault(code)
    this.#refusedHead = method === undefined ? this.#state === 'head' && this.#spellsHead() : method === 'HEAD'
    this.#end(fault)
    return fault
  }

  #spellsHead(): boolean {
    const [bytes, base] = this.#stash.length > 0 ? [this.#stash.bytes, 0] : [this.#bytes, this.#sectionAt]
    const { methodStart, methodEnd } = this.#fields
    return latin1(bytes, base + methodStart, base + methodEnd) === 'HEAD'
  }

  #end(event: HttpEvent): HttpEvent {
    this.#state = 'ended'
    this.#final = event
    this.#dropBytes()
    return event
  }

  #dropBytes(): void {
    this.#bytes = NOTHING
    this.#text = ''
    this.#at = 0
    this.#waiting.length = 0
    this.#waitingBytes = 0
    this.#stash.clear()
  }
}

function makeEnd(text: string, offsets: readonly number[]): End {
  const trailers: string[] = []
  for (let at = 0; at < offsets.length; at += 4) {
    trailers.push(text.slice(offsets[at], offsets[at + 1]), text.slice(offsets[at + 2], offsets[at + 3]))
  }
  return { type: 'end', trailers }
}
