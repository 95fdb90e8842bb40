// Genuine http.IncomingMessage objects from checked request heads. What differs per request are own properties: Express
// replaces the prototype of every request, so nothing can live there.
import type { Socket } from 'node:net'
import type { RequestHead } from '../../http1/head.ts'
import type { Exchange } from '../handler.ts'
import type { GenuineRequest } from './internals.ts'
import type { NodeSocket } from './socket.ts'

// Not imported: see status.ts.
const { IncomingMessage } = process.getBuiltinModule('node:http')

/** The request of `exchange` as the application sees it, on `socket`, with `url` for its target. */
export function makeRequest(exchange: Exchange, socket: NodeSocket, url: string): GenuineRequest {
  const req = makeBodyless(exchange.head, socket, url)
  if (exchange.hasBody) {
    req.complete = false
    req._read = readBody
  }
  return req
}

/** The request of an upgrade: it has no body, and `socket` is the connection itself. */
export function makeUpgradeRequest(head: RequestHead, socket: unknown, url: string): GenuineRequest {
  const req = makeBodyless(head, socket, url)
  req.upgrade = true
  return req
}

function makeBodyless(head: RequestHead, socket: unknown, url: string): GenuineRequest {
  const req = new IncomingMessage(socket as Socket) as GenuineRequest
  req.httpVersionMajor = 1
  req.httpVersionMinor = head.minorVersion
  req.httpVersion = head.minorVersion === 1 ? '1.1' : '1.0'
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
function readBody(this: GenuineRequest): void {
  startReading(this)
  const socket = this.socket as unknown as NodeSocket
  const next = socket.readBody(this)
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

function give(req: GenuineRequest, chunk: Uint8Array | null): void {
  if (req.destroyed) return
  if (chunk !== null) {
    req.push(chunk)
    return
  }
  const socket = req.socket as unknown as NodeSocket
  req.complete = true
  const trailers = socket.trailersOf(req)
  if (trailers.length > 0) req._addHeaderLines([...trailers], trailers.length)
  req.push(null)
  socket.bodyEnded(req)
}

/** The answer is complete: whoever listens to a request that was never read is told its end, as node:http does. */
export function endRequest(req: GenuineRequest): void {
  if (req._eventsCount === 0 || isTouched(req)) return
  // The end of a request without a body is pushed when somebody reads; Node has pushed it by now.
  if (req.complete) req.push(null)
  req._dump()
}

/** Closes a request that nobody has touched and nobody listens to. Behind `endRequest`, when its listeners have run. */
export function closeRequest(req: GenuineRequest): void {
  if (isTouched(req)) return
  if (req._eventsCount === 0) markClosed(req)
  else endRequest(req)
}

function isTouched(req: GenuineRequest): boolean {
  return req._consuming || req._readableState.resumeScheduled || req._readableState.ended
}

/** What Node does to a request whose connection is lost: 'aborted', 'error' where somebody listens, 'close'. */
export function abortRequest(req: GenuineRequest): void {
  req.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
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
