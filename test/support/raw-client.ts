// A client of raw bytes: sends what a test says, cut as it says, and reads the answers with the strict reader.

import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Answer, AnswerReader } from './answers.ts'

export interface RawTarget {
  readonly port?: number
  readonly host?: string
  /** Path of a Unix socket. */
  readonly path?: string
  /** TLS; the certificate is not checked. */
  readonly tls?: boolean
  /** Methods of the requests that will be sent, in order; what is missing is GET. */
  readonly methods?: readonly string[]
}

/** How a server ended: `fin` an orderly end, `rst` a reset. */
export type Ending = 'fin' | 'rst'

const WAIT_MS = 90_000

/** Connects, and resolves when bytes can be sent. */
export async function connectRaw(target: RawTarget): Promise<RawClient> {
  const socket = openSocket(target)
  await once(socket, target.tls === true ? 'secureConnect' : 'connect')
  socket.setNoDelay(true)
  return new RawClient(socket, target.methods)
}

function openSocket(target: RawTarget): Socket {
  const place =
    target.path === undefined ? { host: target.host ?? '127.0.0.1', port: target.port! } : { path: target.path }
  // Half-open: a test decides itself when its side ends.
  const options = { ...place, allowHalfOpen: true }
  return target.tls === true ? connectTls({ ...options, rejectUnauthorized: false }) : createConnection(options)
}

export class RawClient {
  readonly socket: Socket
  readonly #reader: AnswerReader
  /** What was received, in room that doubles: a byte is copied twice at most. */
  #bytes: Buffer = Buffer.alloc(1024)
  #length = 0
  #text = ''
  #ending: Ending | undefined
  #fault: Error | undefined
  #changed: () => void = () => {}

  constructor(socket: Socket, methods: readonly string[] = []) {
    this.socket = socket
    this.#reader = new AnswerReader(methods)
    socket.on('data', chunk => this.#note(() => this.#feed(chunk)))
    socket.on('end', () => this.#note(() => this.#end('fin')))
    socket.on('error', () => this.#note(() => this.#end('rst')))
    socket.on('close', () => this.#note(() => this.#end('rst')))
  }

  /** Everything that was received. */
  get text(): string {
    if (this.#text.length < this.#length) this.#text = this.#bytes.toString('latin1', 0, this.#length)
    return this.#text
  }

  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Sends text (latin1) or bytes in one write; resolves when the kernel has them, or the connection is gone. */
  send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    return new Promise(resolve => {
      if (this.socket.destroyed || this.socket.writableEnded) resolve()
      else this.socket.write(bytes, () => resolve())
    })
  }

  /** Sends the pieces between `cuts`, each in its own write. */
  async sendCut(data: string, cuts: readonly number[]): Promise<void> {
    let from = 0
    for (const cut of [...cuts, data.length]) {
      await this.send(data.slice(from, cut))
      from = cut
    }
  }

  /** Sends every byte in its own write. */
  async drip(data: string): Promise<void> {
    for (const letter of data) await this.send(letter)
  }

  /** Ends this side; the answers can still be read. */
  halfClose(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** The first `count` final answers. Rejects when the server ends before, or sends what no server may send. */
  async answers(count: number): Promise<readonly Answer[]> {
    await this.#until(() => this.#reader.answers.length >= count || this.#ending !== undefined, `${count} answers`)
    const { answers } = this.#reader
    if (answers.length < count)
      throw new Error(`${answers.length} answers of ${count} before ${this.#ending}: ${this.#seen()}`)
    return answers.slice(0, count)
  }

  async answer(): Promise<Answer> {
    const [answer] = await this.answers(1)
    return answer!
  }

  /** All answers up to the server's orderly end. Rejects on a reset, or when the last answer is cut. */
  async allAnswers(): Promise<readonly Answer[]> {
    const ending = await this.ended()
    if (ending === 'rst') throw new Error(`The connection was reset: ${this.#seen()}`)
    this.#reader.feedEof()
    return this.#reader.answers
  }

  /** How the server ended, once it has. A cut answer is allowed here; look at `text`. */
  async ended(): Promise<Ending> {
    await this.#until(() => this.#ending !== undefined, 'the end')
    return this.#ending!
  }

  /** Resolves when what was received contains `text`. */
  async seen(text: string): Promise<void> {
    let searched = 0
    const isSeen = (): boolean => {
      // What was searched is not searched again, nor joined: an answer comes in thousands of pieces.
      const from = Math.max(0, searched - text.length + 1)
      searched = this.#length
      return this.#bytes.subarray(0, this.#length).indexOf(text, from, 'latin1') >= 0
    }
    await this.#until(isSeen, JSON.stringify(text))
  }

  async #until(isReached: () => boolean, what: string): Promise<void> {
    const giveUp = setTimeout(
      () =>
        this.#note(() => {
          this.#fault = new Error(`No ${what} within ${WAIT_MS} ms: ${this.#seen()}`)
        }),
      WAIT_MS,
    )
    try {
      while (!isReached()) {
        if (this.#fault !== undefined) throw this.#fault
        await new Promise<void>(resolve => {
          this.#changed = resolve
        })
      }
      if (this.#fault !== undefined) throw this.#fault
    } finally {
      clearTimeout(giveUp)
    }
  }

  #note(change: () => void): void {
    change()
    this.#changed()
  }

  #feed(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#bytes.length) {
      const room = Buffer.alloc(2 * (this.#length + chunk.length))
      this.#bytes.copy(room, 0, 0, this.#length)
      this.#bytes = room
    }
    this.#length += chunk.copy(this.#bytes, this.#length)
    try {
      this.#reader.feed(chunk)
    } catch (error) {
      this.#fault = error as Error
    }
  }

  #end(ending: Ending): void {
    this.#ending ??= ending
  }

  #seen(): string {
    return JSON.stringify(this.text.slice(0, 500))
  }
}
