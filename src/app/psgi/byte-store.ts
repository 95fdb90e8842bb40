// Where a request body lies once it has been read: in memory, or in a file that has no name any more.
import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

export interface ByteStore {
  /** In bytes. */
  readonly length: number
  /** Copies from `position` on, and tells how many bytes it were; fewer than `length` only at the end. */
  readAt(position: number, target: Uint8Array, offset: number, length: number): number
  bytes(): Uint8Array
  chunks(): AsyncIterable<Uint8Array>
  /** All of it as it lies in memory; none where it lies in a file. */
  readonly pieces?: readonly Uint8Array[]
  /** Only where there is something to let go of. */
  readonly close?: () => Promise<void>
}

/** Pieces in memory. They are joined only for who wants them as one. */
export class MemoryStore implements ByteStore {
  readonly length: number
  #pieces: readonly Uint8Array[]

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces
    this.length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0)
  }

  get pieces(): readonly Uint8Array[] {
    return this.#pieces
  }

  bytes(): Uint8Array {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces, this.length)]
    return this.#pieces[0]!
  }

  readAt(position: number, target: Uint8Array, offset: number, length: number): number {
    const piece = this.bytes().subarray(position, position + length)
    target.set(piece, offset)
    return piece.byteLength
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield* this.#pieces
  }
}

/** Larger reads cost less: 100 MiB in pieces of 64 KiB take 85 ms of CPU, in pieces of this size 40. */
const CHUNK_BYTES = 262_144

/** The first `length` bytes of a file. The synchronous reads find what was written a moment ago in the page cache. */
export function fileStore(file: FileHandle, length: number): ByteStore {
  return new FileStore(file, length)
}

class FileStore implements ByteStore {
  readonly length: number
  readonly #file: FileHandle
  /** Iterators that have begun: an application that reads the input after its answer keeps the file until the end. */
  #readers = 0
  #isOver = false

  constructor(file: FileHandle, length: number) {
    this.#file = file
    this.length = length
  }

  readAt(position: number, target: Uint8Array, offset: number, wanted: number): number {
    this.#ensureOpen()
    const end = offset + Math.min(wanted, this.length - position)
    let at = offset
    while (at < end) {
      const count = readSync(this.#file.fd, target, at, end - at, position + at - offset)
      if (count === 0) throw shortFile()
      at += count
    }
    return at - offset
  }

  bytes(): Uint8Array {
    const all = Buffer.allocUnsafe(this.length)
    this.readAt(0, all, 0, this.length)
    return all
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#ensureOpen()
    this.#readers++
    try {
      for (let position = 0; position < this.length; ) {
        const wanted = Math.min(CHUNK_BYTES, this.length - position)
        const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(wanted), 0, wanted, position)
        if (bytesRead === 0) throw shortFile()
        position += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      this.#readers--
      if (this.#isOver && this.#readers === 0) await this.#file.close()
    }
  }

  async close(): Promise<void> {
    this.#isOver = true
    if (this.#readers === 0) await this.#file.close()
  }

  #ensureOpen(): void {
    if (this.#file.fd === -1) throw new Error('Cannot read the request body: its temporary file went with the request')
  }
}

function shortFile(): Error {
  return new Error('Cannot read the request body: its temporary file is shorter than it was')
}
