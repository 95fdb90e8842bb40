// An Exchange without a server: a request as bytes goes in, everything that the adapter does comes out as plain data.
// The head and the body are read by the real parser, so that no test invents a head that cannot come. The file is long because the
// contract is.
import { EventEmitter } from 'node:events'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { AppError, ClientDisconnected } from '../../src/app/errors.ts'
import type { Exchange, HeaderList, Peer } from '../../src/app/handler.ts'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import type { RequestHead } from '../../src/http1/request/request-head.ts'
import { RequestReader } from '../../src/http1/request/request-reader.ts'

/** An answer given with `answer` or `begin`. */
export interface FakeAnswer {
  status: number
  headers: HeaderList
  reason: string | undefined
  trailers: HeaderList | undefined
}

type Waiting = { resolve(chunk: Uint8Array | null): void; reject(cause: unknown): void }

export class FakeExchange implements Exchange {
  readonly ownFields: readonly string[] = []
  readonly head: RequestHead
  readonly peer: Peer
  readonly hasBody: boolean
  readonly contentLength: number | undefined
  state: Exchange['state'] = 'pending'
  isGone = false
  onGone: (() => void) | undefined
  onSettled: Exchange['onSettled']
  isReading: (() => boolean) | undefined
  trailers: HeaderList = []
  mayPersist: boolean

  /** Given with `answer` or `begin`; undefined until then. */
  answered: FakeAnswer | undefined
  /** Body bytes of `answer` and `write`. */
  readonly body: Uint8Array[] = []
  /** Every byte of `writeRaw` and, encoded, of `inform`: what a client of a raw answer sees. */
  readonly raw: Uint8Array[] = []
  /** Status given with `beginRaw`. */
  rawStatus: number | undefined
  /** What `endRaw` said. */
  persists: boolean | undefined
  readonly informed: [status: number, headers: HeaderList][] = []
  /** What `fail` was called with. */
  readonly failures: unknown[] = []
  isClosing = false
  isRetiring = false
  isTakenOver = false
  /** While true `write` and `writeRaw` give a promise, which `drain` resolves. */
  isFull = false
  /** Called when the answer is complete or has failed. */
  onDone: (() => void) | undefined

  readonly #reader = new RequestReader(DEFAULT_LIMITS)
  #waiting: Waiting | undefined
  #room: { promise: Promise<void>; resolve(): void } | undefined
  #expectsContinue: boolean
  #abort: AbortController | undefined

  /** `request`: the head and whatever of its body has come. */
  constructor(request: string | Uint8Array, peer: Peer = fakePeer()) {
    this.#reader.receive(Buffer.from(request as string, 'latin1'))
    const head = this.#reader.next()
    if (head.type !== 'request') throw new Error(`Cannot make an exchange: the request gives "${head.type}"`)
    this.head = head
    this.peer = peer
    this.hasBody = head.bodyLength !== 0
    this.contentLength = head.bodyLength < 0 ? undefined : head.bodyLength
    this.mayPersist = head.isPersistent
    this.#expectsContinue = head.expectsContinue
  }

  /** More of the request's body arrives. */
  give(bytes: string | Uint8Array): void {
    this.#reader.receive(Buffer.from(bytes as string, 'latin1'))
    const waiting = this.#waiting
    if (waiting === undefined) return
    const next = this.#next()
    if (next === undefined) return
    this.#waiting = undefined
    if (next instanceof Error) waiting.reject(next)
    else waiting.resolve(next)
  }

  /** The client leaves: reads reject, `onGone` is called, the socket closes, waiting writers wake up. */
  leave(): void {
    this.isGone = true
    this.#waiting?.reject(new ClientDisconnected())
    this.#waiting = undefined
    this.drain()
    this.#abort?.abort()
    if (this.state !== 'done') this.onGone?.()
    this.peer.socket.destroy()
  }

  releaseBody(): void {
    this.isReading = undefined
  }

  /** There is room again for those who wait in `write`. */
  drain(): void {
    this.isFull = false
    this.#room?.resolve()
    this.#room = undefined
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.isGone) this.#abort.abort()
    return this.#abort.signal
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.isGone) return Promise.reject(new ClientDisconnected())
    if (this.#expectsContinue) this.inform(100, [])
    const next = this.#next()
    if (next instanceof Error) return Promise.reject(next)
    if (next !== undefined) return next
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  answer(status: number, headers: HeaderList, body: string | Uint8Array, reason?: string): void {
    this.begin(status, headers, reason)
    this.body.push(Buffer.from(body as string))
    this.#done()
  }

  begin(status: number, headers: HeaderList, reason?: string): void {
    this.#ensure('pending', 'begin an answer')
    this.state = 'body'
    this.answered = { status, headers, reason, trailers: undefined }
  }

  write(chunk: string | Uint8Array): Promise<void> | undefined {
    this.#ensure('body', 'write')
    this.body.push(Buffer.from(chunk as string))
    return this.#backlog()
  }

  whenWritable(): Promise<void> | undefined {
    return this.#backlog()
  }

  get queuedBytes(): number {
    return this.isFull ? 1_000_000 : 0
  }

  get isFlushed(): boolean {
    return !this.isFull
  }

  end(trailers?: HeaderList): void {
    this.#ensure('body', 'end the answer')
    if (this.answered !== undefined) this.answered.trailers = trailers
    this.#done()
  }

  inform(status: number, headers: HeaderList): void {
    this.#ensure('pending', 'send an interim response')
    if (status === 100) this.#expectsContinue = false
    if (this.head.minorVersion === 0) return
    this.informed.push([status, headers])
    const lines = headers.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
    this.raw.push(Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n`, 'latin1'))
  }

  fail(mistake: unknown): void {
    this.failures.push(mistake)
    this.#done()
  }

  beginRaw(status: number, _head?: string): void {
    this.#ensure('pending', 'begin an answer')
    this.state = 'body'
    this.rawStatus = status
  }

  writeRaw(data: string | Uint8Array, encoding: BufferEncoding = 'utf8'): Promise<void> | undefined {
    this.#ensure('body', 'write')
    this.raw.push(typeof data === 'string' ? Buffer.from(data, encoding) : Uint8Array.from(data))
    return this.#backlog()
  }

  sendRaw(): Promise<void> | undefined {
    return this.#backlog()
  }

  endRaw(persist: boolean): void {
    this.#ensure('body', 'end the answer')
    this.persists = persist
    this.#done()
  }

  abandon(): boolean {
    this.leave()
    return false
  }

  closeAfter(): void {
    this.isClosing = true
    this.mayPersist = false
  }

  takeOver(): { readonly socket: Duplex; readonly head: Uint8Array } {
    this.#ensure('pending', 'take the connection over')
    this.isTakenOver = true
    this.state = 'done'
    return { socket: this.peer.socket, head: this.#reader.takeRest() }
  }

  retireWorker(): void {
    this.isRetiring = true
  }

  get status(): number {
    return this.answered?.status ?? this.rawStatus ?? 0
  }

  /** The body of `answer` or `write` as text. */
  get bodyText(): string {
    return Buffer.concat(this.body).toString()
  }

  /** The bytes of a raw answer, one character per byte. */
  get rawText(): string {
    return Buffer.concat(this.raw).toString('latin1')
  }

  #next(): Uint8Array | null | Error | undefined {
    const event = this.#reader.next()
    switch (event.type) {
      case 'data':
        return event.chunk
      case 'end':
        this.trailers = event.trailers
        return null
      case 'paused':
        return null
      case 'fault':
        return event
      case 'need-data':
        return undefined
      default:
        throw new Error(`Cannot read the body: the request gives "${event.type}"`)
    }
  }

  #backlog(): Promise<void> | undefined {
    if (!this.isFull) return undefined
    if (this.#room === undefined) {
      let resolve = (): void => {}
      const promise = new Promise<void>(done => {
        resolve = done
      })
      this.#room = { promise, resolve }
    }
    return this.#room.promise
  }

  #ensure(state: Exchange['state'], action: string): void {
    if (this.state !== state)
      throw new AppError(`Cannot ${action}: the exchange is "${this.state}", "${state}" is needed`)
  }

  #done(): void {
    this.state = 'done'
    this.onDone?.()
  }
}

/** A TCP peer on 192.0.2.1; its socket only has events and `destroy`. */
export function fakePeer(changes: Partial<Peer> = {}): Peer {
  const peer: Peer = {
    get connection() {
      return peer
    },
    remoteAddress: '192.0.2.1',
    remotePort: 50000,
    localAddress: '192.0.2.2',
    localPort: 8080,
    serverName: 'app.example',
    serverPort: '8080',
    isEncrypted: false,
    keepaliveTimeoutMs: 5000,
    socket: fakeSocket(() => peer.onClosed?.()),
    onClosed: undefined,
    onEnded: undefined,
    ...changes,
  }
  return peer
}

/** An emitter that closes when it is destroyed, as a net.Socket does: 'close' comes a tick later. */
function fakeSocket(closed: () => void): Duplex {
  const socket = Object.assign(new EventEmitter(), {
    destroyed: false,
    destroy(): void {
      if (socket.destroyed) return
      socket.destroyed = true
      process.nextTick(() => {
        socket.emit('close', false)
        closed()
      })
    },
    setTimeout(): void {},
  })
  return socket as unknown as Duplex
}
