// Sends `[status, headers, body]`. What is known as a whole leaves in one call, without a promise.

import { AppError } from '../errors.ts'
import type { Exchange, HeaderList } from '../handler.ts'
import { describe } from '../shared/describe-value.ts'
import { hasField } from '../shared/header-list.ts'
import { bodySource, stopSource } from './body-source.ts'
import { flatHeaders } from './headers.ts'
import { isFileHandle, sendFile } from './send-file.ts'
import { sendPieces } from './send-pieces.ts'

/** Undefined when it is sent, else a promise of it. Throws or rejects with an AppError when it is no PsgiResponse. */
export function sendResponse(exchange: Exchange, response: unknown): Promise<void> | undefined {
  if (!Array.isArray(response) || response.length < 2 || response.length > 3) throw notAResponse(response)
  const body: unknown = response[2]
  // The app took the socket (psgix.io): there is nothing to answer on.
  if (exchange.state === 'done') return discardBody(body)
  try {
    const status = statusOf(response[0])
    return sendBody(exchange, status, flatHeaders(response[1]), body)
  } catch (cause) {
    void discardBody(body)
    throw cause
  }
}

/** Says what `value` is instead of a response. */
export function notAResponse(value: unknown): AppError {
  return new AppError(
    `Cannot send the response: the application gave ${describe(value)}, [status, headers, body] or a function is needed`,
  )
}

/** The status, when it is a number that the server can judge. */
export function statusOf(status: unknown): number {
  if (typeof status === 'number') return status
  throw new AppError(`Cannot send the response: the status is ${describe(status)}, a number from 200 to 599 is needed`)
}

function sendBody(exchange: Exchange, status: number, headers: HeaderList, body: unknown): Promise<void> | undefined {
  const only = Array.isArray(body) && body.length === 1 ? body[0] : body
  if (typeof only === 'string' || only instanceof Uint8Array) {
    exchange.answer(status, headers, only)
    return undefined
  }
  if (Array.isArray(body)) return sendList(exchange, status, headers, body)
  if (body === undefined || body === null) {
    exchange.answer(status, headers, '')
    return undefined
  }
  if (typeof body === 'object') return sendObject(exchange, status, headers, body)
  throw unknownBody(body)
}

function unknownBody(body: unknown): AppError {
  return new AppError(
    `Cannot send the body: it is ${describe(body)}; a string, bytes, an iterable, a stream or a FileHandle is needed`,
  )
}

/** Above this many bytes, copying a list together costs more than writing its pieces. */
const MERGED_BYTES = 65536

function sendList(
  exchange: Exchange,
  status: number,
  headers: HeaderList,
  list: readonly unknown[],
): Promise<void> | undefined {
  let length = 0
  let isText = true
  for (const piece of list) {
    if (typeof piece === 'string') {
      length += Buffer.byteLength(piece)
    } else if (piece instanceof Uint8Array) {
      length += piece.byteLength
      isText = false
    } else {
      throw new AppError(`Cannot send the body: a piece is ${describe(piece)}, a string or bytes are needed`)
    }
  }
  if (isText || length <= MERGED_BYTES) {
    exchange.answer(status, headers, isText ? list.join('') : merged(list as (string | Uint8Array)[]))
    return undefined
  }
  const isTold = status === 204 || status === 304 || hasField(headers, 'content-length')
  exchange.begin(status, isTold ? headers : [...headers, 'Content-Length', String(length)])
  return sendPieces(exchange, bodySource(list)!)
}

function merged(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

function sendObject(exchange: Exchange, status: number, headers: HeaderList, body: object): Promise<void> | undefined {
  if (isFileHandle(body)) return sendFile(exchange, status, headers, body)
  const isBodyless = exchange.head.method === 'HEAD' || status === 204 || status === 304
  const source = bodySource(body)
  if (source === undefined) throw unknownBody(body)
  exchange.begin(status, headers)
  if (!isBodyless) return sendPieces(exchange, source)
  exchange.end()
  return stopSource(source)
}

/** Frees a body that is not sent. */
async function discardBody(body: unknown): Promise<void> {
  if (typeof body !== 'object' || body === null) return
  try {
    if (isFileHandle(body)) return await body.close()
    const source = bodySource(body)
    if (source !== undefined) await stopSource(source)
  } catch {
    // A stream that somebody else reads is theirs to free.
  }
}
