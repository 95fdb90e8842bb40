// The first bytes of a socket, before it is known who is to read it: they are judged, and what does not belong to the judgement goes back
// into the socket.
import type { Socket } from 'node:net'
import type { OpenConnection, ServerContext } from './server-context.ts'
import { QUIET_MS } from './settings.ts'

export interface Judgement<T> {
  readonly value: T
  /** How many of the bytes belong to it. */
  readonly length: number
}

export class FirstBytes<T> implements OpenConnection {
  deadline: number
  readonly present = undefined
  readonly #context: ServerContext
  readonly #socket: Socket
  readonly #judge: (bytes: Buffer) => Judgement<T> | undefined
  readonly #decide: (value: T) => void
  #read: Buffer = Buffer.alloc(0)
  readonly #onReadable = (): void => this.#look()
  readonly #onEnd = (): void => this.destroy()
  readonly #onError = (): void => undefined
  readonly #onClose = (): void => this.#context.forget(this)

  /**
   * `judge` sees all that has come whenever more comes; undefined: it needs more. `decide` is called once, unless the connection ends
   * before, in the time of a head.
   */
  constructor(
    context: ServerContext,
    socket: Socket,
    judge: (bytes: Buffer) => Judgement<T> | undefined,
    decide: (value: T) => void,
  ) {
    this.#context = context
    this.#socket = socket
    this.#judge = judge
    this.#decide = decide
    this.deadline = context.clock.after(context.settings.headTimeoutMs)
    socket.on('readable', this.#onReadable).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
  }

  #look(): void {
    const chunk = this.#socket.read() as Buffer | null
    if (chunk === null) return
    this.#read = this.#read.length === 0 ? chunk : Buffer.concat([this.#read, chunk])
    const judgement = this.#judge(this.#read)
    if (judgement !== undefined) this.#leave(judgement)
  }

  #leave({ value, length }: Judgement<T>): void {
    const socket = this.#socket
    socket
      .off('readable', this.#onReadable)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose)
    if (length < this.#read.length && !socket.readableEnded) socket.unshift(this.#read.subarray(length))
    this.#context.replace(this, () => this.#decide(value))
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
