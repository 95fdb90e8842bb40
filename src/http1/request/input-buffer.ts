// What has come and is not read yet: the chunk in hand, and the ones that wait behind it.

import { pieceOf } from '../../memory/buffer-pool.ts'
import { latin1 } from './fast-head-parser.ts'

const NOTHING = new Uint8Array(0)
/** Text is made of so many bytes at a time, when more than one request is in them. */
const PIPELINED_BYTES = 4096
/** In bytes. Smaller chunks that have to wait are gathered: each of one byte would take a hundred. */
const SMALL = 4096
const LEAST_ROOM = 512
const MOST_ROOM = 16_384

export class InputBuffer {
  /** The chunk in hand; `at`: what is read of it, `end`: where it ends. */
  bytes: Uint8Array = NOTHING
  at = 0
  end = 0
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  /** The last chunk that waits is its used part. */
  #room: Uint8Array = NOTHING
  #used = 0
  /** Whether the chunk in hand belongs to somebody else. */
  #isBorrowed = false
  /** Text of the chunk from `#textAt` on, when more than one request was in it. */
  #text = ''
  #textAt = 0

  /** Bytes that are not read. */
  get length(): number {
    return this.end - this.at + this.#waitingBytes
  }

  add(chunk: Uint8Array): void {
    // While the last request waits for its answer, chunks may wait behind one that has been read to its end.
    if (this.at === this.end && this.#waiting.length === 0) {
      this.#hold(chunk, chunk.length)
      return
    }
    this.#wait(chunk)
  }

  /** As `add`, for a buffer that is good until `giveBack`. What has to wait is copied. */
  borrow(buffer: Uint8Array, length: number): void {
    this.#isBorrowed = this.length === 0
    if (this.#isBorrowed) this.#hold(buffer, length)
    else if (length < SMALL) this.add(buffer.subarray(0, length))
    else this.add(copyOf(buffer.subarray(0, length)))
  }

  /** The borrowed buffer is about to be written to. */
  giveBack(): void {
    if (!this.#isBorrowed) return
    this.#isBorrowed = false
    // An idle connection keeps no buffer.
    const rest = this.at === this.end ? NOTHING : copyOf(this.bytes.subarray(this.at, this.end))
    this.#hold(rest, rest.length)
  }

  /** Takes the next chunk in hand; false when there is none. */
  turn(): boolean {
    // The old one is let go at once.
    const next = this.#waiting.shift() ?? NOTHING
    if (this.#waiting.length === 0) this.#room = NOTHING
    this.#waitingBytes -= next.length
    this.#hold(next, next.length)
    return next.length > 0
  }

  /** Takes up to `most` bytes of the chunk in hand, for somebody who may keep them. */
  take(most: number): Uint8Array {
    const start = this.at
    this.at = Math.min(this.end, start + most)
    const taken = this.bytes.subarray(start, this.at)
    return this.#isBorrowed ? pieceOf(taken) : taken
  }

  /** Takes all that is left. */
  takeAll(): Uint8Array {
    const rest = [this.take(Infinity), ...this.#waiting]
    this.drop()
    return rest.length === 1 ? rest[0]! : Buffer.concat(rest)
  }

  /** Takes `length` bytes of the chunk in hand as text. `mayFollow`: whether what is behind them is text of the same kind. */
  takeText(length: number, mayFollow: boolean): string {
    const start = this.at
    this.at += length
    const from = start - this.#textAt
    if (this.#text !== '' && from + length <= this.#text.length) return this.#text.slice(from, from + length)
    const more = Math.min(this.end - start, PIPELINED_BYTES)
    if (!mayFollow || more <= length) return latin1(this.bytes, start, this.at)
    // One call for many heads: it costs as much as cutting several.
    this.#text = latin1(this.bytes, start, start + more)
    this.#textAt = start
    return this.#text.slice(0, length)
  }

  drop(): void {
    this.#isBorrowed = false
    this.#hold(NOTHING, 0)
    this.#waiting.length = 0
    this.#waitingBytes = 0
    this.#room = NOTHING
  }

  #wait(chunk: Uint8Array): void {
    if (chunk.length >= SMALL) {
      this.#waiting.push(chunk)
      this.#room = NOTHING
    } else {
      if (this.#room.length - this.#used < chunk.length) {
        this.#room = new Uint8Array(
          Math.max(chunk.length, Math.min(Math.max(this.#waitingBytes, LEAST_ROOM), MOST_ROOM)),
        )
        this.#used = 0
        this.#waiting.push(NOTHING)
      }
      this.#room.set(chunk, this.#used)
      this.#used += chunk.length
      this.#waiting[this.#waiting.length - 1] = this.#room.subarray(0, this.#used)
    }
    this.#waitingBytes += chunk.length
  }

  #hold(bytes: Uint8Array, end: number): void {
    this.bytes = bytes
    this.at = 0
    this.end = end
    this.#text = ''
  }
}

/** In memory of its own. Of Node's pool, 64 KiB from Node 24 on, all would be kept for as long as the part that waits. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
