import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapedField, escapedText } from '../../src/log/escape.ts'

test('escapedField leaves exactly printable ASCII without quote and backslash as it is', () => {
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code)
    const isPlain = code >= 0x20 && code < 0x7f && character !== '"' && character !== '\\'
    const expected = isPlain ? character : `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    assert.equal(escapedField(character), expected)
  }
})

test('escapedField writes the UTF-8 bytes of what is beyond latin1', () => {
  assert.equal(escapedField('\u20ac'), '\\xE2\\x82\\xAC')
})

test('escapedText keeps readable text and escapes what moves a terminal or starts a line', () => {
  assert.equal(escapedText('Grüße\t"€"\r\n\x1b[2J\x85\u2028'), 'Grüße\t"€"\\x0D\\x0A\\x1B[2J\\x85\\xE2\\x80\\xA8')
})
