// Bytes that come in pieces of unknown number, kept in one buffer.

export class GrowingBytes {
  #bytes: Buffer
  #length = 0

  /** `expected`: how many bytes will come, as far as the client can be believed. */
  constructor(expected: number) {
    // A client that declares much and sends little must not take memory for it.
    this.#bytes = Buffer.allocUnsafe(Math.min(expected, BELIEVED_BYTES))
  }

  get length(): number {
    return this.#length
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.byteLength
    if (length > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.byteLength))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  /** What is in it; good until the next `append` or `clear`. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Empties it; the room is used again. */
  clear(): void {
    this.#length = 0
  }
}

const BELIEVED_BYTES = 65536
