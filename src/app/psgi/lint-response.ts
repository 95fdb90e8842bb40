// The rules for a response. Some are stricter than what the server lets through: they are about what other servers,
// proxies and clients make of it.

import { AppError } from '../errors.ts'
import type { HeaderList } from '../handler.ts'
import { describe } from '../shared/describe-value.ts'
import { hasField } from '../shared/header-list.ts'
import { flatHeaders } from './headers.ts'

/** Throws an AppError about the first rule that `response` breaks. */
export function checkResponse(response: unknown): void {
  if (!Array.isArray(response) || response.length < 2 || response.length > 3) {
    refuse(`the response is ${describe(response)}`, '[status, headers, body] or a function')
  }
  const [status, headers, body] = response as unknown[]
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    refuse(`the status is ${describe(status)}`, 'a whole number from 200 to 599')
  }
  const list = flatHeaders(headers)
  for (let i = 0; i < list.length; i += 2) checkField(list[i]!, list[i + 1]!)
  checkBodyless(status as number, list)
  checkBody(body)
}

function checkField(name: string, value: string): void {
  const quoted = JSON.stringify(name)
  if (name.toLowerCase() === 'status')
    refuse(`there is a header ${quoted}`, 'the status as first element of the response')
  if (!/^[A-Za-z][0-9A-Za-z_-]*$/.test(name)) {
    refuse(`a header is named ${quoted}`, 'a letter, then letters, digits, "-" and "_"')
  }
  if (/[-_]$/.test(name)) refuse(`a header is named ${quoted}`, 'a name that does not end in "-" or "_"')
  const bad = /[\0-\x1f\x7f]/.exec(value)
  if (bad !== null)
    refuse(`the header ${quoted} has the character ${JSON.stringify(bad[0])}`, 'a value without control characters')
  if (/[^\0-\xff]/.test(value))
    refuse(`the header ${quoted} is ${describe(value)}`, 'a value of bytes, characters up to U+00FF')
}

/** RFC 9110 8.6: a 204 has no length. PSGI: neither it nor a 304 has a type. */
function checkBodyless(status: number, headers: HeaderList): void {
  if (status === 204 && hasField(headers, 'content-length')) refuse('a 204 has a Content-Length', 'a 204 without it')
  if ((status === 204 || status === 304) && hasField(headers, 'content-type')) {
    refuse(`a ${status} has a Content-Type`, `a ${status} without it`)
  }
}

function checkBody(body: unknown): void {
  if (body === undefined || body === null || typeof body === 'string') return
  if (typeof body !== 'object')
    refuse(`the body is ${describe(body)}`, 'a string, bytes, an iterable, a stream or a FileHandle')
  if (!Array.isArray(body)) return
  const odd = body.findIndex(piece => typeof piece !== 'string' && !(piece instanceof Uint8Array))
  if (odd >= 0) refuse(`element ${odd} of the body is ${describe(body[odd])}`, 'a string or bytes')
}

function refuse(present: string, needed: string): never {
  throw new AppError(`Cannot pass Lint: ${present}, ${needed} is needed`)
}
