// Bodies that need no stream until somebody asks for one: a Blob, whose size is told, and what undici takes beyond the
// standard, an async iterable (a generator, a Readable).
import { Readable } from 'node:stream'

export type Deferred = Blob | AsyncIterable<unknown>

export function isDeferred(body: unknown): body is Deferred {
  if (typeof body !== 'object' || body === null) return false
  if (body instanceof Blob) return true
  // One that has been read is refused in the platform's words.
  const { locked } = body as { locked?: unknown }
  return (
    typeof (body as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function' &&
    !(body instanceof ReadableStream) &&
    !locked &&
    !Readable.isDisturbed(body as Readable)
  )
}

/** The media type that the body itself has. */
export function typeOfDeferred(body: Deferred | undefined): string | undefined {
  return body instanceof Blob && body.type !== '' ? body.type : undefined
}
