// Streams whose whole content is known: `new Response(response.body, response)`, the way to change a header in a middleware, must
// not turn a string into a chunked stream.
import { Readable } from 'node:stream'

/** A body that can be sent in one piece; null is no body. */
export type Content = string | Uint8Array | null

const contents = new WeakMap<ReadableStream, Content>()

/** Remembers that `stream`, as long as nobody reads from it, gives exactly `content`. */
export function rememberContent(stream: ReadableStream, content: Content): void {
  contents.set(stream, content)
}

/** What the unread `stream` will give, if known. */
export function contentOf(stream: ReadableStream): Content | undefined {
  return isFresh(stream) ? contents.get(stream) : undefined
}

/** Whether anybody has read from the stream, or cancelled it. */
export function isUsed(stream: ReadableStream): boolean {
  // It knows both kinds of streams; its type knows one.
  return Readable.isDisturbed(stream as unknown as Readable)
}

/** Whether nobody has read from the stream, or is about to. */
export function isFresh(stream: ReadableStream): boolean {
  return !stream.locked && !isUsed(stream)
}

/** The content of a body that needs no stream; undefined for other bodies. Bytes are copied, as the standard says. */
export function plainContent(body: unknown): Content | undefined {
  if (typeof body === 'string') return body
  if (body === undefined || body === null) return null
  // A shared or resizable buffer may change under us: the native class refuses it or knows how to take it.
  if (body instanceof Uint8Array) return body.buffer instanceof ArrayBuffer ? Buffer.from(body) : undefined
  if (body instanceof ArrayBuffer) return Buffer.from(body.slice(0))
  return undefined
}
