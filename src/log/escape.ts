// What a client sends ends up in files that people and programs read line by line. A raw newline would let it write
// entries of its own, a quote would move the columns, and an escape sequence would run in the terminal of the user who
// looks; so all of them become \xHH (as nginx writes them).

const UNSAFE_IN_FIELD = /[^ !#-[\]-~]/g
const UNSAFE_IN_TEXT = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g

/** A field of an access log line: every byte that is not printable ASCII, the quote and the backslash become `\xHH`. */
export function escapedField(value: string): string {
  return value.replace(UNSAFE_IN_FIELD, hex)
}

/** Free text in one line of the server's log: UTF-8 stays readable, control characters become `\xHH`. */
export function escapedText(text: string): string {
  return text.replace(UNSAFE_IN_TEXT, hex)
}

function hex(character: string): string {
  // Beyond latin1 nothing has come from the wire; its UTF-8 bytes are shown, so that the line stays ASCII.
  if (character.charCodeAt(0) > 0xff) return [...Buffer.from(character)].map(byte).join('')
  return byte(character.charCodeAt(0))
}

function byte(value: number): string {
  return `\\x${value.toString(16).toUpperCase().padStart(2, '0')}`
}

/** JSON escapes what is below a space; everything above ASCII is escaped too, so that a line is valid in every encoding. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
