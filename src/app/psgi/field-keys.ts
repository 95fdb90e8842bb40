// From a request's field names to env keys: worked out once for every list of names (see http1/request/field-names.ts).
// Names that would let one field pass for another have no key: behind a proxy that sets `X-Real-IP`, a client's
// `X_Real_IP` would otherwise arrive at the same HTTP_X_REAL_IP.
import type { FieldNames } from '../../http1/request/field-names.ts'
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

// Most requests in a row come from clients of one kind.
let lastNames: FieldNames | undefined
let lastKeys: readonly FieldKey[] = []

/** The keys of a head's fields, one for each. */
export function keysOf(names: FieldNames): readonly FieldKey[] {
  if (names === lastNames) return lastKeys
  if (names.newCount > 0) return makeKeys(names.list, false)
  let keys = known.get(names)
  if (keys === undefined) {
    keys = makeKeys(names.list, true)
    known.set(names, keys)
  }
  lastNames = names
  lastKeys = keys
  return keys
}

function makeKeys(names: readonly string[], areKept: boolean): FieldKey[] {
  const seen = new Set<string>()
  return names.map(name => {
    const key = areKept ? interned(keyOf(name)) : keyOf(name)
    const separator = key === '' || !seen.has(key) ? '' : separatorOf(key)
    seen.add(key)
    return { key, separator }
  })
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

function keyOf(name: string): string {
  if (name.includes('_')) return ''
  const key = `${PREFIX}${name.toUpperCase().replaceAll('-', '_')}`
  return OTHER_KEYS.get(key) ?? key
}

/** The same text as V8 keeps for property names: quick to store under. */
function interned(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text
}
