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
    this.#used = 0
    this.#length += piece.byteLength
  }

  clear(): void {
    this.#pieces = []
    this.#length = 0
    this.#room = NO_ROOM
    this.#used = 0
  }

  #gather(piece: Uint8Array): void {
    // Rooms are filled to their ends: pieces a bit longer than half of one would take twice their memory.
    let from = 0
    while (from < piece.byteLength) {
      if (this.#used === this.#room.byteLength) this.#makeRoom(this.#length + from, piece.byteLength - from)
      const part = piece.subarray(from, from + this.#room.byteLength - this.#used)
      this.#room.set(part, this.#used)
      this.#used += part.byteLength
      from += part.byteLength
      this.#pieces[this.#pieces.length - 1] = this.#room.subarray(0, this.#used)
    }
  }

  /** A room for at least `least` bytes, as far as rooms go, behind the `length` that are there. */
  #makeRoom(length: number, least: number): void {
    // A client that declares much and sends little must not take memory for it.
    const wanted = this.#expected > length ? this.#expected - length : Math.max(length, LEAST_ROOM)
    const size = Math.min(Math.max(wanted, least), MOST_ROOM)
    // Node's pool, which small ones share, would be kept as a whole: 64 KiB from Node 24 on.
    this.#room = length === 0 && size < MOST_ROOM ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size)
    this.#used = 0
    this.#pieces.push(NO_ROOM)
  }
}
