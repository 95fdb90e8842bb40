// The data of a chunked body, without its framing. All that one read brings is one piece: a piece for each chunk would cost the
// application twenty times the time, and a hundred times the memory, of a client that sends chunks of one byte.

import { pieceOf } from '../../memory/buffer-pool.ts'
import type { FaultCode } from '../faults.ts'
import { ChunkedReader } from './chunked-reader.ts'
import type { InputBuffer } from './input-buffer.ts'

/** Data of small chunks, on its way into a piece: as much as a read of a socket gives. */
const gathered = new Uint8Array(65_536)
/** In bytes. A chunk as long as this is a piece of its own. */
const LONG_CHUNK = 16_384
/** In bytes. Below, a loop is faster than a copy by the platform. */
const SHORT_COPY = 32

export class ChunkedBody {
  /** What is wrong behind the data that was given. */
  fault: FaultCode | undefined
  /** Whether the last chunk has been read: the trailer section follows. */
  isLast = false
  readonly #chunks = new ChunkedReader()
  readonly #input: InputBuffer
  /** Of the whole body, in bytes. */
  readonly #limit: number
  #count = 0

  constructor(input: InputBuffer, limitBytes: number) {
    this.#input = input
    this.#limit = limitBytes
  }

  /** The next data of the input's chunk in hand; undefined when there is none, before or behind `isLast` and `fault`. */
  read(): Uint8Array | undefined {
    if (!this.#hasData()) return undefined
    const input = this.#input
    const chunks = this.#chunks
    if (chunks.remaining >= Math.min(input.end - input.at, LONG_CHUNK)) {
      const chunk = input.take(chunks.remaining)
      this.#took(chunk.length)
      return chunk
    }
    let length = 0
    do {
      const count = Math.min(chunks.remaining, input.end - input.at, gathered.length - length)
      gather(input.bytes, input.at, count, length)
      input.at += count
      length += count
      this.#took(count)
    } while (length < gathered.length && this.#hasData())
    return pieceOf(gathered.subarray(0, length))
  }

  #took(count: number): void {
    this.#chunks.take(count)
    this.#count += count
  }

  /** Reads on to the next data of the chunk in hand. */
  #hasData(): boolean {
    const input = this.#input
    const chunks = this.#chunks
    if (!chunks.isInData && input.at < input.end) this.#readLines()
    return !this.isLast && this.fault === undefined && chunks.isInData && input.at < input.end
  }

  #readLines(): void {
    const input = this.#input
    const chunks = this.#chunks
    const found = chunks.readLines(input.bytes, input.at, input.end)
    if (found === 'fault') {
      this.fault = chunks.fault
      return
    }
    input.at = chunks.at
    if (found === 'last') this.isLast = true
    // Only a size line that is complete is judged: half of its digits would say 413 where all of them say 400.
    else if (found === 'data' && this.#count + chunks.remaining > this.#limit) this.fault = 'body-too-large'
  }
}

/** Puts bytes where they are gathered, at `to`. */
function gather(bytes: Uint8Array, from: number, count: number, to: number): void {
  if (count >= SHORT_COPY) gathered.set(bytes.subarray(from, from + count), to)
  else for (let i = 0; i < count; i++) gathered[to + i] = bytes[from + i]!
}
