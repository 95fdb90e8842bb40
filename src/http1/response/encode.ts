// Responses as bytes. Framing (RFC 9112 6.3) is decided here and nowhere else.

import { copyOfText } from '../../memory/text-copy.ts'
import type { ResponseFields } from './response-fields.ts'
import { isBodyless, statusLine } from './status.ts'

/** How a response's body ends: `none` has no body at all, `close` ends with the connection (HTTP/1.0). */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

/** What decides the framing besides the fields. */
export interface Circumstances {
  readonly method: string
  readonly minorVersion: 0 | 1
}

/** The framing of a response whose body length the server does not know. */
export function chooseFraming(status: number, fields: ResponseFields, request: Circumstances): Framing {
  if (isBodyless(status) || request.method === 'HEAD') return 'none'
  if (fields.contentLength >= 0) return 'length'
  return request.minorVersion === 1 ? 'chunked' : 'close'
}

/** The line that tells the framing. A HEAD or 304 answer may tell the length that GET would have; 204 never has one (RFC 9110 8.6). */
export function framingLine(status: number, framing: Framing, contentLength: number): string {
  if (framing === 'chunked') return 'Transfer-Encoding: chunked\r\n'
  return contentLength >= 0 && status !== 204 ? `Content-Length: ${contentLength}\r\n` : ''
}

/** The Connection line, or nothing where the version's default says the same (RFC 9112 9.3). */
export function connectionLine(minorVersion: 0 | 1, persists: boolean): string {
  if (persists) return minorVersion === 0 ? 'Connection: keep-alive\r\n' : ''
  return 'Connection: close\r\n'
}

let lastFields: ResponseFields | undefined
let lastStatus = 0
let lastServerLine = ''
let lastDateLine = ''
let lastLines = ''

/** A head from its status line to its fields. The one that was made last serves again: half of an answer's time. */
export function headLines(status: number, fields: ResponseFields, dateLine: string, serverLine: string): string {
  const isLast =
    fields === lastFields && status === lastStatus && dateLine === lastDateLine && serverLine === lastServerLine
  if (isLast) return lastLines
  lastFields = fields
  lastStatus = status
  lastDateLine = dateLine
  lastServerLine = serverLine
  lastLines =
    statusLine(status) + (fields.hasDate ? '' : dateLine) + (fields.hasServer ? '' : serverLine) + fields.lines
  lastLength = -1
  return lastLines
}

let lastHead = ''
/** The length in `lastHead`; -1 when that is not a head of `lastLines`. */
let lastLength = -1
let timesInARow = 0
/** A head that serves so often in a row becomes one piece of memory: it was a tree of the texts that it is made of. */
const OFTEN = 4

/** The whole head of an answer of known length, on a connection that lives on without a need to say so. */
export function headOfLength(
  status: number,
  fields: ResponseFields,
  dateLine: string,
  serverLine: string,
  contentLength: number,
): string {
  const lines = headLines(status, fields, dateLine, serverLine)
  if (contentLength === lastLength) {
    if (++timesInARow === OFTEN) lastHead = copyOfText(lastHead)
    return lastHead
  }
  lastLength = contentLength
  timesInARow = 0
  lastHead = `${lines}Content-Length: ${contentLength}\r\n\r\n`
  return lastHead
}

/** An interim response (RFC 9110 15.2), whole. */
export function encodeInterim(status: number, lines: string): string {
  return `${statusLine(status)}${lines}\r\n`
}

/** An answer to a client's fault: complete, on one line, and the last on its connection. Nothing of the request comes back in it. */
export function encodeFault(status: number, text: string, serverLines: string, isHead: boolean): string {
  const body = `${text}\n`
  const fields = `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n`
  return `${statusLine(status)}${serverLines}${fields}\r\n${isHead ? '' : body}`
}

/** The end of a chunked body with its trailers (RFC 9112 7.1.2), as lines with CRLF. */
export function encodeLastChunk(trailerLines: string): string {
  return `0\r\n${trailerLines}\r\n`
}
