// Elements of the Forwarded field (RFC 7239 section 4), each the work of one proxy. They are cut off from the right: what a client has
// put in front, such as a quote that is never closed, cannot change where the element of a proxy behind it begins.

const COMMA = 0x2c
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Where the last element of `text` up to `end` begins: behind the last comma outside of a quoted string. */
export function startOfElement(text: string, end: number): number {
  for (let i = end - 1; i >= 0; i--) {
    const character = text.charCodeAt(i)
    if (character === COMMA) return i + 1
    if (character === QUOTE) i = openingQuote(text, i)
  }
  return 0
}

/** The quote that opens the string which ends at `closing`; -1 without one. */
function openingQuote(text: string, closing: number): number {
  let i = closing - 1
  while (i >= 0 && (text.charCodeAt(i) !== QUOTE || isEscaped(text, i))) i--
  return i
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (first > 0 && text.charCodeAt(first - 1) === BACKSLASH) first--
  return (at - first) % 2 === 1
}

/** One parameter and what ends it. Linear: no two parts of it can match the same character. */
const PARAMETER = /[ \t]*(?:([!#$%&'*+\-.^_`|~\w]+)=(?:([!#$%&'*+\-.^_`|~\w]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?(;|$)/y

/** The parameters of an element by lower-case name; undefined for what is not well-formed: nobody knows what was meant. */
export function parametersOf(element: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = 0
  for (;;) {
    const match = PARAMETER.exec(element)
    if (match === null) return undefined
    const [, name, token, quoted, end] = match
    if (name !== undefined) {
      const key = name.toLowerCase()
      // RFC 7239 section 4: each parameter at most once.
      if (parameters.has(key)) return undefined
      parameters.set(key, token ?? quoted?.replace(/\\(.)/g, '$1') ?? '')
    }
    if (end === '') return parameters
  }
}
