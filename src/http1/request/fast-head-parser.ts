// The way through a head that lies in one piece and has no fault: straight on, without a state that could be taken up again.
// It takes half of the field reader's time, and a third on Node 20. It gives no verdicts: whatever
// is not clearly valid is the field reader's to judge, from the head's first byte.

import * as grammar from '../grammar.ts'
import { EMPTY_LINES, type Limits } from '../limits.ts'
import {
  ABSENT,
  type FieldNames,
  KnownNames,
  knownNames,
  NAMES_KEPT,
  NewNames,
  nextNumber,
  noNames,
  type OwnFields,
  ownFields,
  ownKeyAt,
} from './field-names.ts'

// Constants of this module are constants for V8; imported ones are looked up for every byte, which takes a quarter longer.
const { CLASS, COLON, CR, LF, SP, TAB, TARGET, TOKEN, VALUE } = grammar

/** Below, fields are read as fast as they are compared. */
const REPEATED_BYTES = 256
/** So often in a row may fields of the same length turn out to be others, before a connection's are not compared any more. */
const MISSES = 8

/** What an idle connection may keep of its last head, in bytes. */
const KEPT_BYTES = 4096
/** In bytes, for the two positions of a value. */
const POSITION_BYTES = 16
/** So many names of a head may be new ones that are learnt. The others are soon known, if their client comes again. */
const LEARNT_PER_HEAD = 4
/**
 * What learning a name costs, in what a head earns that has new names; one without earns a name. Clients that only make names up soon
 * have no credit: what was learnt of them lies in V8's old generation until a full garbage collection, 1 kB for each name.
 */
const LEARNING = 16
const CREDIT_KEPT = NAMES_KEPT * LEARNING

/** `HTTP/1.d` and CRLF. */
const VERSION_BYTES = 10

/** Where the values of the head being read begin and end. One list for all heads, which take copies. */
const found: number[] = []
/** The same for the names behind the last one that is known, how many places that are, and what all names mean to the server. */
const newNames: number[] = []
let newCount = 0
let newOwn: OwnFields = noNames().own
/** Names that the head being read has taught, their first number, and what is left for teaching. */
let learnt = 0
let firstLearnt = 0
let credit = CREDIT_KEPT

/** The names of no head. */
const NOBODY: FieldNames = noNames()

// Most requests of a worker have the same method and Host. They are known by their bytes, and then are the same strings.
let lastMethod = 'GET'
let lastHost = ''

/** A head's parts, relative to its first byte. */
export class FastHeadParser {
  method = ''
  methodEnd = 0
  targetEnd = 0
  minorVersion: 0 | 1 = 1
  names: FieldNames = NOBODY
  /** Start and end of every value, without the white space around it, in what `take` gives. Not changed when the next head is read. */
  values: readonly number[] = found
  /** Value of the only Host field. */
  host: string | undefined
  fieldsAt = 0
  /** Whether the fields are byte for byte those of the head before, so that they have not been read. */
  isRepeated = false
  /** Text of that head, and the length of its fields; 0 when they are few, many, or not to be compared. */
  #last = ''
  #lastLength = 0
  /** The number of its names, its values and its host. */
  #lastNames = 0
  #lastValues: readonly number[] = found
  #lastHost: string | undefined
  #misses = 0
  readonly #limits: Limits

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Whether what follows the head is not the next one. */
  get hasBody(): boolean {
    const { contentLength, transferEncoding } = this.names.own
    return contentLength !== ABSENT || transferEncoding !== ABSENT
  }

  /** Gives the length of the head at `base`; 0 when it is not complete before `end`, or not clearly valid. */
  read(bytes: Uint8Array, base: number, end: number): number {
    const limit = Math.min(end, base + this.#limits.headBytes)
    const at = this.#readRequestLine(bytes, base, limit)
    if (at === 0) return 0
    this.fieldsAt = at - base
    this.isRepeated = this.#lastLength > 0 && this.#repeats(bytes, at, limit)
    return this.isRepeated ? this.fieldsAt + this.#lastLength : this.#readFields(bytes, base, at, limit)
  }

  /** Takes the text of the head just read. Gives the one that `values` are positions in: the same, or that of the head it repeats. */
  take(text: string): string {
    if (this.isRepeated) return this.#last
    const { names, values, host } = this
    if (names instanceof NewNames) names.text = text
    const length = text.length - this.fieldsAt
    const isWorthIt = length >= REPEATED_BYTES && this.#misses < MISSES
    if (isWorthIt && names instanceof KnownNames && text.length + names.count * POSITION_BYTES <= KEPT_BYTES) {
      this.#last = text
      this.#lastLength = length
      this.#lastNames = names.number
      this.#lastValues = values
      this.#lastHost = host
    } else this.#dropLast()
    return text
  }

  /** Lets go of the head just read: what is kept of it is bounded from now on. */
  release(): void {
    this.names = NOBODY
    this.values = found
    this.host = undefined
    this.method = ''
  }

  #dropLast(): void {
    if (this.#lastLength === 0) return
    this.#last = ''
    this.#lastLength = 0
    this.#lastValues = found
    this.#lastHost = undefined
  }

  /**
   * A client on a kept connection tends to say the same about itself each time, which is what HPACK (RFC 7541) lives on. To
   * compare a browser's fields takes a fifth of the time that it takes to read them.
   */
  #repeats(bytes: Uint8Array, at: number, limit: number): boolean {
    const end = at + this.#lastLength
    if (end > limit || bytes[end - 1] !== LF || bytes[end - 3] !== LF) return false
    const names = knownNames(this.#lastNames)
    const isSame = names !== undefined && latin1(bytes, at, end) === this.#last.slice(-this.#lastLength)
    this.#misses = isSame ? 0 : this.#misses + 1
    if (!isSame) return false
    this.names = names
    this.values = this.#lastValues
    this.host = this.#lastHost
    return true
  }

  /** Gives where the fields begin; 0 as above. */
  #readRequestLine(bytes: Uint8Array, base: number, limit: number): number {
    let at = base
    for (let i = 0; i < EMPTY_LINES && at + 1 < limit && bytes[at] === CR && bytes[at + 1] === LF; i++) at += 2
    const start = at
    while (at < limit && (CLASS[bytes[at]!]! & TOKEN) !== 0) at++
    if (at >= limit || at === start || bytes[at] !== SP) return 0
    const methodEnd = at++
    while (at < limit && (CLASS[bytes[at]!]! & TARGET) !== 0) at++
    if (at === methodEnd + 1 || at + VERSION_BYTES >= limit || bytes[at] !== SP) return 0
    this.targetEnd = at++ - base
    const minor = bytes[at + 7]! - 0x30
    if (!isVersion(bytes, at) || minor < 0 || minor > 9) return 0
    at += VERSION_BYTES
    if (at - 2 - start > this.#limits.requestLineBytes) return 0
    this.minorVersion = minor === 0 ? 0 : 1
    this.methodEnd = methodEnd - base
    if (!spells(bytes, start, methodEnd, lastMethod)) lastMethod = latin1(bytes, start, methodEnd)
    this.method = lastMethod
    return at
  }

  /** Gives the head's length; 0 as above. */
  #readFields(bytes: Uint8Array, base: number, fieldsAt: number, limit: number): number {
    const { fieldBytes, fieldCount } = this.#limits
    let names = noNames()
    let at = fieldsAt
    let count = 0
    beginNames()
    while (at < limit && bytes[at] !== CR) {
      if (count >= fieldCount * 2) return 0
      const start = at
      const guess = newCount === 0 ? names.next : undefined
      if (guess !== undefined && begins(bytes, at, limit, guess.bytes)) {
        at += guess.bytes.length
        names = guess
      } else {
        while (at < limit && (CLASS[bytes[at]!]! & TOKEN) !== 0) at++
        if (at >= limit || at === start || bytes[at] !== COLON) return 0
        const known = newCount > 0 ? undefined : nodeOf(names, latin1(bytes, start, at))
        if (known !== undefined) names = known
        else noteNew(names, ownKeyAt(bytes, start, at), start - base, at - base)
        at++
      }
      while (at < limit && (bytes[at] === SP || bytes[at] === TAB)) at++
      found[count++] = at - base
      const valueStart = at
      at = endOfValue(bytes, at, limit)
      if (at + 1 >= limit || bytes[at] !== CR || bytes[at + 1] !== LF || at - start > fieldBytes) return 0
      let last = at
      while (last > valueStart && (bytes[last - 1] === SP || bytes[last - 1] === TAB)) last--
      found[count++] = last - base
      at += 2
    }
    if (at + 1 >= limit || bytes[at + 1] !== LF) return 0
    if (credit < CREDIT_KEPT) credit += newCount === 0 && learnt === 0 ? LEARNING : 1
    this.names = newCount > 0 ? new NewNames(names, newOwn, newNames.slice(0, newCount)) : names
    this.values = found.slice(0, count)
    const { host } = this.names.own
    this.host = host < 0 ? undefined : hostAt(bytes, base + found[host * 2]!, base + found[host * 2 + 1]!)
    return at + 2 - base
  }
}

function beginNames(): void {
  newCount = 0
  learnt = 0
  firstLearnt = nextNumber()
}

/** The node of `name` behind `before`, learnt if it may be; undefined for one that stays new. */
function nodeOf(before: KnownNames, name: string): KnownNames | undefined {
  const node = before.after(name, learnt < LEARNT_PER_HEAD && credit >= LEARNING)
  if (node !== undefined && node.number >= firstLearnt) {
    learnt++
    credit -= LEARNING
  }
  return node
}

function noteNew(before: KnownNames, key: keyof OwnFields | undefined, start: number, end: number): void {
  if (newCount === 0) newOwn = before.own
  if (key !== undefined) newOwn = ownFields({ own: newOwn, count: before.count + newCount / 2 }, key)
  newNames[newCount++] = start
  newNames[newCount++] = end
}

/** Four bytes a round: that takes a third off the time of a browser's head. */
function endOfValue(bytes: Uint8Array, start: number, limit: number): number {
  let at = start
  while (
    at + 4 <= limit &&
    (CLASS[bytes[at]!]! & CLASS[bytes[at + 1]!]! & CLASS[bytes[at + 2]!]! & CLASS[bytes[at + 3]!]! & VALUE) !== 0
  )
    at += 4
  while (at < limit && (CLASS[bytes[at]!]! & VALUE) !== 0) at++
  return at
}

/** Whether `HTTP/1.` stands at `at`, and CRLF behind the digit that follows. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x48 &&
    bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 &&
    bytes[at + 4] === 0x2f &&
    bytes[at + 5] === 0x31 &&
    bytes[at + 6] === 0x2e &&
    bytes[at + 8] === CR &&
    bytes[at + 9] === LF
  )
}

function begins(bytes: Uint8Array, at: number, limit: number, wanted: Uint8Array): boolean {
  const { length } = wanted
  if (at + length > limit) return false
  for (let i = 0; i < length; i++) {
    if (bytes[at + i] !== wanted[i]) return false
  }
  return true
}

function hostAt(bytes: Uint8Array, start: number, end: number): string {
  if (!spells(bytes, start, end, lastHost)) lastHost = latin1(bytes, start, end)
  return lastHost
}

function spells(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false
  for (let i = 0; i < text.length; i++) {
    if (bytes[start + i] !== text.charCodeAt(i)) return false
  }
  return true
}

// The method of a Buffer on any Uint8Array: no view object per request. Looked up once, which halves the time of a call.
const { latin1Slice } = Buffer.prototype

/** The bytes as text, one character per byte. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end)
}
