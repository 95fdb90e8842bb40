// Judges a request head, or the trailer section of a chunked body, in one pass and from any cut: it stops where the bytes
// end and goes on there, so a head that comes byte by byte costs no more than one that comes whole. What a head without
// fault says is found by FastHeadParser, which is tried first.
//
// Positions are relative to the first byte of the section. A verdict depends only on the bytes, never on how they were cut:
// every limit is a position at which reading stops.

import type { FaultCode } from '../faults.ts'
import { CLASS, COLON, CR, LF, SP, TAB, TARGET, TOKEN, VALUE } from '../grammar.ts'
import { EMPTY_LINES, type Limits, TRAILER_BYTES } from '../limits.ts'
import { FastHeadParser } from './fast-head-parser.ts'

const START = 0
const START_LF = 1
const METHOD = 2
const TARGET_TEXT = 3
const VERSION = 4
const FIELD_START = 5
const NAME = 6
const OWS = 7
const VALUE_TEXT = 8
const FIELD_LF = 9
const END_LF = 10

const VERSION_LINE = 'HTTP/d.d\r\n'

export class IncrementalHeadParser {
  /** The parts of a head, once it is complete. */
  readonly head: FastHeadParser
  /** By field of the section: name start, name end, value start, value end. */
  readonly offsets: number[] = []
  /** As far as it has come, and is not complete. */
  methodStart = 0
  methodEnd = 0
  fault: FaultCode | undefined

  readonly #limits: Limits
  #isHead = true
  #phase = START
  #at = 0
  /** Where the present line may reach at most. */
  #lineStop = 0
  #sectionStop = 0
  #emptyLines = 0
  #targetEnd = 0
  #versionMajor = 0
  #nameStart = 0
  #nameEnd = 0
  #valueStart = 0
  #valueEnd = 0

  constructor(limits: Limits) {
    this.#limits = limits
    this.head = new FastHeadParser(limits)
  }

  /** Prepares for a request head. */
  startHead(): void {
    this.head.release()
    this.#begin(START, this.#limits.headBytes)
    this.#isHead = true
    this.#lineStop = this.#limits.requestLineBytes
    this.#emptyLines = 0
    this.methodStart = 0
    this.methodEnd = 0
  }

  /** Prepares for the trailer section behind the last chunk. */
  startTrailers(): void {
    this.#begin(FIELD_START, TRAILER_BYTES)
    this.#isHead = false
  }

  #begin(phase: number, sectionBytes: number): void {
    this.#phase = phase
    this.#at = 0
    this.#sectionStop = sectionBytes
    if (this.offsets.length > 0) this.offsets.length = 0
    this.fault = undefined
  }

  /** Whether a request line has begun; the empty lines before it are no request. */
  get hasBegun(): boolean {
    return this.#phase >= METHOD
  }

  /**
   * Reads on. `base` is where the section's first byte stands in `bytes`; everything up to `end` may be looked at.
   * Gives the section's length when it is complete, 0 when more bytes are needed, -1 when `fault` says what is wrong.
   */
  read(bytes: Uint8Array, base: number, end: number): number {
    if (this.#phase === START && this.#at === 0) {
      const length = this.head.read(bytes, base, end)
      if (length > 0) return length
    }
    const length = this.#readOn(bytes, base, end)
    // What the two did not agree on would be refused.
    if (length > 0 && this.#isHead && this.head.read(bytes, base, end) !== length)
      return this.#refuse('bad-request-line')
    return length
  }

  #readOn(bytes: Uint8Array, base: number, end: number): number {
    const limit = Math.min(end, base + this.#sectionStop)
    let at = base + this.#at
    let phase = this.#phase
    // The one byte loop of the server: locals instead of fields, and no call per byte. It is long because a call per
    // phase costs a quarter of the parser's speed.
    for (;;) {
      let stop = Math.min(limit, base + this.#lineStop)
      switch (phase) {
        case START:
          if (at >= stop) break
          if (bytes[at] !== CR) {
            this.methodStart = at - base
            this.#lineStop = this.methodStart + this.#limits.requestLineBytes
            phase = METHOD
            continue
          }
          at++
          phase = START_LF
          continue
        case START_LF:
          if (at >= stop) break
          // RFC 9112 2.2: empty lines before a request line are skipped, within reason.
          if (bytes[at] !== LF || ++this.#emptyLines > EMPTY_LINES) return this.#refuse('bad-line-end')
          at++
          phase = START
          continue
        case METHOD:
          while (at < stop && (CLASS[bytes[at]!]! & TOKEN) !== 0) at++
          if (at >= stop) break
          if (bytes[at] !== SP || at - base === this.methodStart) return this.#refuse('bad-request-line')
          this.methodEnd = at - base
          at++
          phase = TARGET_TEXT
          continue
        case TARGET_TEXT:
          while (at < stop && (CLASS[bytes[at]!]! & TARGET) !== 0) at++
          if (at >= stop) break
          if (bytes[at] !== SP)
            return this.#refuse(bytes[at] === CR || bytes[at] === LF ? 'bad-request-line' : 'bad-target')
          if (at - base === this.methodEnd + 1) return this.#refuse('bad-request-line')
          this.#targetEnd = at - base
          at++
          phase = VERSION
          continue
        case VERSION: {
          // The CRLF does not count for the limit.
          stop = Math.min(limit, base + this.#lineStop + 2)
          const start = base + this.#targetEnd + 1
          while (at < stop && at - start < VERSION_LINE.length) {
            const byte = bytes[at]!
            const wanted = VERSION_LINE.charCodeAt(at - start)
            if (wanted === 0x64) {
              if (byte < 0x30 || byte > 0x39) return this.#refuse('bad-request-line')
              if (at - start === 5) this.#versionMajor = byte - 0x30
            } else if (byte !== wanted) {
              return this.#refuse(byte === LF ? 'bad-line-end' : 'bad-request-line')
            }
            at++
          }
          if (at - start < VERSION_LINE.length) break
          if (this.#versionMajor !== 1) return this.#refuse('unsupported-version')
          phase = FIELD_START
          continue
        }
        case FIELD_START:
          if (at >= limit) {
            stop = limit
            break
          }
          if (bytes[at] === CR) {
            at++
            phase = END_LF
            continue
          }
          if (bytes[at] === SP || bytes[at] === TAB) return this.#refuse('obs-fold')
          if (this.offsets.length >= this.#limits.fieldCount * 4) return this.#refuse('head-too-large')
          this.#nameStart = at - base
          this.#lineStop = this.#nameStart + this.#limits.fieldBytes
          phase = NAME
          continue
        case NAME:
          while (at < stop && (CLASS[bytes[at]!]! & TOKEN) !== 0) at++
          if (at >= stop) break
          this.#nameEnd = at - base
          if (bytes[at] !== COLON || this.#nameEnd === this.#nameStart) return this.#refuse('bad-field-name')
          at++
          phase = OWS
          continue
        case OWS:
          while (at < stop && (bytes[at] === SP || bytes[at] === TAB)) at++
          this.#valueStart = at - base
          this.#valueEnd = at - base
          if (at >= limit) {
            stop = limit
            break
          }
          phase = VALUE_TEXT
          continue
        case VALUE_TEXT: {
          const from = at
          while (at < stop && (CLASS[bytes[at]!]! & VALUE) !== 0) at++
          let last = at
          while (last > from && (bytes[last - 1] === SP || bytes[last - 1] === TAB)) last--
          if (last > from) this.#valueEnd = last - base
          // At the line's own limit the CR may still follow.
          if (at >= limit || (at >= stop && bytes[at] !== CR)) break
          if (bytes[at] !== CR) return this.#refuse(bytes[at] === LF ? 'bad-line-end' : 'bad-field-value')
          at++
          phase = FIELD_LF
          continue
        }
        case FIELD_LF:
          if (at >= limit) {
            stop = limit
            break
          }
          if (bytes[at] !== LF) return this.#refuse('bad-line-end')
          this.offsets.push(this.#nameStart, this.#nameEnd, this.#valueStart, this.#valueEnd)
          at++
          phase = FIELD_START
          continue
        case END_LF:
          if (at >= limit) {
            stop = limit
            break
          }
          if (bytes[at] !== LF) return this.#refuse('bad-line-end')
          return at + 1 - base
      }
      // The phase wants a byte that it may not have: either it is not there yet, or a limit stands before it.
      this.#phase = phase
      this.#at = at - base
      if (stop === end) return 0
      return this.#refuse(phase <= VERSION ? 'request-line-too-long' : 'head-too-large')
    }
  }

  #refuse(code: FaultCode): number {
    this.fault = code
    return -1
  }
}
