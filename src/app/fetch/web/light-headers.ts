// Headers without undici: the fields of a request read straight from its head, or a flat list of our own.
// biome-ignore-all lint/complexity/noArguments: Web IDL tells a missing argument from an undefined one, and rest parameters change "length"
import type { RequestHead } from '../../../http1/request/request-head.ts'
import {
  appendField,
  fieldsOfPairs,
  fieldsOfPlain,
  isCleanValue,
  lowerName,
  separatorOf,
  valueIndex,
} from './fields.ts'
import { HeadersIterator, NAME, PAIR, type Pair, VALUE } from './headers-iterator.ts'
import { defineInspection } from './inspection.ts'
import { nativeMember, natives, shapeLikeWebIdl } from './native-classes.ts'

/** Marks calls of the constructor that come from here: no application holds it. */
const OURS = Symbol('ours')
const NONE: string[] = []

/** Makes the Headers of a request; nothing is cut from the head before it is asked for. */
export let headersOverHead: (head: RequestHead) => LightHeaders
/** Makes Headers that change `fields` in place. */
export let headersOverFields: (fields: string[]) => LightHeaders
/** A list of its own for any HeadersInit; throws what the native constructor throws. */
export let copyFields: (init: unknown) => string[]
/** The current list of light Headers, not to be changed. */
export let fieldsOf: (headers: LightHeaders) => readonly string[]
export let isLightHeaders: (value: unknown) => value is LightHeaders

/** `Headers` of the Fetch standard. */
export class LightHeaders {
  /** Set as long as nothing but single values was asked for. */
  #head: RequestHead | undefined
  #fields: string[]
  #sorted: readonly Pair[] | undefined

  // The standard's constructor takes one argument; without the mark the others are ignored.
  constructor(init: unknown = undefined, fields: string[] = NONE, head: RequestHead | undefined = undefined) {
    if (init === undefined) this.#fields = []
    else if (init === OURS) {
      this.#fields = fields
      this.#head = head
    } else this.#fields = copyFields(init)
  }

  static {
    headersOverHead = head => new LightHeaders(OURS, NONE, head)
    headersOverFields = fields => new LightHeaders(OURS, fields)
    isLightHeaders = (value): value is LightHeaders => typeof value === 'object' && value !== null && #fields in value
    fieldsOf = headers => headers.#list()
    copyFields = init => {
      // A subclass with an iterator of its own decides what is seen of it.
      if (isLightHeaders(init) && init[Symbol.iterator] === LightHeaders.prototype.entries)
        return trimmedCopy(init.#list())
      return fieldsOfPlain(init) ?? fieldsOfPairs(new (natives().Headers)(init as never))
    }
  }

  append(name: string, value: string): void {
    if (!(#fields in this)) return void nativeMember('Headers', 'append', this, arguments)
    const key = lowerName(name)
    if (key !== undefined && isCleanValue(value)) appendField(this.#change(), key, value)
    // Not through here again: the native class keeps control characters, which are never clean.
    else for (const [lower, kept] of convertedPair('append', arguments)) appendField(this.#change(), lower, kept)
  }

  delete(name: string): void {
    if (!(#fields in this)) return void nativeMember('Headers', 'delete', this, arguments)
    const key = lowerName(name) ?? convertedName('delete', arguments)
    const fields = this.#change()
    for (let i = fields.length - 2; i >= 0; i -= 2) if (fields[i] === key) fields.splice(i, 2)
  }

  get(name: string): string | null {
    if (!(#fields in this)) return nativeMember('Headers', 'get', this, arguments) as string | null
    const key = lowerName(name) ?? convertedName('get', arguments)
    if (this.#head !== undefined) {
      const value = this.#head.get(key)
      // Several lines of Cookie are joined with another separator than the head's.
      if (value === undefined || key !== 'cookie' || !value.includes(', ')) return value ?? null
    }
    const fields = this.#list()
    if (key === 'set-cookie') return this.getSetCookie().join(', ') || (this.has(key) ? '' : null)
    const at = valueIndex(fields, key)
    return at === -1 ? null : (fields[at] as string)
  }

  has(name: string): boolean {
    if (!(#fields in this)) return nativeMember('Headers', 'has', this, arguments) as boolean
    const key = lowerName(name) ?? convertedName('has', arguments)
    if (this.#head !== undefined) return this.#head.get(key) !== undefined
    return valueIndex(this.#fields, key) !== -1
  }

  set(name: string, value: string): void {
    if (!(#fields in this)) return void nativeMember('Headers', 'set', this, arguments)
    const key = lowerName(name)
    if (key !== undefined && isCleanValue(value)) setField(this.#change(), key, value)
    else for (const [lower, kept] of convertedPair('set', arguments)) setField(this.#change(), lower, kept)
  }

  getSetCookie(): string[] {
    if (!(#fields in this)) return nativeMember('Headers', 'getSetCookie', this) as string[]
    const fields = this.#list()
    const cookies: string[] = []
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === 'set-cookie') cookies.push(fields[i + 1] as string)
    return cookies
  }

  keys(): IterableIterator<string> {
    if (!(#fields in this)) return nativeMember('Headers', 'keys', this) as IterableIterator<string>
    return new HeadersIterator(() => this.#pairs(), NAME) as unknown as IterableIterator<string>
  }

  values(): IterableIterator<string> {
    if (!(#fields in this)) return nativeMember('Headers', 'values', this) as IterableIterator<string>
    return new HeadersIterator(() => this.#pairs(), VALUE) as unknown as IterableIterator<string>
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }

  entries(): IterableIterator<[string, string]> {
    if (!(#fields in this)) return nativeMember('Headers', 'entries', this) as IterableIterator<[string, string]>
    return new HeadersIterator(() => this.#pairs(), PAIR) as unknown as IterableIterator<[string, string]>
  }

  forEach(callback: (value: string, name: string, headers: this) => void, thisArg: unknown = undefined): void {
    if (!(#fields in this) || typeof callback !== 'function') {
      return void nativeMember('Headers', 'forEach', #fields in this ? new (natives().Headers)() : this, arguments)
    }
    // By index, as the iterators: what the callback adds or deletes is seen.
    for (let i = 0; i < this.#pairs().length; i += 1) {
      const [name, value] = this.#pairs()[i] as Pair
      callback.call(thisArg, value, name, this)
    }
  }

  /** The fields, cut from the head if they still are there. */
  #list(): string[] {
    if (this.#head !== undefined) {
      this.#fields = fieldsOfHead(this.#head)
      this.#head = undefined
    }
    return this.#fields
  }

  #change(): string[] {
    this.#sorted = undefined
    return this.#list()
  }

  /** Fetch's "sort and combine". */
  #pairs(): readonly Pair[] {
    if (this.#sorted === undefined) {
      const fields = this.#list()
      const pairs: Pair[] = []
      for (let i = 0; i < fields.length; i += 2) pairs.push([fields[i] as string, fields[i + 1] as string])
      this.#sorted = pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    }
    return this.#sorted
  }
}

shapeLikeWebIdl(LightHeaders, 'Headers')
defineInspection('Headers', LightHeaders, isLightHeaders, shownFields)
Object.defineProperty(LightHeaders.prototype, Symbol.iterator, {
  value: LightHeaders.prototype.entries,
  writable: true,
  configurable: true,
})

/** The fields in the order in which they were given. The platform also shows names in the case in which they were written. */
function shownFields(headers: LightHeaders): object {
  const shown: Record<string, string> = {}
  const fields = fieldsOf(headers)
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string]
    shown[name] = Object.hasOwn(shown, name) ? `${shown[name]}, ${value}` : value
  }
  return shown
}

function fieldsOfHead(head: RequestHead): string[] {
  const fields: string[] = []
  const seen = new Map<string, number>()
  for (let i = 0; i < head.fieldCount; i += 1) {
    const name = head.name(i).toLowerCase()
    const at = name === 'set-cookie' ? undefined : seen.get(name)
    if (at === undefined) seen.set(name, fields.push(name, head.value(i)) - 1)
    else fields[at] = `${fields[at]}${separatorOf(name)}${head.value(i)}`
  }
  return fields
}

/** A value that was joined with an empty one ends in a space, which a consumer of the list trims, as of any value. */
function trimmedCopy(fields: readonly string[]): string[] {
  const copy = fields.slice()
  for (let i = 1; i < copy.length; i += 2) if (copy[i]?.endsWith(' ')) copy[i] = (copy[i] as string).slice(0, -1)
  return copy
}

function setField(fields: string[], name: string, value: string): void {
  const at = valueIndex(fields, name)
  if (at === -1) fields.push(name, value)
  else {
    fields[at] = value
    if (name === 'set-cookie') dropAfter(fields, at + 1, name)
  }
}

function dropAfter(fields: string[], from: number, name: string): void {
  for (let i = fields.length - 2; i >= from; i -= 2) if (fields[i] === name) fields.splice(i, 2)
}

/** What the native class makes of a name that is no token; throws its error. */
function convertedName(method: string, args: ArrayLike<unknown>): string {
  nativeMember('Headers', method, new (natives().Headers)(), args)
  return String(args[0]).toLowerCase()
}

/** What the native class makes of a pair that is not clearly valid; throws its error. */
function convertedPair(method: string, args: ArrayLike<unknown>): Iterable<[string, string]> {
  const one = new (natives().Headers)()
  nativeMember('Headers', method, one, args)
  return one
}
