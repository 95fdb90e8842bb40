// From a request's field names to env keys: worked out once for every list of names (see http1/request/field-names.ts).
// Names that would let one field pass for another have no key: behind a proxy that sets `X-Real-IP`, a client's
// `X_Real_IP` would otherwise arrive at the same HTTP_X_REAL_IP.
import { type FieldNames, interned } from '../../http1/request/field-names.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'

/** Where a field's value goes. */
export interface FieldKey {
  /** 'HTTP_*', 'CONTENT_TYPE', 'CONTENT_LENGTH'; '' for a field that has no key. */
  readonly key: string
  /** Between this value and an earlier one of the same key; '' when there is none earlier. */
  readonly separator: string
}

/** The keys of lists that were seen. They go when the reader forgets the names. */
const known = new WeakMap<FieldNames, readonly FieldKey[]>()

/** The keys of a head's fields, one for each. */
export function keysOf(names: FieldNames): readonly FieldKey[] {
  if (names.newCount > 0) return makeKeys(names.list, false)
  let keys = known.get(names)
  if (keys === undefined) {
    keys = makeKeys(names.list, true)
    known.set(names, keys)
  }
  return keys
}

/** Without a hash of any name: those of texts that are new cost V8 more than all the rest of a head of them. */
function makeKeys(names: readonly string[], areKept: boolean): FieldKey[] {
  const variables = variablesOf(names)
  const areLater = laterOnes(variables)
  return names.map((name, i) => {
    const found = keyFor(name, variables[i]!)
    const key = areKept ? interned(found) : found
    return { key, separator: key !== '' && areLater[i] === true ? separatorOf(key) : '' }
  })
}

/** Names in capitals, with underscores for hyphens. */
function variablesOf(names: readonly string[]): string[] {
  // All at once: a call for each name costs more than its letters.
  return names.join('\n').toUpperCase().replaceAll('-', '_').split('\n')
}

/** For each text whether the same one stands before it; empty when no text does. */
function laterOnes(texts: readonly string[]): readonly (boolean | undefined)[] {
  if (!hasEqualNeighbors(texts.toSorted())) return []
  const areLater: boolean[] = []
  const order = Array.from(texts.keys()).sort((a, b) => compare(texts[a]!, texts[b]!))
  for (let i = 1; i < order.length; i++) {
    if (texts[order[i]!] === texts[order[i - 1]!]) areLater[order[i]!] = true
  }
  return areLater
}

function hasEqualNeighbors(texts: readonly string[]): boolean {
  for (let i = 1; i < texts.length; i++) if (texts[i] === texts[i - 1]) return true
  return false
}

/** For `sort`, which leaves equal ones in their order. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** RFC 9110 5.3 joins with a comma; cookies never are (RFC 6265 5.4). */
function separatorOf(key: string): string {
  return key === 'HTTP_COOKIE' ? '; ' : ', '
}

const PREFIX = 'HTTP_'

/** Whether a field of a request may stand under `key`. */
export function isFieldKey(key: string): boolean {
  return key.startsWith(PREFIX) || key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH'
}

/** What the fields of `head` give for `key`; undefined for nothing. It makes no key of names that cannot be meant. */
export function fieldOf(head: RequestHead, key: string): string | undefined {
  const { list } = head.names
  const length = key.startsWith(PREFIX) ? key.length - PREFIX.length : key.length
  let joined: string | undefined
  for (let i = 0; i < list.length; i++) {
    const name = list[i]!
    if (name.length !== length || keyOf(name) !== key) continue
    joined = joined === undefined ? head.value(i) : `${joined}${separatorOf(key)}${head.value(i)}`
  }
  return joined
}

/** Fields that the server answers for itself, that must not become a variable, or whose variable has no HTTP_, by the usual key. */
const OTHER_KEYS: ReadonlyMap<string, string> = new Map([
  // The request's authority stands in its place, since a target in absolute-form overrides it (RFC 9112 3.2.2).
  ['HTTP_HOST', ''],
  // The body is decoded when the app sees it.
  ['HTTP_TRANSFER_ENCODING', ''],
  // CVE-2016-5385 "httpoxy": HTTP_PROXY is how programs are told their proxy.
  ['HTTP_PROXY', ''],
  ['HTTP_CONTENT_TYPE', 'CONTENT_TYPE'],
  ['HTTP_CONTENT_LENGTH', 'CONTENT_LENGTH'],
])

/** In characters; longer keys, as those that clients make up mostly are, need not be looked up. */
const LONGEST_OTHER = Math.max(...Array.from(OTHER_KEYS.keys(), key => key.length))

function keyOf(name: string): string {
  return keyFor(name, name.toUpperCase().replaceAll('-', '_'))
}

/** `variable`: the name in capitals, with underscores for hyphens. */
function keyFor(name: string, variable: string): string {
  if (name.includes('_')) return ''
  const key = `${PREFIX}${variable}`
  return key.length > LONGEST_OTHER ? key : (OTHER_KEYS.get(key) ?? key)
}
