// One Perl child at the other end of its line: it gets requests, one at a time, and says what becomes of them.
import type { Duplex } from 'node:stream'
import { releasePieces } from '../../memory/buffer-pool.ts'
import { answerFailure } from '../answer-failure.ts'
import type { AppContext, Exchange } from '../handler.ts'
import type { BufferedInput } from '../psgi/input.ts'
import { PerlAnswer, type Source } from './answer.ts'
import { encodeEnv } from './env.ts'
import type { FrameConnection, FrameConnectionUser } from './frame-connection.ts'
import { FLAG, FRAME, type Frame, MODE, u32 } from './frames.ts'
import type { JobInput } from './queue.ts'
import { isForTunnel, Tunnel } from './tunnel.ts'
import { Turn } from './turn.ts'

/** idle: it may get a request. answering: it has one. busy: that is answered, and the child still works. leaving: no more. */
export type ChildState = 'idle' | 'answering' | 'busy' | 'leaving'

/** What the pool wants to know. */
export interface ChildEvents {
  /** It is free for the next request. */
  onIdle(child: PerlChild): void
  /** It will exit by itself, and gets no further request. */
  onLeaving(child: PerlChild): void
  /** Its line is closed. */
  onGone(child: PerlChild): void
  /** It has sent what it must not: it is cut off, and should be ended. */
  onBroken(child: PerlChild): void
}

/** Bodies up to this length go in the frame of their request. */
const INLINE_BYTES = 4 * 1024 * 1024

export class PerlChild implements Source, FrameConnectionUser {
  readonly pid: number
  /** When it got its request or last said something, on the clock of `performance.now`. */
  lastHeardAt = 0
  state: ChildState = 'idle'
  /** The request that it left unanswered when its line closed. */
  lost: Exchange | undefined
  readonly #line: FrameConnection
  readonly #context: AppContext
  readonly #events: ChildEvents
  readonly #turn = new Turn()
  #answer: PerlAnswer | undefined
  /** The body of its request, where it went in one frame. */
  #posted: readonly Uint8Array[] = []
  /** From the application to its client, of a request that asks for another protocol. */
  #tunnel: Tunnel | undefined
  #isPaused = false
  /** Whether it waits for the client to send more. */
  #isFed = false
  #isDismissed = false

  constructor(pid: number, line: FrameConnection, context: AppContext, events: ChildEvents) {
    this.pid = pid
    this.#line = line
    this.#context = context
    this.#events = events
    line.user = this
  }

  /** The request that it works on; undefined once that is answered. */
  get exchange(): Exchange | undefined {
    return this.#answer?.exchange
  }

  /** Whether it is expected to say something: it works, and has not been asked to wait. */
  get isExpectedToReport(): boolean {
    const waits = this.#isPaused || this.#isFed || this.#tunnel?.state === 'taken'
    return (this.state === 'answering' || this.state === 'busy') && !waits
  }

  /** Gives it a request whose body is `input`. Only for an idle child. */
  serve(exchange: Exchange, input: JobInput): void {
    this.state = 'answering'
    this.lastHeardAt = performance.now()
    this.#answer = new PerlAnswer(exchange, this.#context, this)
    this.#turn.begin()
    const { request } = this.#turn
    if (typeof input !== 'object') {
      const mode = input === 'live' ? MODE.live : isForTunnel(exchange) ? MODE.upgrade : MODE.none
      this.#line.send(FRAME.request, request, requestHead(mode, encodeEnv(exchange, undefined)))
      return
    }
    const env = encodeEnv(exchange, input.length)
    if (input.pieces === undefined || input.length > INLINE_BYTES) {
      this.#line.send(FRAME.request, request, requestHead(MODE.frames, env))
      void this.#sendBody(input, request)
    } else if (input.length === 0) this.#line.send(FRAME.request, request, requestHead(MODE.none, env))
    else {
      this.#posted = input.pieces
      void this.#line.sendBytes(FRAME.request, request, requestHead(MODE.inline, env), ...input.pieces)
    }
  }

  /** Its second connection, for `request`, which it has just got. */
  openTunnel(end: Duplex, request: number): void {
    if (this.#answer === undefined || request !== this.#turn.request) {
      end.destroy()
      return
    }
    this.#tunnel = new Tunnel(end, this.#answer.exchange)
    this.#line.send(FRAME.tunnel, request)
  }

  /** Lets an idle child exit; a working one exits when it is done. */
  dismiss(): void {
    this.#isDismissed = true
    if (this.state !== 'idle') return
    this.state = 'leaving'
    this.#line.end()
  }

  /** Ends its request as far as the client is concerned, and gives it no other. */
  giveUp(status: 502 | 504): void {
    this.state = 'leaving'
    this.#answer?.giveUp(status)
    this.#answer = undefined
  }

  /** Has it write its errors to the file at `path`, which has been rotated. */
  reopenLog(path: string): void {
    this.#line.send(FRAME.log, 0, Buffer.from(path).toString('latin1'))
  }

  destroy(): void {
    this.#line.destroy()
  }

  // --- as the source of an answer

  pause(): void {
    this.#isPaused = true
    this.#line.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.lastHeardAt = performance.now()
    this.#line.resume()
  }

  abort(answer: PerlAnswer): void {
    if (answer === this.#answer) this.#line.send(FRAME.abort, this.#turn.request)
  }

  async #sendBody(input: BufferedInput, request: number): Promise<void> {
    try {
      for await (const chunk of input) {
        if (!this.#line.isOpen) return
        await this.#line.sendBytes(FRAME.data, request, '', chunk)
        this.lastHeardAt = performance.now()
      }
      this.#line.send(FRAME.end, request)
    } catch (cause) {
      this.#context.log.error('Cannot give the request body to a Perl child', cause)
      this.#line.destroy()
    } finally {
      await input.close?.().catch(() => undefined)
    }
  }

  /** Gives the application the next piece of a body that it reads as it comes. */
  async #feed(): Promise<void> {
    const answer = this.#answer
    this.#isFed = true
    const piece = answer === undefined ? undefined : await nextPiece(answer.exchange, this.#context)
    // Another request has the child by now.
    if (answer !== this.#answer) return
    this.#isFed = false
    this.lastHeardAt = performance.now()
    const { request } = this.#turn
    if (piece === undefined) this.#line.send(FRAME.abort, request)
    else if (piece === null) this.#line.send(FRAME.end, request)
    else void this.#line.sendBytes(FRAME.data, request, '', piece)
  }

  // --- called by the transport

  heard(): boolean {
    this.lastHeardAt = performance.now()
    if (this.#tunnel?.state !== 'open') return this.readFrames()
    // What the application wrote to its client before comes by the other connection, in this turn of the event loop.
    setImmediate(() => this.readFrames())
    return false
  }

  /** Also called for what came with the handshake. True when nothing of what was read is on its way any more. */
  readFrames(): boolean {
    let isFree = true
    try {
      for (let frame = this.#line.next(); frame !== undefined; frame = this.#line.next()) {
        const answer = this.#answer
        this.#take(frame)
        if (answer?.isFlushed === false) isFree = false
      }
    } catch (cause) {
      this.#context.log.error(`Cannot understand the Perl child ${this.pid}: its connection is cut`, cause)
      this.#events.onBroken(this)
      this.#line.destroy()
      isFree = false
    }
    return isFree
  }

  closed(): void {
    const lost = this.#answer
    this.#answer = undefined
    this.#tunnel?.done()
    this.state = 'leaving'
    this.lost = lost?.exchange
    lost?.giveUp(502)
    this.#events.onGone(this)
  }

  #take(frame: Frame): void {
    this.#turn.take(frame)
    const { type, payload } = frame
    switch (type) {
      case FRAME.response: {
        const flags = payload[2]!
        const isLast = (flags & FLAG.last) !== 0
        this.#answer?.respond(payload, isLast)
        if (isLast) this.#answered(flags)
        break
      }
      case FRAME.data:
        this.#answer?.data(payload)
        break
      case FRAME.end:
        this.#answer?.end((payload[0]! & FLAG.broken) !== 0)
        this.#answered(payload[0]!)
        break
      case FRAME.inform:
        this.#answer?.inform(payload)
        break
      case FRAME.want:
        void this.#feed()
        break
      case FRAME.idle:
        // In place of an answer it says that none is awaited.
        this.#answer?.giveUp(502)
        this.#answered(payload[0]!)
        break
      case FRAME.leave:
        // It was told TERM by somebody. The pool lets it go as it does with one too many.
        if (this.state !== 'leaving') this.#events.onLeaving(this)
        this.dismiss()
        break
      default:
        throw new Error(`Cannot read a frame of type ${type}`)
    }
  }

  #answered(flags: number): void {
    this.#answer = undefined
    // It read the frame of its request to the end before it said anything.
    releasePieces(this.#posted)
    this.#posted = []
    this.#isFed = false
    this.#tunnel?.done()
    this.#tunnel = undefined
    if (this.state === 'leaving') return
    if ((flags & FLAG.leaving) !== 0) {
      this.state = 'leaving'
      this.#events.onLeaving(this)
    } else if ((flags & FLAG.busy) !== 0) this.state = 'busy'
    else {
      this.state = 'idle'
      if (this.#isDismissed) this.dismiss()
      else this.#events.onIdle(this)
    }
  }
}

function requestHead(mode: number, env: string): string {
  return String.fromCharCode(mode) + u32(env.length) + env
}

/** Null at the end; undefined when the rest will not come, which the client has been told if it is there. */
async function nextPiece(exchange: Exchange, context: AppContext): Promise<Uint8Array | null | undefined> {
  if (exchange.state === 'done') return undefined
  try {
    return await exchange.read()
  } catch (cause) {
    answerFailure(exchange, cause, context)
    return undefined
  }
}
