// A stream that has left HTTP (RFC 8441), for libraries that know WebSockets of HTTP/1.1: they write a 101 to a socket, then frames.
import type { ServerHttp2Stream } from 'node:http2'
import type { Peer } from '../../app/handler.ts'
import { SocketLike } from '../socket-like.ts'
import { RawAnswer } from './raw-answer.ts'
import { responseHeaders } from './response-headers.ts'

type Done = (error?: Error | null) => void

export class UpgradedStream extends SocketLike {
  readonly encrypted: boolean
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly #stream: ServerHttp2Stream
  readonly #answer: RawAnswer

  constructor(stream: ServerHttp2Stream, peer: Peer) {
    super({ allowHalfOpen: false })
    this.#stream = stream
    this.encrypted = peer.isEncrypted
    this.remoteAddress = peer.remoteAddress
    this.remotePort = peer.remotePort
    this.localAddress = peer.localAddress
    this.localPort = peer.localPort
    this.#answer = new RawAnswer({
      // RFC 8441 5: 200 stands for 101, and nothing confirms a key.
      head: (status, fields) =>
        this.#stream.respond(responseHeaders(status === 101 ? 200 : status, withoutAccept(fields), '')),
      body: (piece, encoding) => void this.#stream.write(piece, encoding),
    })
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause()
    })
    stream.on('end', () => this.push(null))
    stream.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#stream.resume()
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    if (this.#stream.destroyed) {
      done(Object.assign(new Error('write after the stream was closed'), { code: 'EPIPE' }))
      return
    }
    try {
      this.#answer.write(chunk, encoding)
    } catch (cause) {
      done(cause as Error)
      return
    }
    if (this.#stream.writableNeedDrain) this.#stream.once('drain', () => done())
    else done()
  }

  override _final(done: Done): void {
    this.#stream.end(done)
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.#stream.destroyed) this.#stream.close(error === null ? 0 : 8)
    done(error)
  }
}

function withoutAccept(fields: readonly string[]): string[] {
  return fields.filter((_, i) => fields[i - (i % 2)]!.toLowerCase() !== 'sec-websocket-accept')
}
