// Uploads, and the ways that applications read them.
import type { IncomingMessage } from 'node:http'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Note } from './live.ts'

export const HEAD: string =
  'POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n'
export const PIECE: string = 'x'.repeat(100_000)
export const CHUNK: string = `${PIECE.length.toString(16)}\r\n${PIECE}\r\n`
export const LAST: string = '0\r\nX-Sum: 42\r\n\r\n'

export const SMALL: string = 'POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 5\r\n\r\nhello'
export const NEXT: string = 'GET /next HTTP/1.1\r\nHost: app.example\r\n\r\n'

/** Reads all of a body; `amid` is called once the first bytes have come. */
export type Reader = (req: IncomingMessage, amid: () => void) => Promise<number>

export const READERS: Record<string, Reader> = {
  async 'for await'(req, amid) {
    let bytes = 0
    for await (const chunk of req) {
      if (bytes === 0) amid()
      bytes += chunk.length
    }
    return bytes
  },
  async pipeline(req, amid) {
    let bytes = 0
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        if (bytes === 0) amid()
        bytes += chunk.length
        setImmediate(done)
      },
    })
    await pipeline(req, slow)
    return bytes
  },
  data(req, amid) {
    let bytes = 0
    return new Promise((resolve, reject) => {
      req.on('data', chunk => {
        if (bytes === 0) amid()
        bytes += chunk.length
      })
      req.on('error', reject)
      req.on('end', () => resolve(bytes))
    })
  },
  'a pause'(req, amid) {
    let bytes = 0
    return new Promise((resolve, reject) => {
      req.once('data', chunk => {
        bytes += chunk.length
        req.pause()
        amid()
        setImmediate(() => {
          req.on('data', more => {
            bytes += more.length
          })
          req.resume()
        })
      })
      req.on('error', reject)
      req.on('end', () => resolve(bytes))
    })
  },
  resume(req, amid) {
    return new Promise((resolve, reject) => {
      req.resume()
      setImmediate(amid)
      req.on('error', reject)
      req.on('end', () => resolve(3 * PIECE.length))
    })
  },
}

export function tell(req: IncomingMessage, note: Note): void {
  for (const event of ['aborted', 'end', 'error', 'close']) req.on(event, () => note(`req ${event}`))
}

export function conclude(req: IncomingMessage, reading: Promise<number>, note: Note): void {
  reading
    .then(
      bytes => note(`read ${bytes} complete=${req.complete} aborted=${req.aborted} sum=${req.trailers['x-sum']}`),
      error => note(`failed ${error.code} complete=${req.complete} aborted=${req.aborted}`),
    )
    .then(() => note('over'))
}
