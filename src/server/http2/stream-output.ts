// What is sent on a stream: head, body in pieces, trailers, and whether the client takes them.
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { OwnAnswer } from '../answer-rules.ts'
import type { DeadlineTimer } from '../deadline-timer.ts'
import { responseHeaders } from './response-headers.ts'

/** What is handed to node:http2 at a time: that a client takes a large body is seen by what is left of it. */
const PIECE_BYTES = 64 * 1024

// RFC 9113 7.
const NO_ERROR = 0
export const CANCEL = 8

const NO_TRAILERS: OutgoingHttpHeaders = {}
const WHOLE = { endStream: true }
const PIECES = { waitForTrailers: true }

export class StreamOutput {
  /** Sent behind the body, when it ends. */
  trailers: OutgoingHttpHeaders = NO_TRAILERS
  readonly #stream: ServerHttp2Stream
  /** Whether the end of the body is a frame behind its last piece. */
  #hasTrailerFrame = false
  #isDetached = false
  /** Pieces that node:http2 has not sent. */
  #pending = 0
  #flushed: (() => void)[] | undefined
  #room: Promise<void> | undefined
  /** Bytes that waited for the client's window at the last tick, and until when they may. */
  #waiting = 0
  #stallBy = Infinity
  #onSent: (() => void) | undefined

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  /** Whether what is sent still reaches the client. */
  get isOpen(): boolean {
    return !this.#isDetached && !this.#stream.destroyed && !this.#stream.closed
  }

  get hasBegun(): boolean {
    return this.#stream.headersSent
  }

  get queuedBytes(): number {
    return this.#stream.writableLength
  }

  get isFlushed(): boolean {
    return !this.isOpen || this.#pending === 0
  }

  inform(headers: OutgoingHttpHeaders): void {
    if (this.isOpen) this.#stream.additionalHeaders(headers)
  }

  /** A whole answer. */
  answer(headers: OutgoingHttpHeaders, body: string | Uint8Array, length: number): void {
    if (!this.isOpen) return
    this.#stream.respond(headers, length === 0 ? WHOLE : undefined)
    if (length === 0) return
    if (length <= PIECE_BYTES) this.#stream.end(body)
    else {
      this.write(body, length)
      this.#stream.end()
    }
  }

  /** The head of an answer whose body follows. */
  begin(headers: OutgoingHttpHeaders, hasBody: boolean): void {
    if (!this.isOpen) return
    this.#stream.respond(headers, hasBody ? PIECES : WHOLE)
    if (!hasBody) return
    this.#hasTrailerFrame = true
    this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(this.trailers))
  }

  write(chunk: string | Uint8Array, length: number): void {
    if (!this.isOpen) return
    if (length <= PIECE_BYTES) this.#push(chunk)
    else {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      for (let at = 0; at < length; at += PIECE_BYTES) this.#push(bytes.subarray(at, at + PIECE_BYTES))
    }
  }

  #push(chunk: string | Uint8Array): void {
    this.#pending++
    this.#onSent ??= () => this.#sent()
    this.#stream.write(chunk, this.#onSent)
  }

  #sent(): void {
    if (--this.#pending > 0) return
    const waiting = this.#flushed ?? []
    this.#flushed = undefined
    for (const resolve of waiting) resolve()
  }

  end(): void {
    if (this.isOpen && !this.#stream.writableEnded) this.#stream.end()
  }

  reset(code: number): void {
    if (this.isOpen) this.#stream.close(code)
  }

  /** Nothing that comes from now on is sent. */
  detach(): void {
    this.#isDetached = true
  }

  /** A promise while there is no room for more. */
  whenWritable(): Promise<void> | undefined {
    if (!this.isOpen || !this.#stream.writableNeedDrain) return undefined
    this.#room ??= new Promise(resolve => {
      const done = (): void => {
        this.#stream.off('drain', done)
        this.#stream.off('close', done)
        this.#room = undefined
        resolve()
      }
      this.#stream.on('drain', done)
      this.#stream.on('close', done)
    })
    return this.#room
  }

  /** A promise while the memory of what was written must not change. Callbacks of a stream that is destroyed are called, too. */
  whenFlushed(): Promise<void> | undefined {
    if (this.isFlushed) return undefined
    this.#flushed ??= []
    const waiting = this.#flushed
    return new Promise(resolve => waiting.push(resolve))
  }

  /** Looks whether the client takes anything of what waits for it; without progress for `writeTimeoutMs` the stream is reset. */
  tick(clock: DeadlineTimer, writeTimeoutMs: number): void {
    const { writableLength } = this.#stream
    if (writableLength === 0) this.#stallBy = Infinity
    else if (writableLength !== this.#waiting || this.#stallBy === Infinity) this.#stallBy = clock.after(writeTimeoutMs)
    else if (this.#stallBy <= clock.time) this.#stream.close(CANCEL)
    this.#waiting = writableLength
  }

  /** Tells a client that still sends its body to stop (RFC 9113 8.1), behind the answer: a reset overtakes what waits. */
  stopBody(): void {
    const stream = this.#stream
    if (stream.destroyed) return
    const isSent = this.#hasTrailerFrame ? stream.sentTrailers !== undefined : stream.writableFinished
    const stop = (): void => void setImmediate(stopReading, stream)
    if (isSent) stop()
    else stream.once(this.#hasTrailerFrame ? 'wantTrailers' : 'finish', stop)
  }
}

/** An answer that no application gives; its length in bytes. */
export function sendOwnAnswer(
  output: StreamOutput,
  { status, headers, body }: OwnAnswer,
  serverHeader: string,
): number {
  const sent = responseHeaders(status, headers, serverHeader)
  sent['content-length'] = body.length
  output.answer(sent, body, body.length)
  return body.length
}

function stopReading(stream: ServerHttp2Stream): void {
  if (!stream.closed && !stream.readableEnded) stream.close(NO_ERROR)
}
