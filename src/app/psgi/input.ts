// psgi.input: a request body that has been read already, in the forms that an app may want it in.
import { Readable } from 'node:stream'
import { AppError } from '../errors.ts'
import { type ByteStore, MemoryStore } from './byte-store.ts'
import type { PsgiInput } from './types.ts'

export class BufferedInput implements PsgiInput {
  readonly #store: ByteStore
  #position = 0

  constructor(store: ByteStore) {
    this.#store = store
  }

  get length(): number {
    return this.#store.length
  }

  bytes(): Uint8Array {
    return this.#store.bytes()
  }

  /** The bytes as they lie in memory; undefined where they lie in a file. */
  get pieces(): readonly Uint8Array[] | undefined {
    return this.#store.pieces
  }

  text(): string {
    const bytes = this.#store.bytes()
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
    // As fetch's text() does: a byte order mark is no part of the text.
    return text.startsWith('\ufeff') ? text.slice(1) : text
  }

  json(): unknown {
    return JSON.parse(this.text())
  }

  stream(): Readable {
    return Readable.from(this.#store.chunks(), { objectMode: false })
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#store.chunks()[Symbol.asyncIterator]()
  }

  read(buffer: Uint8Array, length?: number, offset = 0): number {
    const room = buffer.byteLength - offset
    const wanted = length ?? room
    if (!Number.isInteger(wanted) || wanted < 0 || offset < 0 || wanted > room) {
      throw new AppError(
        `Cannot read the input: ${wanted} bytes are wanted at ${offset}, the buffer has ${buffer.byteLength}`,
      )
    }
    const count = this.#store.readAt(this.#position, buffer, offset, Math.min(wanted, this.length - this.#position))
    this.#position += count
    return count
  }

  seek(position: number, whence: 0 | 1 | 2 = 0): boolean {
    const target = position + (whence === 0 ? 0 : whence === 1 ? this.#position : this.length)
    if (!Number.isInteger(target) || target < 0 || target > this.length) return false
    this.#position = target
    return true
  }

  /** Lets go of the temporary file; undefined when there is none. */
  get close(): (() => Promise<void>) | undefined {
    const store = this.#store
    return store.close && (() => store.close!())
  }
}

/** The input of every request without a body. Its position cannot move, so all may share it. */
export const EMPTY_INPUT: BufferedInput = new BufferedInput(new MemoryStore([]))
Object.freeze(EMPTY_INPUT)
