// The bytes of an HTTP/1.1 answer, as Node's ServerResponse and libraries for WebSockets write them, taken apart again: head, then body.
import { AppError } from '../../app/errors.ts'

export interface RawAnswerUser {
  /** The head is complete: its status, and its fields as a flat list. */
  head(status: number, fields: readonly string[]): void
  body(piece: string | Uint8Array, encoding: BufferEncoding): void
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-9][0-9][0-9])(?: [^\r\n]*)?$/
const HEAD_BYTES = 1024 * 1024

export class RawAnswer {
  readonly #user: RawAnswerUser
  #isInBody = false
  #text = ''

  constructor(user: RawAnswerUser) {
    this.#user = user
  }

  /** Takes the next bytes. Throws an AppError when they are no answer. */
  write(data: string | Uint8Array, encoding: BufferEncoding): void {
    if (this.#isInBody) {
      this.#user.body(data, encoding)
      return
    }
    const before = this.#text.length
    this.#text += typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#text.length > HEAD_BYTES) throw new AppError('Cannot send the response: its head is too long')
      return
    }
    this.#isInBody = true
    const head = this.#text.slice(0, end)
    this.#text = ''
    const { status, fields } = parseHead(head)
    this.#user.head(status, fields)
    const at = end + 4 - before
    if (at < data.length) this.#user.body(typeof data === 'string' ? data.slice(at) : data.subarray(at), encoding)
  }
}

function parseHead(head: string): { readonly status: number; readonly fields: readonly string[] } {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const line = STATUS_LINE.exec(statusLine)
  if (line === null) throw new AppError('Cannot send the response: its bytes are not an HTTP/1.1 response')
  const fields: string[] = []
  for (const text of lines) {
    const colon = text.indexOf(':')
    if (colon <= 0) throw new AppError('Cannot send the response: a line of its head is no field')
    fields.push(text.slice(0, colon), text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1))
  }
  return { status: Number(line[1]), fields }
}
