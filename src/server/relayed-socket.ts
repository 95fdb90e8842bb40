// A connection whose socket belongs to another thread of the process. Node moves no socket between threads, so where a thread cannot
// accept by itself (Windows) the main thread accepts for it, and bytes go to and fro over a port of each connection's own.
import type { Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import { SocketLike } from './socket-like.ts'

/** Addresses of both ends, as a socket has them. */
export interface EndPoints {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
}

/** What comes from the thread that has the socket. `bytes`: the next piece comes after `more`. */
export type FromSocket = { readonly bytes: Uint8Array } | 'taken' | 'end' | 'gone'

/** What goes to it. `bytes` are answered by `taken`, when the kernel has them; so is `end`. `stallMs`: see net.Socket.setTimeout. */
export type ToSocket = { readonly bytes: Uint8Array } | { readonly stallMs: number } | 'more' | 'end' | 'reset' | 'gone'

type Taken = (error?: Error | null) => void

class RelayedSocket extends SocketLike implements EndPoints {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly #port: MessagePort
  /** The write, or the end, that waits for `taken`. */
  #taken: Taken | undefined
  /** A piece was read, and its `more` is not sent yet. */
  #needsDrain = false

  constructor(port: MessagePort, ends: EndPoints) {
    super({ allowHalfOpen: true })
    this.remoteAddress = ends.remoteAddress
    this.remotePort = ends.remotePort
    this.localAddress = ends.localAddress
    this.localPort = ends.localPort
    this.#port = port
    port.on('message', (said: FromSocket) => this.#hear(said))
  }

  override setTimeout(stallMs = 0): this {
    this.#say({ stallMs })
    return this
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  resetAndDestroy(): this {
    this.#say('reset')
    return this.destroy()
  }

  override _read(): void {
    if (!this.#needsDrain) return
    this.#needsDrain = false
    this.#say('more')
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: Taken): void {
    this.#taken = taken
    this.#say({ bytes: chunk })
  }

  override _final(done: Taken): void {
    this.#taken = done
    this.#say('end')
  }

  override _destroy(error: Error | null, done: Taken): void {
    this.#say('gone')
    this.#port.close()
    done(error)
  }

  #hear(said: FromSocket): void {
    if (said === 'taken') {
      const taken = this.#taken
      this.#taken = undefined
      taken?.()
    } else if (said === 'end') this.push(null)
    else if (said === 'gone') this.destroy()
    else {
      this.#needsDrain = true
      if (this.push(Buffer.from(said.bytes))) this._read()
    }
  }

  #say(what: ToSocket): void {
    this.#port.postMessage(what)
  }
}

/** The connection behind the port. The server asks a socket for nothing that it lacks. */
export function relayedSocket(port: MessagePort, ends: EndPoints): Socket {
  return new RelayedSocket(port, ends) as unknown as Socket
}

/** What Node has below a TLSSocket: `_parentWrap` is around a stream that is no net.Socket. */
interface TlsInternals {
  readonly _handle?: { readonly _parentWrap?: { readonly stream?: unknown } } | null
}

/** TLS over a stream that is no net.Socket forgets its addresses: gives `socket` those of the stream, if it is one of ours. */
export function keepEndPoints(socket: Socket): void {
  const stream = (socket as unknown as TlsInternals)._handle?._parentWrap?.stream
  if (!(stream instanceof RelayedSocket)) return
  for (const name of ['remoteAddress', 'remotePort', 'localAddress', 'localPort'] as const)
    Object.defineProperty(socket, name, { value: stream[name], configurable: true })
}
