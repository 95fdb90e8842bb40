// What the stream of a Response gives, as bytes or text. The standard allows nothing but Uint8Array; text as UTF-8 is what Bun, srvx
// and @hono/node-server send, and a stream that was made for `TextEncoderStream` but lacks it is a common mistake.
import { AppError } from '../../errors.ts'
import { describe } from '../../shared/describe-value.ts'

/** The chunks of one stream, in their order. */
export class Chunks {
  /** The first half of a surrogate pair, whose second half begins the next chunk. */
  #half = ''

  /**
   * What `chunk` is for the wire: text goes as UTF-8, an ArrayBuffer and its views as the bytes that they show.
   * Throws an AppError for anything else.
   */
  take(chunk: unknown): string | Uint8Array {
    if (typeof chunk === 'string') return this.#takeText(this.#half + chunk)
    const bytes = bytesOf(chunk)
    if (this.#half === '' || bytes.byteLength === 0) return bytes
    return Buffer.concat([Buffer.from(this.rest()), bytes])
  }

  /** What was kept for a chunk that did not come. */
  rest(): string {
    const half = this.#half
    this.#half = ''
    return half
  }

  #takeText(text: string): string {
    const last = text.charCodeAt(text.length - 1)
    const isHalf = last >= 0xd800 && last <= 0xdbff
    this.#half = isHalf ? text.slice(-1) : ''
    return isHalf ? text.slice(0, -1) : text
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  throw new AppError(`Cannot send the response: its stream gave ${describe(chunk)}, bytes or text are needed`)
}
