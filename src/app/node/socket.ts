// What `req.socket` and `res.socket` are: one for each connection, with the facts of the real socket and the output of the exchange that
// is being answered. The real one is the server's, which sends output in one piece; an application that wrote to it would mix up answers.
import { answerFailure } from '../answer-failure.ts'
import { ClientDisconnected } from '../errors.ts'
import type { AppContext, Exchange, Peer } from '../handler.ts'
import { BodyCount } from './body-count.ts'
import { Completion, closeResponse, follow, keepEnds, type WriteCallback } from './completion.ts'
import type { GenuineRequest, GenuineResponse, HttpServer } from './internals.ts'
import { sendRawResponse } from './raw-response.ts'
import { abortRequest, decideBody } from './request.ts'
import { closePeer, SocketFacts } from './socket-properties.ts'
import { trailersOf } from './trailers.ts'

export class NodeSocket extends SocketFacts {
  /** The response that may write. ServerResponse looks at this name. */
  _httpMessage: GenuineResponse | null = null
  /** The application's http.Server, or one that stands in for it. */
  readonly server: HttpServer
  readonly #context: AppContext
  #exchange: Exchange | undefined
  #incoming: GenuineRequest | undefined
  /** Counts the body where Content-Length declares it before all of it is known. */
  #count: BodyCount | undefined
  /** Pending as long as what was written last had no room. */
  #room: Promise<void> | undefined
  #completion: Completion | undefined
  #hasEnded = false
  readonly #onGone = (): void => this.#lose()
  readonly #onClosed = (): void => {
    if (this.#exchange !== undefined) this.#lose()
    else {
      // An idle connection: our side has been closed behind the client's.
      if (this.#hasEnded && !this.closed) this.emit('finish')
      this.close()
    }
  }

  constructor(peer: Peer, context: AppContext, server: HttpServer) {
    super(peer)
    this.#context = context
    this.server = server
    peer.onClosed = this.#onClosed
    peer.onEnded = () => this.#clientEnded()
  }

  // --- the exchange

  /** Makes `exchange` the one that `res` answers. */
  begin(exchange: Exchange, req: GenuineRequest, res: GenuineResponse): void {
    this.#exchange = exchange
    this.#incoming = req
    this._httpMessage = res
    exchange.onGone = this.#onGone
  }

  get mayPersist(): boolean {
    return this.#exchange?.mayPersist === true
  }

  /** The body of `req` is read. */
  reads(req: GenuineRequest): void {
    if (this.#incoming !== req) return
    this.touched()
    // The read sends `100 Continue`, and the answer may then leave the connection open.
    if (this._httpMessage!._expect_continue) this._httpMessage!._sent100 = true
  }

  bodyFailed(req: GenuineRequest, cause: unknown): void {
    if (this.#incoming !== req || this.isAnswered) abortRequest(req)
    else if (cause instanceof ClientDisconnected) this.#cut(cause)
    else this.failAnswer(cause)
  }

  /** The body that follows has to be as long as its Content-Length says. */
  countBody(declared: number): void {
    this.#count = new BodyCount(declared, this._httpMessage!._header!)
    if (this.#count.error !== undefined) this.failAnswer(this.#count.error)
  }

  /** The application has ended `res`. */
  finishAnswer(res: GenuineResponse): void {
    this.#count?.end()
    if (this.#count?.error !== undefined) {
      this.failAnswer(this.#count.error)
      return
    }
    this.#after().isLast = true
    // As node:http, whether a body is still read is seen behind 'finish': the reader may come in this turn.
    if (this.#incoming!.complete) this.conclude(res)
  }

  /** Whether the answer is complete, and nothing is decided yet about the rest of the request's body. */
  get isAnswered(): boolean {
    return this.#exchange !== undefined && this.#completion?.isLast === true
  }

  /** Ends the exchange that `res` has answered, if that has not been done. */
  conclude(res: GenuineResponse): void {
    if (this._httpMessage !== res) return
    const exchange = this.#exchange!
    if (res._last) keepEnds(exchange.peer, res)
    if (exchange.hasBody) decideBody(this.#incoming!, res._expect_continue && !res._sent100)
    this.#release()
    exchange.endRaw(!res._last, res.req.httpVersionMajor === 2 ? trailersOf(res) : undefined)
  }

  /** Ends the exchange with a failure: 500, or cut when the answer has begun. For the application the connection is gone. */
  failAnswer(cause: unknown): void {
    const [exchange, res] = [this.#exchange, this._httpMessage!]
    if (exchange === undefined) return
    const abandon = this.#giveUp()
    answerFailure(exchange, cause, this.#context)
    // What the client sees: for who looks at the response when it closes.
    if (!res._headerSent && exchange.status > 0) res.statusCode = exchange.status
    abandon()
  }

  // --- the writable side, as ServerResponse uses it

  /** An answer that was cut has bytes that never left: Node 20 and 22 take it for finished otherwise. */
  get writableLength(): number {
    return this.destroyed ? this.writableHighWaterMark : (this.#exchange?.queuedBytes ?? 0)
  }

  get writableNeedDrain(): boolean {
    return this.#room !== undefined
  }

  write(
    data: string | Uint8Array,
    encoding?: BufferEncoding | null | WriteCallback,
    callback?: WriteCallback,
  ): boolean {
    if (typeof encoding === 'function') return this.write(data, null, encoding)
    const exchange = this.#exchange
    if (exchange === undefined) return false
    if (data.length > 0) {
      this.touched()
      const room = this.#send(exchange, data, encoding ?? 'utf8')
      if (room !== undefined) this.#waitFor(room)
      // The bytes were too many, and the answer has failed.
      if (this.#exchange === undefined) return false
    }
    if (typeof callback === 'function') this.#after().callbacks.push(callback)
    return this.#room === undefined
  }

  /** Ends an answer that the application has written by hand; without one the connection is cut. */
  end(data?: string | Uint8Array, encoding?: BufferEncoding): this {
    if (data !== undefined) this.write(data, encoding)
    const exchange = this.#exchange
    if (exchange === undefined || exchange.state === 'pending') return this.destroy()
    const abandon = this.#giveUp()
    exchange.endRaw(false)
    abandon()
    return this
  }

  /** Cuts the connection: no answer, or no more of it. */
  destroy(error?: Error, how: 'destroy' | 'resetAndDestroy' = 'destroy'): this {
    if (this.destroyed) return this
    this.errored = error ?? null
    if (this.isAnswered) this.#abandonBody()
    if (this.#exchange !== undefined) {
      this.#cut(error ?? new ClientDisconnected('Cannot complete the answer: the application has cut the connection'))
      return this
    }
    this.#forget()
    // Later than this turn: the answer before may still be on its way out.
    setImmediate(closePeer, this.peer, how)
    return this
  }

  #send(exchange: Exchange, data: string | Uint8Array, encoding: BufferEncoding): Promise<void> | undefined {
    const res = this._httpMessage!
    if (!res._headerSent) return sendRawResponse(exchange, res, data, encoding)
    if (this.#count !== undefined && !this.#count.add(data, encoding)) {
      this.failAnswer(this.#count.error)
      return undefined
    }
    if (exchange.state === 'pending') exchange.beginRaw(res.statusCode, res._header ?? '')
    return exchange.writeRaw(data, encoding)
  }

  // --- what follows in a later tick

  /** What is to happen after the write just made: at the next tick, or when there is room. */
  #after(): Completion {
    if (this.#completion !== undefined && !this.#completion.isOver) return this.#completion
    this.#completion = new Completion(this, this.#exchange!, this.#incoming!, this._httpMessage!)
    process.nextTick(follow, this.#completion)
    return this.#completion
  }

  #waitFor(room: Promise<void>): void {
    if (this.#room === room) return
    this.#room = room
    room.then(() => {
      if (this.#room !== room) return
      this.#room = undefined
      // For who writes by hand. That of a response may have been tried between the 'drain' of its connection and this.
      if (this.listenerCount('drain') > 0) this.emit('drain')
      if (this._httpMessage?.writableNeedDrain === true && this.#exchange !== undefined) this.#after()
    })
    this.#after()
  }

  // --- the ends

  /** The answer goes out, and what is left of the body is lost. */
  #abandonBody(): void {
    const [exchange, req] = [this.#exchange!, this.#incoming!]
    this.#release()
    exchange.endRaw(false)
    abortRequest(req)
  }

  /** The client has closed its sending side. As node:http, it has left, unless the server is made for half-open connections. */
  #clientEnded(): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true
      this.endReadable()
    }
    if (this.#exchange === undefined || this.server.httpAllowHalfOpen === true) return
    if (this.#exchange.abandon())
      this.#fault(Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_EOF_STATE' }))
    else this.emit('finish')
    this.#lose()
  }

  #fault(error: Error): void {
    this.errored = error
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }

  /** The client has gone. Node's order: the request, the response, the socket. */
  #lose(): void {
    if (this.#exchange === undefined) return
    const req = this.#incoming!
    const res = this._httpMessage!
    this.#unbind()
    this.#release()
    abortRequest(req)
    closeResponse(res)
    this.close()
  }

  /** Ends the exchange without an answer, or in the middle of it. */
  #cut(cause: unknown): void {
    const exchange = this.#exchange!
    const { statusCode } = this._httpMessage!
    const abandon = this.#giveUp()
    if (exchange.state === 'pending') exchange.beginRaw(statusCode >= 200 && statusCode <= 599 ? statusCode : 500)
    exchange.fail(cause)
    abandon()
  }

  /** Lets go of the exchange; the function that it gives tells the application, once the server has done its part. */
  #giveUp(): () => void {
    const req = this.#incoming!
    const res = this._httpMessage!
    this.#forget()
    this.#release()
    return () => {
      abortRequest(req)
      process.nextTick(closeResponse, res)
    }
  }

  /** For the application the connection is over; if a request still comes on it, that one gets a socket of its own. */
  #forget(): void {
    this.#unbind()
    process.nextTick(() => this.close())
  }

  #unbind(): void {
    this.destroyed = true
    if (this.peer.onClosed !== this.#onClosed) return
    this.peer.onClosed = undefined
    this.peer.onEnded = undefined
  }

  #release(): void {
    this.#exchange = undefined
    this.#incoming = undefined
    this._httpMessage = null
    this.#count = undefined
    this.#completion = undefined
    if (this.timeout > 0) this.setTimeout(0)
  }

  /** As node:http: a listener decides; without one the connection is cut. */
  protected timedOut(): void {
    const byRequest = this.#incoming?.complete === false && this.#incoming.emit('timeout', this)
    const byResponse = this._httpMessage?.emit('timeout', this) === true
    const byServer = this.server.emit('timeout', this) === true
    this.emit('timeout')
    if (!byRequest && !byResponse && !byServer) this.destroy()
  }
}
