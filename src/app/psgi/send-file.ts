// Sends a FileHandle. Its offset can be neither seen nor set from here, so a regular file is sent by position: the whole of it.
import type { FileHandle } from 'node:fs/promises'
import type { Exchange, HeaderList } from '../handler.ts'
import { hasField } from '../shared/header-list.ts'
import type { BodySource } from './body-source.ts'
import { sendPieces } from './send-pieces.ts'

export function isFileHandle(body: object): body is FileHandle {
  return (
    'fd' in body && typeof body.fd === 'number' && 'stat' in body && typeof body.stat === 'function' && 'close' in body
  )
}

/** Sends head and body, then closes `file` in any case. */
export async function sendFile(
  exchange: Exchange,
  status: number,
  headers: HeaderList,
  file: FileHandle,
): Promise<void> {
  try {
    const about = await file.stat()
    const size = about.isFile() ? about.size : undefined
    const isTold = size === undefined || status === 204 || status === 304 || hasField(headers, 'content-length')
    exchange.begin(status, isTold ? headers : [...headers, 'Content-Length', String(size)])
    if (exchange.head.method === 'HEAD' || status === 204 || status === 304) exchange.end()
    else await sendPieces(exchange, fileSource(file, size))
  } finally {
    await file.close()
  }
}

const CHUNK_BYTES = 65536

/** `size`: where to stop in a regular file, which may grow meanwhile; undefined for a pipe or a device. */
function fileSource(file: FileHandle, size: number | undefined): BodySource {
  let position = 0
  return {
    async next() {
      const wanted = Math.min(CHUNK_BYTES, (size ?? Infinity) - position)
      if (wanted === 0) return { done: true }
      // A new buffer each time: the one before may still wait in the socket's queue.
      const at = size === undefined ? null : position
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at)
      position += bytesRead
      return { done: bytesRead === 0, value: buffer.subarray(0, bytesRead) }
    },
    stop() {},
  }
}
