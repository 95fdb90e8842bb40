// Genuine http.IncomingMessage objects from checked request heads. What differs per request are own properties: Express
// replaces the prototype of every request, so nothing can live there.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestHead } from '../../http1/request/request-head.ts'
import type { Exchange } from '../handler.ts'
import type { GenuineRequest } from './internals.ts'

// Not imported: see status.ts.
const NodesOwn: typeof IncomingMessage = process.getBuiltinModule('node:http').IncomingMessage

const EXCHANGE: unique symbol = Symbol('exchange')
/** Whether a piece of the body was thrown away. */
const HAS_LOST: unique symbol = Symbol('has lost')

/** The socket of a request, as far as its body is concerned. */
interface BodySocket {
  reads(req: GenuineRequest): void
  bodyFailed(req: GenuineRequest, cause: unknown): void
}

/** A request with a body has its exchange itself: it may read on when its response has gone. */
type RequestWithBody = GenuineRequest & {
  [EXCHANGE]: Exchange
  [HAS_LOST]?: boolean
}

/** The request of `exchange` as the application sees it, on `socket`, with `url` for its target. */
export function makeRequest(
  exchange: Exchange,
  socket: BodySocket,
  url: string,
  Message: typeof NodesOwn = NodesOwn,
): GenuineRequest {
  const req = makeBodyless(exchange.head, socket, url, Message)
  if (exchange.hasBody) {
    req.complete = false
    req._read = readBody
    ;(req as RequestWithBody)[EXCHANGE] = exchange
  }
  return req
}

/** The request of an upgrade: it has no body, and `socket` is the connection itself. */
export function makeUpgradeRequest(
  head: RequestHead,
  socket: unknown,
  url: string,
  Message: typeof NodesOwn = NodesOwn,
): GenuineRequest {
  const req = makeBodyless(head, socket, url, Message)
  req.upgrade = true
  return req
}

/** The request as far as it has no body. */
export function makeBodyless(
  head: RequestHead,
  socket: unknown,
  url: string,
  Message: typeof NodesOwn,
): GenuineRequest {
  const req = new Message(socket as Socket) as GenuineRequest
  const isHttp2 = head.protocol === 'HTTP/2.0'
  req.httpVersionMajor = isHttp2 ? 2 : 1
  // With 0, ServerResponse leaves the end of a body to the connection: that of a stream is a frame.
  req.httpVersionMinor = isHttp2 ? 0 : head.minorVersion
  req.httpVersion = isHttp2 ? '2.0' : head.minorVersion === 1 ? '1.1' : '1.0'
  req.method = head.method
  req.url = url
  req.upgrade = false
  const lines = rawHeaders(head)
  req._addHeaderLines(lines, lines.length)
  req.complete = true
  req._read = endAtOnce
  return req
}

function rawHeaders(head: RequestHead): string[] {
  const lines: string[] = []
  const count = head.fieldCount
  for (let i = 0; i < count; i++) lines.push(head.name(i), head.value(i))
  // RFC 9112 3.2.2: the authority of an absolute-form target replaces Host. The application is given the path alone.
  if (head.target !== head.path && head.authority !== undefined) replaceHost(lines, head.authority)
  return lines
}

function replaceHost(lines: string[], authority: string): void {
  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i]!.toLowerCase() === 'host') lines[i + 1] = authority
  }
}

/** `_read` of a request without a body: its end costs nothing until somebody asks for it. */
function endAtOnce(this: GenuineRequest): void {
  startReading(this)
  this.push(null)
}

/** `_read` of a request with a body: the stream asks for the next piece only when it has room. */
function readBody(this: RequestWithBody): void {
  startReading(this)
  const socket = this.socket as unknown as BodySocket
  socket.reads(this)
  const next = this[EXCHANGE].read()
  if (!(next instanceof Promise)) {
    give(this, next)
    return
  }
  next.then(
    chunk => give(this, chunk),
    cause => socket.bodyFailed(this, cause),
  )
}

/** What IncomingMessage's own `_read` does besides resuming the socket. */
function startReading(req: GenuineRequest): void {
  if (req._consuming) return
  req._readableState.readingMore = false
  req._consuming = true
}

function give(req: RequestWithBody, chunk: Uint8Array | null): void {
  if (req.destroyed) return
  if (req[HAS_LOST] && hasReader(req)) {
    abortRequest(req)
    return
  }
  if (chunk !== null) {
    if (req._dumped && !hasReader(req)) dropPiece(req)
    else req.push(chunk)
    return
  }
  req.complete = true
  const { trailers } = req[EXCHANGE]
  if (trailers.length > 0) req._addHeaderLines([...trailers], trailers.length)
  req.push(null)
}

/** What Node does with the body of a request that it has dumped. */
function dropPiece(req: RequestWithBody): void {
  if (!req[HAS_LOST]) {
    req[HAS_LOST] = true
    // Who comes when all is over must not take it for an empty body.
    req.once('close', () => {
      req._readableState.errored ??= aborted()
    })
  }
  req._read()
}

/**
 * Node's decision behind 'finish' about a body that has not come to its end: a request that somebody has begun to read goes
 * on being read; what is left of any other is thrown away, and a later reader gets 'aborted'.
 */
export function decideBody(req: GenuineRequest, isUnasked: boolean): void {
  req._destroy = destroyAlone
  if (req.complete || req.destroyed) return
  const isRead = isTouched(req) || hasReader(req)
  // Who only listens is told the end once it has come, unless the client still waits to be asked for the body.
  if (!isRead && (req._eventsCount === 0 || isUnasked)) return
  const { [EXCHANGE]: exchange } = req as RequestWithBody
  exchange.isReading = () => true
  exchange.onGone = () => abortRequest(req)
}

/** `_destroy` behind the answer: the connection may be serving the next request. */
function destroyAlone(this: GenuineRequest, error: Error | null, done: (error?: Error | null) => void): void {
  if (!this.readableEnded || !this.complete) {
    this.aborted = true
    this.emit('aborted')
  }
  ;(this as RequestWithBody)[EXCHANGE].releaseBody()
  // As IncomingMessage's own: an error is emitted only for who listens.
  process.nextTick(() => done(this.listenerCount('error') > 0 ? error : null))
}

/** The answer is complete: a request that was never read emits its end, as node:http does. */
export function endRequest(req: GenuineRequest): void {
  if (req._eventsCount === 0 || isTouched(req) || isDropped(req)) return
  // The end of a request without a body is pushed when somebody reads; Node has pushed it by now.
  if (req.complete) req.push(null)
  req._dump()
}

/** Closes a request that was not touched and has no listeners. Behind `endRequest`, when its listeners have run. */
export function closeRequest(req: GenuineRequest): void {
  if (isTouched(req)) return
  if (isDropped(req)) req._read = refuseToRead
  else if (req._eventsCount === 0) markClosed(req)
  else endRequest(req)
}

function isTouched(req: GenuineRequest): boolean {
  return req._consuming || req._readableState.resumeScheduled || req._readableState.ended
}

function hasReader(req: GenuineRequest): boolean {
  return req.listenerCount('data') > 0 || req.listenerCount('readable') > 0
}

/** Whether the server has let go of a body that has not come to its end. */
function isDropped(req: GenuineRequest): boolean {
  return !req.complete && (req as RequestWithBody)[EXCHANGE].isReading === undefined
}

/** What Node does to a request whose connection is lost: 'aborted', 'error' where somebody listens, 'close'. */
export function abortRequest(req: GenuineRequest): void {
  req.destroy(aborted())
}

function aborted(): Error {
  return Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
}

/** `_read` of a request whose body is gone: 'aborted' and an error, within the call. */
function refuseToRead(this: GenuineRequest): void {
  startReading(this)
  abortRequest(this)
}

/** The state that a request has after 'end' and 'close', without the five ticks that the stream takes to get there. */
function markClosed(req: GenuineRequest): void {
  const state = req._readableState
  state.ended = true
  state.endEmitted = true
  state.destroyed = true
  state.closed = true
  state.closeEmitted = true
}
