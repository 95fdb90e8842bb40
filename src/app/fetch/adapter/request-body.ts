// The body of a request, from the exchange to whole bytes or to a stream.

import { GrowingBytes } from '../../../memory/growing-bytes.ts'
import type { Exchange } from '../../handler.ts'
import { byteStream, closeStream } from '../web/byte-stream.ts'

/** The whole body. */
export async function readWhole(exchange: Exchange): Promise<Uint8Array> {
  const all = new GrowingBytes(exchange.contentLength ?? 0)
  exchange.isReading = isWholeWanted
  for (;;) {
    const piece = exchange.read()
    const bytes = piece instanceof Promise ? await piece : piece
    if (bytes === null) return all.pieces.length === 1 ? all.pieces[0]! : Buffer.concat(all.pieces)
    // One piece that is the whole body, as most are, is not copied.
    if (all.length === 0 && bytes.byteLength === exchange.contentLength) all.keep(bytes)
    else all.append(bytes)
  }
}

/** Who wants a whole body reads on to its end, also behind the answer. */
function isWholeWanted(): boolean {
  return true
}

/** The Encoding standard's "UTF-8 decode": ill-formed bytes become U+FFFD, one byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** An ArrayBuffer with `bytes` and nothing else. Copied only when they are a part of one, as small pieces are: a copy of 64 KiB takes 15 us. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : new Uint8Array(bytes).buffer
}

/** A byte stream that reads on from the exchange when it is read itself; behind the answer as long as somebody has its lock. */
export function streamBody(exchange: Exchange): ReadableStream<Uint8Array> {
  const stream = byteStream({
    type: 'bytes',
    async pull(controller) {
      let bytes = await exchange.read()
      while (bytes?.byteLength === 0) bytes = await exchange.read()
      // The stream takes the whole ArrayBuffer away from its owner.
      if (bytes !== null) controller.enqueue(new Uint8Array(bufferOf(bytes)))
      else closeStream(controller)
    },
    cancel() {
      exchange.releaseBody()
    },
  })
  exchange.isReading = () => stream.locked
  return stream
}
