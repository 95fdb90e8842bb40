// A connection that never leaves the process: what is written at one end is read at the other, with backpressure, half-close
// and reset as on a TCP connection. For the server it is a net.Socket as far as the server looks.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SocketLike } from '../socket-like.ts'

type Taken = (error?: Error | null) => void

class MemorySocket extends SocketLike {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort: number = 0
  readonly localAddress = '127.0.0.1'
  readonly localPort: number = 0
  #other: MemorySocket | undefined
  /** The other end's write that waits until this end is read from. */
  #waiting: Taken | undefined
  #hasEnded = false

  constructor() {
    super({ allowHalfOpen: true })
  }

  /** Both ends of a new connection. */
  static pair(): [MemorySocket, MemorySocket] {
    const pair: [MemorySocket, MemorySocket] = [new MemorySocket(), new MemorySocket()]
    pair[0].#other = pair[1]
    pair[1].#other = pair[0]
    return pair
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  resetAndDestroy(): this {
    this.#other?.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
    return this.destroy()
  }

  override _read(): void {
    const taken = this.#waiting
    this.#waiting = undefined
    taken?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: Taken): void {
    const other = this.#other
    if (other === undefined || other.destroyed) {
      taken(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      return
    }
    other.#waiting = taken
    // A copy, as through a kernel: the writer may use its memory again.
    other.push(Buffer.from(chunk))
  }

  override _final(done: Taken): void {
    if (this.#other !== undefined) this.#other.#end()
    done()
  }

  override _destroy(error: Error | null, done: Taken): void {
    this._read()
    if (this.#other !== undefined) this.#other.#end()
    done(error)
  }

  #end(): void {
    if (this.#hasEnded || this.destroyed) return
    this.#hasEnded = true
    this.push(null)
  }
}

/** Both ends of a new connection: the client's, and the server's. */
export function memoryConnection(): { client: Duplex; server: Socket } {
  const [client, server] = MemorySocket.pair()
  // The server asks a socket for nothing that MemorySocket lacks.
  return { client, server: server as unknown as Socket }
}
