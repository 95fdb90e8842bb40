// What is written to the socket of a request before its response has a head. Either ServerResponse sends an interim
// response: it writes text, the server wants status and fields. Or the application writes an answer by hand.

import { AppError } from '../errors.ts'
import type { Exchange, HeaderList } from '../handler.ts'
import type { GenuineResponse } from './internals.ts'

const STATUS_LINE = /^HTTP\/1\.1 ([1-9][0-9][0-9])(?: [^\r\n]*)?\r\n/

/** Sends `data`; a promise when there is no room for more. Throws an AppError when it is not HTTP/1.1. */
export function sendRawResponse(
  exchange: Exchange,
  res: GenuineResponse,
  data: string | Uint8Array,
  encoding: BufferEncoding,
): Promise<void> | undefined {
  if (exchange.state === 'pending') {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
    const status = statusOf(text)
    if (status === undefined) {
      throw new AppError('Cannot write to the socket of a request: the bytes are not an HTTP/1.1 response')
    }
    if (status < 200) {
      // The first read of the body has sent its own `100 Continue`.
      if (status !== 100 || !res._sent100) exchange.inform(status, fieldsOf(text))
      return undefined
    }
    exchange.beginRaw(status)
  }
  return exchange.writeRaw(data, encoding)
}

/** The status of a response head, undefined when `text` does not begin with a status line. */
function statusOf(text: string): number | undefined {
  const line = STATUS_LINE.exec(text)
  return line === null ? undefined : Number(line[1])
}

/** The fields of a whole response head without a body. */
function fieldsOf(text: string): HeaderList {
  const fields: string[] = []
  for (const line of text.slice(text.indexOf('\r\n') + 2, -4).split('\r\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) fields.push(line.slice(0, colon), line.slice(colon + 2))
  }
  return fields
}
