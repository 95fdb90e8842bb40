// The application's response fields: checked, and sorted into what it may say and what only the server may say.
// A CR, LF or NUL that got through here would let an app's user write a response of his own (response splitting).

import { hasMember, isFieldValue, isToken } from '../grammar.ts'

const PLAIN = 0
const CONTENT_LENGTH = 1
const TRANSFER_ENCODING = 2
const CONNECTION = 3
const DATE = 4
const SERVER = 5
const INVALID = -1

const OWN_KINDS: Record<string, number> = {
  'content-length': CONTENT_LENGTH,
  'transfer-encoding': TRANSFER_ENCODING,
  connection: CONNECTION,
  date: DATE,
  server: SERVER,
}

// Applications use few names, again and again. Bounded, so that an app that makes names up cannot fill the memory.
const kinds = new Map<string, number>()
const KINDS_KEPT = 1000
const NAME_BYTES_KEPT = 64

/** What the fields of one response say. */
export interface ResponseFields {
  /** The lines that are passed on, each with its CRLF. */
  readonly lines: string
  /** Content-Length as the app gave it; -1 for none. */
  readonly contentLength: number
  /** Whether the app asks to close the connection. */
  readonly closes: boolean
  readonly hasDate: boolean
  readonly hasServer: boolean
}

type Sorted = { -readonly [K in keyof ResponseFields]: ResponseFields[K] }

const nothingSaid = (): Sorted => ({ lines: '', contentLength: -1, closes: false, hasDate: false, hasServer: false })

// An application gives the same fields again and again, all of them or all but one. What was checked last is known by its
// texts, never by the list that they came in: that one is the application's to change.
let lastList: readonly string[] = []
let lastSorted: ResponseFields = nothingSaid()
/** The line of each field that means nothing to the server; empty for the others. */
let lastLines: readonly string[] = []

/** Sorts a flat list of names and values. Gives a sentence when a field may not be sent. */
export function checkResponseFields(fields: readonly string[]): ResponseFields | string {
  if (isLast(fields)) return lastSorted
  const plainLines: string[] = []
  const sorted = sort(fields, plainLines)
  if (typeof sorted === 'string') return sorted
  lastList = [...fields]
  lastSorted = sorted
  lastLines = plainLines
  return sorted
}

function isLast(fields: readonly string[]): boolean {
  if (fields.length !== lastList.length) return false
  for (let i = 0; i < lastList.length; i++) {
    if (fields[i] !== lastList[i]) return false
  }
  return true
}

function sort(fields: readonly string[], plainLines: string[]): ResponseFields | string {
  if (fields.length % 2 !== 0) return 'the list of header fields has an odd length'
  const sorted = nothingSaid()
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    let line = name === lastList[i] && value === lastList[i + 1] ? lastLines[i / 2]! : ''
    if (line === '') {
      const kind = kinds.get(name) ?? learnKind(name)
      if (kind === INVALID) return `the field name ${JSON.stringify(name)} is not a token`
      if (typeof value !== 'string') return `the value of the field "${name}" is not a string`
      if (!isFieldValue(value)) return `the value of the field "${name}" has a control character or one above one byte`
      if (kind === PLAIN) line = `${name}: ${value}\r\n`
      else {
        const error = take(sorted, kind, name, value)
        if (error !== undefined) return error
      }
    }
    sorted.lines += line
    plainLines.push(line)
  }
  return sorted
}

/** Takes a field that means something to the server into `sorted`; a sentence when it cannot mean that. */
function take(sorted: Sorted, kind: number, name: string, value: string): string | undefined {
  switch (kind) {
    case CONTENT_LENGTH:
      if (!/^[0-9]{1,15}$/.test(value)) return `the Content-Length ${JSON.stringify(value)} is not a number`
      if (sorted.contentLength >= 0 && sorted.contentLength !== Number(value))
        return 'there are two different Content-Length fields'
      sorted.contentLength = Number(value)
      return undefined
    case TRANSFER_ENCODING:
      // Framing is the server's: "chunked" is a request that is honoured where it can be, another coding would be a lie.
      return value.toLowerCase() === 'chunked'
        ? undefined
        : `the Transfer-Encoding "${value}" is not the application's to choose`
    case CONNECTION:
      sorted.closes ||= hasMember(value, 'close')
      return undefined
    case DATE:
      sorted.hasDate = true
      break
    case SERVER:
      sorted.hasServer = true
  }
  sorted.lines += `${name}: ${value}\r\n`
  return undefined
}

function learnKind(name: string): number {
  if (typeof name !== 'string' || !isToken(name)) return INVALID
  const kind = OWN_KINDS[name.toLowerCase()] ?? PLAIN
  if (name.length > NAME_BYTES_KEPT) return kind
  if (kinds.size >= KINDS_KEPT) kinds.clear()
  kinds.set(name, kind)
  return kind
}
