// A `Response` copies the bytes that it is given, as the standard says: the application may write to them again. The memory of a large
// copy is used again as soon as its answer is with the kernel.
import { returnMemory, takeMemory } from '../../../memory/spare-memory.ts'

/** In bytes. Below, memory comes from the heap and is cheap. */
const LEAST = 16_384
/** Larger memory is not kept: too few would want it. */
const MOST = 2 * 1024 * 1024
/**
 * Where a copy begins in its memory. Large memory begins 16 bytes into a page, the application's as well as ours, and between
 * places that are equal modulo 4096 some processors copy fifteen times as slowly (`rep movsb` on AMD's Zen 3: 100 KiB in 38 us, else 2.5).
 */
const SHIFT = 128

/** Whether a copy of so many bytes is worth this. */
export function isLarge(bytes: number): boolean {
  return bytes >= LEAST
}

/** A copy of bytes, whose memory is used for another copy when it is no longer referenced. */
export class BodyCopy {
  readonly #source: Uint8Array
  readonly #length: number
  #memory: Uint8Array | undefined
  #borrowers = 0
  #isKept = false

  constructor(source: Uint8Array) {
    this.#source = source
    this.#length = source.byteLength
    this.#memory = memoryWith(source)
  }

  /**
   * The bytes, until `giveBack`. A `Response` that has been sent already may be sent again, which is beyond the standard: its
   * bytes then are copied once more, and those of a source that has shrunk are a RangeError.
   */
  borrow(): Uint8Array {
    const bytes = this.look()
    this.#borrowers++
    return bytes
  }

  /** One who has borrowed the bytes will not look at them again. */
  giveBack(): void {
    this.#borrowers--
    if (this.#borrowers > 0 || this.#isKept || this.#memory === undefined) return
    putAway(this.#memory)
    this.#memory = undefined
  }

  /** The bytes for somebody who copies them at once. */
  look(): Uint8Array {
    if (this.#memory === undefined) {
      if (this.#source.byteLength !== this.#length)
        throw new RangeError('Cannot read the body again: the bytes that it was made of have gone')
      this.#memory = memoryWith(this.#source)
    }
    return this.#memory.subarray(SHIFT, SHIFT + this.#length)
  }

  /** The bytes for somebody who never gives them back. */
  keep(): Uint8Array {
    this.#isKept = true
    return this.look()
  }
}

function memoryWith(source: Uint8Array): Uint8Array {
  const length = source.byteLength
  const size = length > MOST ? length : 2 ** Math.ceil(Math.log2(length))
  const memory = takeMemory(SHIFT + size)
  memory.set(source, SHIFT)
  return memory
}

function putAway(memory: Uint8Array): void {
  if (memory.byteLength - SHIFT <= MOST) returnMemory(memory)
}
