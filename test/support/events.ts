// Feeds bytes to the pure core and prints what comes out, one line per fact, so that two ways of cutting the same bytes
// can be compared and a difference can be read.

import assert from 'node:assert/strict'
import type { RequestError } from '../../src/http1/faults.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/http1/limits.ts'
import type { RequestHead } from '../../src/http1/request/request-head.ts'
import { RequestReader } from '../../src/http1/request/request-reader.ts'

/** The events of `chunks`, fed one after the other; `eof` says that the client then ends. Field bytes as latin1. */
export function eventsOf(chunks: Iterable<Uint8Array>, limits: Limits = DEFAULT_LIMITS, eof = false): string[] {
  const printer = new EventPrinter(limits)
  for (const chunk of chunks) printer.feed(chunk)
  if (eof) printer.feedEof()
  return printer.lines()
}

/** The same from one buffer that is lent for each chunk and then written over. */
function eventsOfLent(chunks: Iterable<Uint8Array>, limits: Limits, eof: boolean): string[] {
  const printer = new EventPrinter(limits)
  for (const chunk of chunks) printer.lend(chunk)
  if (eof) printer.feedEof()
  return printer.lines()
}

/**
 * Requires `expected` from `bytes` fed whole, byte by byte, and cut once at every place (at 500 places when there are more);
 * each time given for good, and lent.
 */
export function requireEvents(
  bytes: Uint8Array,
  expected: readonly string[],
  limits: Limits = DEFAULT_LIMITS,
  eof = false,
): void {
  assert.deepEqual(eventsOf([bytes], limits, eof), expected, 'whole')
  assert.deepEqual(eventsOfLent([bytes], limits, eof), expected, 'whole, lent')
  assert.deepEqual(eventsOf(byteByByte(bytes), limits, eof), expected, 'byte by byte')
  assert.deepEqual(eventsOfLent(byteByByte(bytes), limits, eof), expected, 'byte by byte, lent')
  const step = Math.ceil(bytes.length / 500)
  for (let cut = 1; cut < bytes.length; cut += step) {
    const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)]
    assert.deepEqual(eventsOf(chunks, limits, eof), expected, `cut at ${cut}`)
    assert.deepEqual(eventsOfLent(chunks, limits, eof), expected, `cut at ${cut}, lent`)
  }
}

/** Every byte a chunk of its own. */
export function* byteByByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

/** One reader and the lines that its events print. */
export class EventPrinter {
  readonly #reader: RequestReader
  readonly #lines: string[] = []
  #body: string[] = []
  #head: RequestHead | undefined
  #isOver = false

  constructor(limits: Limits) {
    this.#reader = new RequestReader(limits)
  }

  feed(chunk: Uint8Array): void {
    this.#reader.receive(chunk)
    this.#pump()
  }

  lend(chunk: Uint8Array): void {
    const buffer = new Uint8Array(chunk.length + 1)
    buffer.set(chunk)
    this.#reader.borrow(buffer, chunk.length)
    this.#pump()
    this.#reader.giveBack()
    buffer.fill(0x21)
  }

  feedEof(): void {
    this.#reader.receiveEof()
    this.#pump()
  }

  /** What was printed so far, a body that has begun included. */
  lines(): string[] {
    return this.#body.length === 0 ? [...this.#lines] : [...this.#lines, `body ${this.#body.join('')}`]
  }

  #pump(): void {
    while (!this.#isOver) {
      const event = this.#reader.next()
      switch (event.type) {
        case 'need-data':
          return
        case 'paused':
          this.#printEnd()
          break
        case 'request':
          this.#head = event
          this.#lines.push(...printHead(event))
          break
        case 'data':
          this.#body.push(Buffer.from(event.chunk).toString('latin1'))
          break
        case 'end':
          this.#printBody()
          for (let i = 0; i < event.trailers.length; i += 2)
            this.#lines.push(printField('trailer', event.trailers[i]!, event.trailers[i + 1]!))
          break
        case 'fault':
          this.#printFault(event)
          break
        case 'closed':
        case 'cut':
          this.#printBody()
          this.#lines.push(event.type)
          this.#isOver = true
          break
        default:
          event satisfies never
      }
    }
  }

  // RFC 9112 9.6: nothing behind a request that closes is ever read as a request.
  #printEnd(): void {
    const persists = this.#head?.isPersistent === true
    this.#lines.push(persists ? 'end keep-alive' : 'end close')
    if (persists) this.#reader.startNext()
    else this.#isOver = true
  }

  #printFault(fault: RequestError): void {
    this.#printBody()
    this.#lines.push(`fault ${fault.code} ${fault.status}`)
    this.#isOver = true
  }

  #printBody(): void {
    if (this.#body.length > 0) this.#lines.push(`body ${this.#body.join('')}`)
    this.#body = []
  }
}

function printHead(head: RequestHead): string[] {
  const lines = [`request ${head.method} ${head.target} HTTP/1.${head.minorVersion}`]
  if (head.path !== head.target) lines.push(`  path ${head.path}`)
  if (head.authority !== head.get('host')) lines.push(`  authority ${head.authority}`)
  if (head.upgrade !== undefined) lines.push(`  upgrade ${head.upgrade}`)
  if (head.expectsContinue) lines.push('  expects 100-continue')
  for (let i = 0; i < head.fieldCount; i++) lines.push(printField('  field', head.name(i), head.value(i)))
  return lines
}

function printField(what: string, name: string, value: string): string {
  return value === '' ? `${what} ${name}:` : `${what} ${name}: ${value}`
}
