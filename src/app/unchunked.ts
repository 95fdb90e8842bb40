// The chunked coding of bodies that applications encode themselves: Plack::Middleware::Chunked, and Node's ServerResponse.
import { ChunkedReader } from '../http1/request/chunked-reader.ts'
import { AppError } from './errors.ts'

/** Whether an answer with these fields comes encoded. */
export function isChunked(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2)
    if (fields[i]!.length === 17 && fields[i]!.toLowerCase() === 'transfer-encoding')
      return fields[i + 1]!.toLowerCase() === 'chunked'
  return false
}

export class Unchunker {
  readonly #reader = new ChunkedReader()
  #isOver = false

  /** The data in `bytes`, the next of the encoded body. Throws an AppError where the coding is broken. */
  take(bytes: Buffer): Buffer {
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length && !this.#isOver; ) {
      if (!this.#reader.isInData) {
        const found = this.#reader.readLines(bytes, at, bytes.length)
        if (found === 'fault') throw new AppError('Cannot send the body: its chunked coding is broken')
        // Trailers, which are never sent here, would follow.
        if (found === 'last') this.#isOver = true
        at = this.#reader.at
        continue
      }
      const count = Math.min(this.#reader.remaining, bytes.length - at)
      pieces.push(bytes.subarray(at, at + count))
      this.#reader.take(count)
      at += count
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }
}
