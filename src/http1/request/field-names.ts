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
/** The same by the fields' names. */
export const OWN_KEYS: ReadonlyMap<string, keyof OwnFields> = new Map(
  Object.entries(OWN_NAMES).map(([key, name]) => [name, key as keyof OwnFields]),
)

const NO_OWN: OwnFields = {
  host: ABSENT,
  connection: ABSENT,
  contentLength: ABSENT,
  transferEncoding: ABSENT,
  expect: ABSENT,
  upgrade: ABSENT,
}

// Clients invent as many names as they like, and as long ones. No more than so many are kept, longer ones never.
export const NAMES_KEPT = 4096
const NAME_BYTES_KEPT = 64

/** The tree's nodes, in the order in which they were made; a node's number is its place, counted over all trees. */
let nodes: KnownNames[] = []
let firstNumber = 0

/** The names of a head in their order. */
export interface FieldNames {
  readonly count: number
  readonly own: OwnFields
  /** How many of the last names are not kept. With none it is the same object for all heads with the same names. */
  readonly newCount: number
  /** All names, spelled as they were sent. */
  readonly list: readonly string[]
  /** All names in lower case. */
  readonly lowerList: readonly string[]
}

/** A node of the tree: names that are kept. */
export class KnownNames implements FieldNames {
  readonly count: number
  readonly own: OwnFields
  readonly newCount = 0
  /** For `knownNames`. A connection holds it instead of the node, which would hold a tree that is forgotten. */
  readonly number: number
  /** The last name and its colon. */
  readonly bytes: Uint8Array
  /** The node that came behind this one the last time. */
  next: KnownNames | undefined
  #others: Map<string, KnownNames> | undefined
  readonly #name: string
  /** The node without the last name; undefined for no name at all. */
  readonly #before: KnownNames | undefined
  #list: readonly string[] | undefined
  #lowerList: readonly string[] | undefined

  constructor(name: string, before: KnownNames | undefined) {
    this.#name = name
    this.#before = before
    this.bytes = before === undefined ? NOTHING : bytesOf(`${name}:`)
    this.count = before === undefined ? 0 : before.count + 1
    this.own = before === undefined ? NO_OWN : ownFields(before, OWN_KEYS.get(name.toLowerCase()))
    this.number = firstNumber + nodes.push(this) - 1
  }

  /** The node of `name` behind this one; undefined when it is not known, and not learnt. */
  after(name: string, mayLearn: boolean): KnownNames | undefined {
    let found = this.#others?.get(name)
    if (found === undefined) {
      if (!mayLearn || nodes.length >= NAMES_KEPT || name.length > NAME_BYTES_KEPT) return undefined
      found = new KnownNames(interned(name), this)
      this.#others ??= new Map()
      this.#others.set(found.#name, found)
    }
    this.next = found
    return found
  }

  get list(): readonly string[] {
    if (this.#list === undefined) {
      const list = new Array<string>(this.count)
      for (let names: KnownNames = this; names.#before !== undefined; names = names.#before) {
        list[names.count - 1] = names.#name
      }
      this.#list = list
    }
    return this.#list
  }

  get lowerList(): readonly string[] {
    this.#lowerList ??= this.list.map(name => interned(name.toLowerCase()))
    return this.#lowerList
  }

  /** Lets go of what came behind it: a head that is still in work would hold the whole tree. */
  forget(): void {
    this.next = undefined
    this.#others = undefined
  }
}

/** Names that are not kept: the first ones may be, the others are cut from the text of the head when somebody asks. */
export class NewNames implements FieldNames {
  readonly count: number
  readonly own: OwnFields
  readonly newCount: number
  /** Text of the head. */
  text = ''
  readonly #before: KnownNames
  /** Start and end of each further name. */
  readonly #places: readonly number[]
  #list: readonly string[] | undefined

  constructor(before: KnownNames, own: OwnFields, places: readonly number[]) {
    this.newCount = places.length / 2
    this.count = before.count + this.newCount
    this.own = own
    this.#before = before
    this.#places = places
  }

  get list(): readonly string[] {
    if (this.#list === undefined) {
      const list = this.#before.list.slice()
      const places = this.#places
      for (let i = 0; i < places.length; i += 2) list.push(this.text.slice(places[i], places[i + 1]))
      this.#list = list
    }
    return this.#list
  }

  get lowerList(): readonly string[] {
    return this.list.map(name => name.toLowerCase())
  }
}

const NOTHING = new Uint8Array(0)
let root: KnownNames = new KnownNames('', undefined)

/** Where the walk of a head begins: no names yet. */
export function noNames(): KnownNames {
  if (nodes.length >= NAMES_KEPT) {
    // To forget all is cheap, and the usual lists are soon back.
    for (const node of nodes) node.forget()
    firstNumber += nodes.length
    nodes = []
    root = new KnownNames('', undefined)
  }
  return root
}

/** The number of the node that is made next. */
export function nextNumber(): number {
  return firstNumber + nodes.length
}

/** The node of that number; undefined once it is forgotten. */
export function knownNames(number: number): KnownNames | undefined {
  return number >= firstNumber ? nodes[number - firstNumber] : undefined
}

/** By length, since no two are equally long. */
const OWN_BY_LENGTH: (OwnName | undefined)[] = []
for (const [name, key] of OWN_KEYS) OWN_BY_LENGTH[name.length] = { key, bytes: Buffer.from(name) }

interface OwnName {
  readonly key: keyof OwnFields
  readonly bytes: Uint8Array
}

/** What the server needs of a name that stands in `bytes`. */
export function ownKeyAt(bytes: Uint8Array, start: number, end: number): keyof OwnFields | undefined {
  const wanted = OWN_BY_LENGTH[end - start]
  if (wanted === undefined) return undefined
  for (let i = 0; i < wanted.bytes.length; i++) {
    const byte = bytes[start + i]!
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== wanted.bytes[i]) return undefined
  }
  return wanted.key
}

/** What is known of a list with one name more; `key` undefined when that name means nothing to the server. */
export function ownFields(
  { own, count }: Pick<FieldNames, 'own' | 'count'>,
  key: keyof OwnFields | undefined,
): OwnFields {
  return key === undefined ? own : { ...own, [key]: own[key] === ABSENT ? count : SEVERAL }
}

/** Memory of its own: a piece of Node's pool would hold 8 to 64 KiB for each name. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/**
 * The same text as V8 keeps for property names and literals: two of them are compared by their addresses, and it is quick to store
 * under.
 */
export function interned(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text
}
