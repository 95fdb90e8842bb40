// Genuine http.ServerResponse objects. Node's own code makes the head and frames the body; own methods on each
// response watch it: where the head is made, and where the answer ends.
import type { ServerResponse } from 'node:http'
import { AppError } from '../errors.ts'
import { lengthError } from './body-count.ts'
import type { GenuineRequest, GenuineResponse } from './internals.ts'
import { NodeSocket } from './socket.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

type Hints = Parameters<ServerResponse['writeEarlyHints']>[0]

const genuine = http.ServerResponse.prototype as unknown as GenuineResponse

/** The response to `req` on `socket`. */
export function makeResponse(
  req: GenuineRequest,
  socket: NodeSocket,
  expectsContinue: boolean,
  Response: typeof ServerResponse = http.ServerResponse,
): GenuineResponse {
  const res = new Response(req) as unknown as GenuineResponse
  // RFC 9112 7.1: never chunked to HTTP/1.0. Node would for a client that sends TE.
  if (req.httpVersion === '1.0') res.useChunkedEncodingByDefault = false
  // Node takes HTTP/2 for an old HTTP/1. As chunked it lets trailers be; the framing itself goes in ensureChunkedAlone.
  else if (req.httpVersionMajor === 2) res.useChunkedEncodingByDefault = true
  res.shouldKeepAlive = true
  if (expectsContinue) res._expect_continue = true
  // What assignSocket does, without a listener per request: the socket tells the response itself when it closes.
  res.socket = socket
  res._storeHeader = storeHeader
  res._finish = finish
  res.writeEarlyHints = writeEarlyHints
  return res
}

/** The head is made. Node writes what the application says; here it is held to what HTTP/1.1 allows. */
function storeHeader(this: GenuineResponse, firstLine: string, fields: unknown): void {
  const socket = activeSocket(this)
  if (socket === undefined) {
    genuine._storeHeader.call(this, firstLine, fields)
    return
  }
  if (!socket.mayPersist) this.shouldKeepAlive = false
  const known = this._contentLength
  genuine._storeHeader.call(this, firstLine, fields)
  const { statusCode } = this
  if (statusCode < 200 || statusCode > 599) {
    socket.failAnswer(new AppError(`Cannot send status ${statusCode}: a final status is from 200 to 599`))
    return
  }
  if (this.chunkedEncoding) ensureChunkedAlone(this)
  // RFC 9110 8.6.
  else if (statusCode === 204) this._header = withoutField(this._header!, CONTENT_LENGTH)
  else if (this._hasBody) checkLength(this, socket, known, fields)
}

/** RFC 9112 6.2: never a Content-Length next to Transfer-Encoding; 6.1: no Transfer-Encoding to HTTP/1.0. RFC 9113 8.2.2: none in HTTP/2. */
function ensureChunkedAlone(res: GenuineResponse): void {
  res._header = withoutField(res._header!, CONTENT_LENGTH)
  if (res.req.httpVersionMinor !== 0) return
  res._header = withoutField(res._header, TRANSFER_ENCODING)
  res.chunkedEncoding = false
  res._last = true
}

/**
 * A body that is longer or shorter than its Content-Length would be read as the next answer, or swallow it. `known` is
 * the length of the body if all of it came with `end`, null if it comes in pieces.
 */
function checkLength(res: GenuineResponse, socket: NodeSocket, known: number | null, fields: unknown): void {
  const declared = res._contentLength
  if (known !== declared) {
    if (known === null) socket.countBody(declared!)
    else socket.failAnswer(lengthError(known, declared!))
  } else if (known === null && !res._last) {
    // Neither a length nor chunked: only the end of the connection ends this body (RFC 9112 6.3).
    res._last = true
  } else if (hasTransferEncoding(fields)) {
    res._last = true
  }
}

/** Whether the application set a Transfer-Encoding; here it is one that Node does not know how to write. */
function hasTransferEncoding(fields: unknown): boolean {
  if (fields === null || typeof fields !== 'object') return false
  for (const key in fields) {
    if (key.length === 17 && key.toLowerCase() === 'transfer-encoding') return true
  }
  return Array.isArray(fields) && fields.flat().some(text => /^transfer-encoding$/i.test(text))
}

/** The last of the head and body is on its way. */
function finish(this: GenuineResponse): void {
  genuine._finish.call(this)
  activeSocket(this)?.finishAnswer(this)
}

/** Node 20 and 22 write hints without a look: CR and LF in a value would begin a field, or a response, of its own. */
function writeEarlyHints(this: GenuineResponse, hints: Hints, callback?: () => void): void {
  for (const [name, value] of Object.entries(hints)) {
    http.validateHeaderName(name)
    for (const part of [value].flat()) http.validateHeaderValue(name, part)
  }
  genuine.writeEarlyHints.call(this as unknown as ServerResponse, hints, callback)
}

/** The socket as long as this response is the one being answered on it. */
function activeSocket(res: GenuineResponse): NodeSocket | undefined {
  const { socket } = res
  return socket instanceof NodeSocket && socket._httpMessage === res ? socket : undefined
}

const CONTENT_LENGTH = /\r\ncontent-length:[^\r\n]*/gi
const TRANSFER_ENCODING = /\r\ntransfer-encoding:[^\r\n]*/gi

function withoutField(header: string, line: RegExp): string {
  return header.replace(line, '')
}
