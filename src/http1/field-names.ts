// The names of a head's fields in their order, as a tree: a node is one name behind the names before it. The clients of a server
// send few such lists, again and again, so a head is read by walking: to compare a name with the one that came next the last
// time costs no more than to check its bytes, and what a list of names means to the server is worked out only once.

/** No field of that name. */
export const ABSENT = -1
/** More than one of that name. */
export const SEVERAL = -2

/** Numbers of the fields that the server itself needs, ABSENT or SEVERAL. */
export interface OwnFields {
  readonly host: number
  readonly connection: number
  readonly contentLength: number
  readonly transferEncoding: number
  readonly expect: number
  readonly upgrade: number
}

export const OWN_NAMES: Readonly<Record<keyof OwnFields, string>> = {
  host: 'host',
  connection: 'connection',
  contentLength: 'content-length',
  transferEncoding: 'transfer-encoding',
  expect: 'expect',
  upgrade: 'upgrade',
}
const OWN_KEYS = new Map(Object.entries(OWN_NAMES).map(([key, name]) => [name, key as keyof OwnFields]))
const LONGEST_OWN = 'transfer-encoding'.length

const NO_OWN: OwnFields = {
  host: ABSENT,
  connection: ABSENT,
  contentLength: ABSENT,
  transferEncoding: ABSENT,
  expect: ABSENT,
  upgrade: ABSENT,
}

// Clients invent as many names as they like, and as long ones: those are used once and forgotten.
const NAMES_KEPT = 4096
const NAME_BYTES_KEPT = 64

let kept = 0

export class FieldNames {
  /** The last name, spelled as it was sent. */
  readonly name: string
  readonly count: number
  readonly own: OwnFields
  /** The node without the last name; undefined for no name at all. */
  readonly before: FieldNames | undefined
  /** The last name and its colon. */
  bytes: Uint8Array = NOTHING
  /** The node that came behind this one the last time. */
  next: FieldNames | undefined
  #others: Map<string, FieldNames> | undefined
  #list: readonly string[] | undefined
  #lowerList: readonly string[] | undefined

  constructor(name: string, before: FieldNames | undefined) {
    this.name = name
    this.before = before
    this.count = before === undefined ? 0 : before.count + 1
    this.own = before === undefined ? NO_OWN : ownFields(name, before)
  }

  /** The node of `name` behind this one. */
  after(name: string): FieldNames {
    let found = this.#others?.get(name)
    if (found === undefined) {
      if (kept >= NAMES_KEPT || name.length > NAME_BYTES_KEPT) return new FieldNames(name, this)
      found = new FieldNames(interned(name), this)
      found.bytes = Buffer.from(`${name}:`, 'latin1')
      this.#others ??= new Map()
      this.#others.set(found.name, found)
      kept++
    }
    this.next = found
    return found
  }

  /** All names, spelled as they were sent. */
  get list(): readonly string[] {
    if (this.#list === undefined) {
      const list = new Array<string>(this.count)
      for (let names: FieldNames = this; names.before !== undefined; names = names.before) {
        list[names.count - 1] = names.name
      }
      this.#list = list
    }
    return this.#list
  }

  /** All names in lower case. */
  get lowerList(): readonly string[] {
    this.#lowerList ??= this.list.map(name =>
      this.bytes === NOTHING ? name.toLowerCase() : interned(name.toLowerCase()),
    )
    return this.#lowerList
  }
}

const NOTHING = new Uint8Array(0)
let root = new FieldNames('', undefined)

/** Where the walk of a head begins: no names yet. */
export function noNames(): FieldNames {
  if (kept >= NAMES_KEPT) {
    // To forget all is cheap, and the usual lists are soon back.
    kept = 0
    root = new FieldNames('', undefined)
  }
  return root
}

function ownFields(name: string, { own, count }: FieldNames): OwnFields {
  const key = name.length > LONGEST_OWN ? undefined : OWN_KEYS.get(name.toLowerCase())
  return key === undefined ? own : { ...own, [key]: own[key] === ABSENT ? count : SEVERAL }
}

/** The same text as V8 keeps for property names and literals: two of them are compared by their addresses. */
function interned(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text
}
