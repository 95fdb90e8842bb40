// What an answer may be, whatever protocol carries it: checked before anything of it is sent.
import { AppError, ClientDisconnected } from '../app/errors.ts'
import type { Exchange, HeaderList } from '../app/handler.ts'
import { RequestError } from '../http1/faults.ts'
import { checkResponseFields, type ResponseFields } from '../http1/response/response-fields.ts'
import { isFinalStatus } from '../http1/response/status.ts'

/** An answer of the server's own. */
export interface OwnAnswer {
  readonly status: number
  readonly headers: HeaderList
  readonly body: string
}

const TEXT: HeaderList = ['Content-Type', 'text/plain']
export const BUSY: OwnAnswer = { status: 503, headers: [...TEXT, 'Retry-After', '1'], body: 'Service Unavailable\n' }
export const LATE: OwnAnswer = { status: 504, headers: TEXT, body: 'Gateway Timeout\n' }
const FAILED: OwnAnswer = { status: 500, headers: TEXT, body: 'Internal Server Error' }

/** The answer to a request that broke the rules. */
export function faultAnswer({ status, code }: RequestError): OwnAnswer {
  return { status, headers: TEXT, body: `${code}\n` }
}

/** The answer after a failure. A client that ended in the middle of its body may still read. */
export function failureAnswer(cause: unknown): OwnAnswer {
  if (cause instanceof RequestError) return faultAnswer(cause)
  return cause instanceof ClientDisconnected ? faultAnswer(new RequestError('incomplete-body')) : FAILED
}

/** The fields of a final answer. Throws an AppError when it may not begin. */
export function finalFields(state: Exchange['state'], status: number, headers: HeaderList): ResponseFields {
  checkPending(state)
  if (!isFinalStatus(status)) {
    throw new AppError(`Cannot send the response: ${JSON.stringify(status)} is not a status from 200 to 599`)
  }
  return checked(headers, 'the response')
}

/** The same for an interim one. */
export function interimFields(state: Exchange['state'], status: number, headers: HeaderList): ResponseFields {
  if (state !== 'pending') throw new AppError('Cannot send an interim response: the final one has begun')
  if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101) {
    throw new AppError(`Cannot send an interim response: ${status} is not a status from 100 to 199 other than 101`)
  }
  return checked(headers, 'an interim response')
}

export function trailerFields(trailers: HeaderList): ResponseFields {
  return checked(trailers, 'the trailers')
}

function checked(headers: HeaderList, what: string): ResponseFields {
  const fields = checkResponseFields(headers)
  if (typeof fields === 'string') throw new AppError(`Cannot send ${what}: ${fields}`)
  return fields
}

export function checkPending(state: Exchange['state']): void {
  if (state !== 'pending') throw new AppError(`Cannot begin the response: its state is "${state}"`)
}

/** Throws an AppError where a body may not be written. */
export function checkInBody(state: Exchange['state'], what: 'write to' | 'end'): void {
  if (state !== 'body') throw new AppError(`Cannot ${what} the response: its state is "${state}"`)
}

export function checkMayTakeOver(state: Exchange['state']): void {
  if (state !== 'pending') throw new AppError(`Cannot take the connection over: the response's state is "${state}"`)
}

/** Of a body that comes whole. */
export function checkLength(declared: number, length: number): void {
  if (declared >= 0 && declared !== length) {
    throw new AppError(`Cannot send the response: Content-Length says ${declared}, the body has ${length} bytes`)
  }
}

export function tooShort(missing: number): AppError {
  return new AppError(`Cannot complete the response: its body is ${missing} bytes shorter than its Content-Length`)
}

export function tooLong(): AppError {
  return new AppError('Cannot send the whole response: its body is longer than its Content-Length')
}

/** Values of a lower-case name in a flat list, joined; undefined for none. */
export function joinedField(fields: HeaderList, name: string): string | undefined {
  const values = fields.filter((_, i) => i % 2 === 1 && fields[i - 1]!.toLowerCase() === name)
  return values.length === 0 ? undefined : values.join(', ')
}
