// The application's response fields: checked, and sorted into what it may say and what only the server may say.
// A CR, LF or NUL that got through here would let an app's user write a response of his own (response splitting).

import { isFieldValue, isToken, listMembers } from './grammar.ts'

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

// An application gives the same fields again and again. What was checked last is known by its texts, never by the list that
// they came in: that one is the application's to change.
let lastList: readonly string[] = []
let lastSorted: ResponseFields = { lines: '', contentLength: -1, closes: false, hasDate: false, hasServer: false }

/** Sorts a flat list of names and values. Gives a sentence when a field may not be sent. */
export function sortFields(fields: readonly string[]): ResponseFields | string {
  if (isLast(fields)) return lastSorted
  const sorted = sort(fields)
  if (typeof sorted === 'string') return sorted
  lastList = [...fields]
  lastSorted = sorted
  return sorted
}

function isLast(fields: readonly string[]): boolean {
  if (fields.length !== lastList.length) return false
  for (let i = 0; i < lastList.length; i++) {
    if (fields[i] !== lastList[i]) return false
  }
  return true
}

function sort(fields: readonly string[]): ResponseFields | string {
  let lines = ''
  let contentLength = -1
  let closes = false
  let hasDate = false
  let hasServer = false
  if (fields.length % 2 !== 0) return 'the list of header fields has an odd length'
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    const kind = kinds.get(name) ?? learnKind(name)
    if (kind === INVALID) return `the field name ${JSON.stringify(name)} is not a token`
    if (typeof value !== 'string') return `the value of the field "${name}" is not a string`
    if (!isFieldValue(value)) return `the value of the field "${name}" has a control character or one above one byte`
    switch (kind) {
      case CONTENT_LENGTH:
        if (!/^[0-9]{1,15}$/.test(value)) return `the Content-Length ${JSON.stringify(value)} is not a number`
        if (contentLength >= 0 && contentLength !== Number(value))
          return 'there are two different Content-Length fields'
        contentLength = Number(value)
        continue
      case TRANSFER_ENCODING:
        // Framing is the server's: "chunked" is a wish that is granted where it can be, another coding would be a lie.
        if (value.toLowerCase() !== 'chunked')
          return `the Transfer-Encoding "${value}" is not the application's to choose`
        continue
      case CONNECTION:
        closes ||= listMembers(value).includes('close')
        continue
      case DATE:
        hasDate = true
        break
      case SERVER:
        hasServer = true
        break
    }
    lines += `${name}: ${value}\r\n`
  }
  return { lines, contentLength, closes, hasDate, hasServer }
}

function learnKind(name: string): number {
  if (typeof name !== 'string' || !isToken(name)) return INVALID
  if (kinds.size >= KINDS_KEPT) kinds.clear()
  const kind = OWN_KINDS[name.toLowerCase()] ?? PLAIN
  kinds.set(name, kind)
  return kind
}
