// ReadableStreams of type 'bytes', as the bodies of the platform are.

import { nativeStream } from './light-source.ts'

type Controller = {
  readonly byobRequest: { respond(bytes: number): void } | null
  enqueue(chunk: Uint8Array): void
  close(): void
}
type ByteSource = {
  type: 'bytes'
  start?(controller: Controller): void
  pull?(controller: Controller): Promise<void>
  cancel?(): void
}

/** A stream from which nothing is pulled before somebody reads. */
export function byteStream(source: ByteSource): ReadableStream<Uint8Array> {
  return new (nativeStream())(source)
}

/** Ends a stream; a reader that brought its own buffer waits for an answer even then. */
export function closeStream(controller: Controller): void {
  controller.close()
  controller.byobRequest?.respond(0)
}

/** What `body` is after it was read without a stream: a stream that has been read, and still is locked by its reader. */
export function spentStream(): ReadableStream<Uint8Array> {
  const stream = byteStream({ type: 'bytes', start: closeStream })
  void stream.getReader().read()
  return stream
}
