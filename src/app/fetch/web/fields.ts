// Header fields as Fetch's "header list", flat: lower-case name, value, name, value. One pair per name, except Set-Cookie.
// What is clearly valid is taken here; whatever is not goes to the native Headers, which converts it or throws its own error.

const TOKEN = /^[\w!#$%&'*+\-.^`|~]+$/
const UNCLEAN = /[^\t\x20-\x7e\x80-\xff]|^[\t ]|[\t ]$/
const KNOWN_NAMES = 512
const KNOWN_BYTES = 64

/** Names come from the application's source, so there are few; the bound is for those made from input. */
const lowerNames = new Map<string, string>()

/** `name` in lower case; undefined when it is not a token (RFC 9110 5.1). */
export function lowerName(name: unknown): string | undefined {
  const known = lowerNames.get(name as string)
  if (known !== undefined) return known
  if (typeof name !== 'string' || !TOKEN.test(name)) return undefined
  const lower = name.toLowerCase()
  if (name.length <= KNOWN_BYTES && lowerNames.size < KNOWN_NAMES) lowerNames.set(name, lower)
  return lower
}

/** Whether `value` needs neither trimming nor refusal. */
export function isCleanValue(value: unknown): value is string {
  return typeof value === 'string' && !UNCLEAN.test(value)
}

/** Where the value of `name` is; -1 when absent. `name` is in lower case. */
export function valueIndex(fields: readonly string[], name: string): number {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return i + 1
  return -1
}

/** Fetch's "combine": a repeated name joins the line before it. Cookie joins with ';' as undici and RFC 9113 8.2.3 do. */
export function appendField(fields: string[], name: string, value: string): void {
  const at = name === 'set-cookie' ? -1 : valueIndex(fields, name)
  if (at === -1) fields.push(name, value)
  else fields[at] = `${fields[at]}${separatorOf(name)}${value}`
}

/** What stands between the values of a repeated field. */
export function separatorOf(name: string): string {
  return name === 'cookie' ? '; ' : ', '
}

/** The list of any iterable of pairs that has been checked: native Headers, or those of another implementation. */
export function fieldsOfPairs(pairs: Iterable<readonly [string, string]>): string[] {
  const fields: string[] = []
  for (const [name, value] of pairs) fields.push(name, value)
  return fields
}

/**
 * The list of a plain object or of an array of pairs of strings; undefined when something in it is not clearly valid.
 * Names are the enumerable ones, as the standard says (undici takes the others too). A symbol among them is passed over where the
 * standard throws: looking for one takes four times as long as all else.
 */
export function fieldsOfPlain(init: unknown): string[] | undefined {
  if (typeof init !== 'object' || init === null) return undefined
  if (Array.isArray(init)) return fieldsOfArray(init)
  const prototype = Object.getPrototypeOf(init)
  if ((prototype !== Object.prototype && prototype !== null) || Symbol.iterator in init) return undefined
  const fields: string[] = []
  for (const name of Object.keys(init)) {
    if (!appendPlain(fields, name, (init as Record<string, unknown>)[name])) return undefined
  }
  return fields
}

function fieldsOfArray(pairs: readonly unknown[]): string[] | undefined {
  const fields: string[] = []
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || !appendPlain(fields, pair[0], pair[1])) return undefined
  }
  return fields
}

function appendPlain(fields: string[], name: unknown, value: unknown): boolean {
  const lower = lowerName(name)
  if (lower === undefined || !isCleanValue(value)) return false
  if (fields.length === 0) fields.push(lower, value)
  else appendField(fields, lower, value)
  return true
}
