// From a request's field names to env keys. The names of one client come in the same order again and again, so the keys are
// found by walking a tree of names: comparing a name with the one that came last time costs a third of looking it up.
// Names that would let one field pass for another have no key: behind a proxy that sets `X-Real-IP`, a client's
// `X_Real_IP` would otherwise arrive at the same HTTP_X_REAL_IP.

/** One name in its place behind the names before it. */
export interface FieldKey {
  readonly name: string
  /** 'HTTP_*', 'CONTENT_TYPE', 'CONTENT_LENGTH'; '' for a field that has no key. */
  readonly key: string
  /** Between this value and an earlier one of the same key; '' when there is none earlier. */
  readonly separator: string
  readonly parent: FieldKey | undefined
  /** The name that came next the last time. */
  next: FieldKey | undefined
  others: Map<string, FieldKey> | undefined
}

/** The keys of all requests of an adapter. */
export class FieldKeys {
  #root = makeFieldKey('', '', undefined)
  #size = 0

  /** Where the walk of a request begins. */
  first(): FieldKey {
    // Clients invent as many names as they like: forgetting all is cheap, and the usual ones are soon back.
    if (this.#size >= KEYS_KEPT) {
      this.#root = makeFieldKey('', '', undefined)
      this.#size = 0
    }
    return this.#root
  }

  /** The key of the field `name` behind `previous`. */
  after(previous: FieldKey, name: string): FieldKey {
    const guess = previous.next
    if (guess !== undefined && guess.name === name) return guess
    previous.others ??= new Map()
    let found = previous.others.get(name)
    if (found === undefined) {
      found = makeFieldKey(interned(name), interned(keyOf(name)), previous)
      previous.others.set(found.name, found)
      this.#size++
    }
    previous.next = found
    return found
  }
}

const KEYS_KEPT = 4096

function makeFieldKey(name: string, key: string, parent: FieldKey | undefined): FieldKey {
  let earlier = key === '' ? undefined : parent
  while (earlier !== undefined && earlier.key !== key) earlier = earlier.parent
  // RFC 9110 5.3 joins with a comma; cookies never are (RFC 6265 5.4).
  const separator = earlier === undefined ? '' : key === 'HTTP_COOKIE' ? '; ' : ', '
  return { name, key, separator, parent, next: undefined, others: undefined }
}

/** Lower-case names of fields that the server answers for itself, or that must not become a variable. */
const UNSEEN: ReadonlySet<string> = new Set([
  // The request's authority stands in its place, since a target in absolute-form overrides it (RFC 9112 3.2.2).
  'host',
  // The body is decoded when the app sees it.
  'transfer-encoding',
  // CVE-2016-5385 "httpoxy": HTTP_PROXY is how programs are told their proxy.
  'proxy',
])

function keyOf(name: string): string {
  const lower = name.toLowerCase()
  if (lower === 'content-type') return 'CONTENT_TYPE'
  if (lower === 'content-length') return 'CONTENT_LENGTH'
  if (name.includes('_') || UNSEEN.has(lower)) return ''
  return `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
}

/** The same text as V8 keeps for property names: quick to store under, and no slice that holds a whole request head. */
function interned(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text
}
