// From a response to the exchange, for bodies that come in pieces and for Response objects of other makers.

import { AppError, ClientDisconnected } from '../../errors.ts'
import type { Exchange, HeaderList } from '../../handler.ts'
import { isUnread } from '../web/body-stream.ts'
import type { Deferred } from '../web/deferred-body.ts'
import { IterableReader, type Reader, readerOf } from './body-readers.ts'
import { Chunks } from './chunks.ts'

/**
 * Sends a head and then the stream, no faster than the client takes it; a client that leaves cancels the stream.
 * Rejects with what the stream failed with, or with an AppError when it was read before or gives something that is neither bytes nor text.
 */
export async function sendStream(
  exchange: Exchange,
  status: number,
  fields: HeaderList,
  reason: string | undefined,
  stream: ReadableStream | null,
): Promise<void> {
  if (stream === null) {
    exchange.answer(status, fields, '', reason)
    return
  }
  if (!isUnread(stream)) {
    throw new AppError('Cannot send the response: its body has been read already, an unread one is needed (see clone)')
  }
  await sendPieces(exchange, status, fields, reason, readerOf(stream))
}

/** The same for a body without a stream. The size of a Blob is told. */
export function sendDeferred(
  exchange: Exchange,
  status: number,
  fields: HeaderList,
  reason: string | undefined,
  body: Deferred,
): Promise<void> {
  if (!(body instanceof Blob)) return sendPieces(exchange, status, fields, reason, new IterableReader(body))
  const isTold = fields.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
  const told = isTold ? fields : [...fields, 'content-length', String(body.size)]
  return sendPieces(exchange, status, told, reason, readerOf(body.stream()))
}

async function sendPieces(
  exchange: Exchange,
  status: number,
  fields: HeaderList,
  reason: string | undefined,
  reader: Reader,
): Promise<void> {
  try {
    exchange.begin(status, fields, reason)
    if (exchange.head.method === 'HEAD') {
      exchange.end()
      reader.cancel(undefined)
      return
    }
    await pump(exchange, reader)
  } catch (cause) {
    reader.cancel(cause)
    // What the stream reports after the client has left is ignored.
    if (!exchange.isGone) throw cause
  }
}

async function pump(exchange: Exchange, reader: Reader): Promise<void> {
  // A stream may be waiting for its source for hours: it has to hear of the leaving at once, not with the next piece.
  exchange.onGone = () => reader.cancel(new ClientDisconnected())
  const chunks = new Chunks()
  for (;;) {
    const read = reader.read()
    // What is there already is taken without a promise.
    const { done, value } = read instanceof Promise ? await read : read
    if (exchange.isGone) return reader.cancel(new ClientDisconnected())
    const piece = done ? chunks.rest() : chunks.take(value)
    const room = piece.length === 0 ? undefined : exchange.write(piece)
    if (done) return exchange.state === 'done' ? undefined : exchange.end()
    if (room !== undefined) await room
    // More than Content-Length promised: the server has ended the answer.
    if (exchange.state === 'done') return reader.cancel(undefined)
  }
}

/** What Response objects of all makers have. */
interface ForeignResponse {
  readonly status: number
  readonly statusText?: string
  readonly headers: Iterable<[string, string]>
  readonly body: ReadableStream | null
  readonly bodyUsed?: boolean
}

/** Whether `value` can be sent as a Response, whatever made it: the platform's fetch, an undici of the app's own, a polyfill. */
export function isForeignResponse(value: unknown): value is ForeignResponse {
  if (typeof value !== 'object' || value === null) return false
  const { status, headers, body } = value as Partial<ForeignResponse>
  if (typeof status !== 'number' || typeof headers?.[Symbol.iterator] !== 'function') return false
  return body === null || typeof (body as { getReader?: unknown } | undefined)?.getReader === 'function'
}

/** Sends a Response that is not light. */
export function sendForeign(response: ForeignResponse, exchange: Exchange): Promise<void> {
  const { status, statusText, body } = response
  if (status < 200) {
    const what = status === 0 ? 'it is a network error (Response.error)' : `its status is ${status}`
    throw new AppError(`Cannot send the response: ${what}, a status from 200 to 599 is needed`)
  }
  const fields: string[] = []
  for (const [name, value] of response.headers) fields.push(name, value)
  return sendStream(exchange, status, fields, statusText === '' ? undefined : statusText, body)
}
