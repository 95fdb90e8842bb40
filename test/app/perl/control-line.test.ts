import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapedLine, unescapedLine } from '../../../src/app/perl/control-line.ts'

test('any text is one line, and comes back as it was', () => {
  for (const text of ['', 'plain', '100%', '%0a', 'a\nb\r\n\tc\0', 'caf\u00e9 \u263a', '\x7f']) {
    assert.doesNotMatch(escapedLine(text), /[\0-\x1f\x7f]/)
    assert.equal(unescapedLine(escapedLine(text)), text)
  }
})
