// Byte classes of RFC 9110 and 9112 as one table of bits, so that the readers ask one question per byte.

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const COLON = 0x3a

/** RFC 9110 5.6.2: tchar. */
export const TOKEN = 1
/** RFC 9110 5.5: field-vchar (VCHAR and obs-text), SP and HTAB. Everything else, CR, LF and NUL above all, is refused. */
export const VALUE = 2
/** What may stand in a request target: VCHAR without "#" (a fragment is never sent). RFC 3986's set is narrower, but browsers send `|`, `^`, `{`. */
export const TARGET = 4

/** Bits by byte. */
export const CLASS: Uint8Array = new Uint8Array(256)

for (let byte = 0; byte < 256; byte++) {
  const isVchar = byte > SP && byte < 0x7f
  if (isVchar && !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(byte))) CLASS[byte]! |= TOKEN
  if (isVchar || byte >= 0x80 || byte === SP || byte === TAB) CLASS[byte]! |= VALUE
  if (isVchar && byte !== 0x23) CLASS[byte]! |= TARGET
}

/** Value of a hexadecimal digit; -1 for any other byte. */
export function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** Whether `text` is a token (RFC 9110 5.6.2): a method, a field name, a list member. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)
}

/** Whether `text` may be sent as a field value: no control bytes but HTAB, nothing above one byte. */
export function isFieldValue(text: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text)
}

/** Whether a comma-separated list (RFC 9110 5.6.1) has `member`, which is in lower case. */
export function hasMember(list: string, member: string): boolean {
  return someMember(list, text => text === member)
}

/** Whether `holds` is true for a member of the list, trimmed and in lower case; empty members are left out. */
export function someMember(list: string, holds: (member: string) => boolean): boolean {
  for (let start = 0; start <= list.length; ) {
    const comma = list.indexOf(',', start)
    const end = comma < 0 ? list.length : comma
    const member = trimOws(list, start, end)
    if (member !== '' && holds(member.toLowerCase())) return true
    start = end + 1
  }
  return false
}

/**
 * A part of `text` without the optional white space (SP, HTAB) at both ends; `trim` would take other characters as well. A loop,
 * since a regular expression for the end starts anew at each blank of the text.
 */
export function trimOws(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isOws(text.charCodeAt(start))) start++
  while (end > start && isOws(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isOws(code: number): boolean {
  return code === SP || code === TAB
}
