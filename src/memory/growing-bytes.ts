// Bytes that come in pieces of unknown number. Large pieces are kept as they are, small ones are gathered.

/** In bytes: a smaller piece is copied, since what is left of the memory that it came in would be kept with it. */
const LARGE = 16_384
/** In bytes; where small pieces are gathered. */
const LEAST_ROOM = 1024
const MOST_ROOM = 16_384
const NO_ROOM = Buffer.alloc(0)

export class GrowingBytes {
  #pieces: Uint8Array[] = []
  #length = 0
  readonly #expected: number
  /** The last piece is its used part. */
  #room = NO_ROOM
  #used = 0

  /** `expected`: how many bytes will come, as far as the client can be believed. */
  constructor(expected: number) {
    this.#expected = expected
  }

  get length(): number {
    return this.#length
  }

  /** What is in it, in order; good until the next `append` or `clear`. */
  get pieces(): readonly Uint8Array[] {
    return this.#pieces
  }

  /** Takes the next piece, which belongs to it from now on. */
  append(piece: Uint8Array): void {
    if (piece.byteLength < LARGE) {
      this.#gather(piece)
      this.#length += piece.byteLength
    } else this.keep(piece)
  }

  /** As `append`, for a piece that is not worth a copy, however small it is. */
  keep(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#room = NO_ROOM
    this.#length += piece.byteLength
  }

  clear(): void {
    this.#pieces = []
    this.#length = 0
    this.#room = NO_ROOM
  }

  #gather(piece: Uint8Array): void {
    if (this.#room === NO_ROOM || this.#room.byteLength - this.#used < piece.byteLength) {
      // A client that declares much and sends little must not take memory for it.
      const wanted = this.#expected > this.#length ? this.#expected - this.#length : Math.max(this.#length, LEAST_ROOM)
      const size = Math.max(Math.min(wanted, MOST_ROOM), piece.byteLength)
      // Node's pool, which small ones share, would be kept as a whole: 64 KiB from Node 24 on.
      this.#room = size < MOST_ROOM ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size)
      this.#used = 0
      this.#pieces.push(NO_ROOM)
    }
    this.#room.set(piece, this.#used)
    this.#used += piece.byteLength
    this.#pieces[this.#pieces.length - 1] = this.#room.subarray(0, this.#used)
  }
}
