// The first bytes of a connection without TLS: HTTP/2 begins with a text that no request of HTTP/1.1 begins with (RFC 9113 3.4).
import type { Socket } from 'node:net'
import type { OpenConnection, ServerContext } from '../server-context.ts'
import { QUIET_MS } from '../settings.ts'

/** The rest of the preface is nghttp2's to check. */
const BEGINNING = Buffer.from('PRI * HTTP/2.0\r\n')

export class PrefaceReader implements OpenConnection {
  deadline: number
  readonly present = undefined
  readonly #context: ServerContext
  readonly #socket: Socket
  readonly #decide: (isHttp2: boolean) => void
  #read: Buffer = Buffer.alloc(0)
  readonly #onReadable = (): void => this.#look()
  readonly #onEnd = (): void => this.#leave(false)
  readonly #onError = (): void => undefined
  readonly #onClose = (): void => this.#forget()

  /** `decide` is called once, unless the connection ends before; what was read is back in the socket by then. */
  constructor(context: ServerContext, socket: Socket, decide: (isHttp2: boolean) => void) {
    this.#context = context
    this.#socket = socket
    this.#decide = decide
    this.deadline = context.clock.after(context.settings.headTimeoutMs)
    socket.on('readable', this.#onReadable).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
  }

  #look(): void {
    const chunk = this.#socket.read() as Buffer | null
    if (chunk === null) return
    this.#read = Buffer.concat([this.#read, chunk])
    const length = Math.min(this.#read.length, BEGINNING.length)
    const isAlike = this.#read.compare(BEGINNING, 0, length, 0, length) === 0
    if (!isAlike || length === BEGINNING.length) this.#leave(isAlike)
  }

  #leave(isHttp2: boolean): void {
    const socket = this.#socket
    socket
      .off('readable', this.#onReadable)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose)
    if (this.#read.length > 0 && !socket.readableEnded) socket.unshift(this.#read)
    this.#context.replace(this, () => {
      if (socket.readableEnded) socket.destroy()
      else this.#decide(isHttp2)
    })
  }

  #forget(): void {
    this.#context.forget(this)
  }

  overdue(): void {
    this.#socket.destroy()
  }

  drain(): void {
    this.deadline = Math.min(this.deadline, this.#context.clock.after(QUIET_MS))
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
