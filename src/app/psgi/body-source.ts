// A body that comes piece by piece, whatever it is made of: pulled with `next`, told to stop when the rest is not wanted.
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

export interface BodySource {
  next(): SourceStep | PromiseLike<SourceStep>
  /** Frees what the source holds. May be called at any time, also while `next` is pending. */
  stop(): unknown
}

export interface SourceStep {
  readonly done?: boolean | undefined
  readonly value?: unknown
}

/** The source in `body`; undefined when it is nothing that gives pieces. */
export function bodySource(body: object): BodySource | undefined {
  if (isWebStream(body)) {
    const reader = body.getReader()
    return { next: () => reader.read(), stop: () => reader.cancel() }
  }
  if (isAsyncIterable(body)) {
    const iterator = body[Symbol.asyncIterator]()
    // A stream's iterator would wait for the pending piece before it lets the stream go.
    const stop = isNodeStream(body) ? () => body.destroy() : () => iterator.return?.()
    return { next: () => iterator.next(), stop }
  }
  if (isIterable(body)) {
    const iterator = body[Symbol.iterator]()
    return { next: () => iterator.next(), stop: () => iterator.return?.() }
  }
  return undefined
}

/** Stops `source` and ignores its errors. */
export async function stopSource(source: BodySource): Promise<void> {
  try {
    await source.stop()
  } catch {
    // It was given up anyway.
  }
}

function isWebStream(body: object): body is ReadableStream<unknown> {
  return 'getReader' in body && typeof body.getReader === 'function'
}

function isNodeStream(body: object): body is Readable {
  return 'destroy' in body && typeof body.destroy === 'function'
}

function isAsyncIterable(body: object): body is AsyncIterable<unknown> {
  return Symbol.asyncIterator in body && typeof body[Symbol.asyncIterator] === 'function'
}

function isIterable(body: object): body is Iterable<unknown> {
  return Symbol.iterator in body && typeof body[Symbol.iterator] === 'function'
}
