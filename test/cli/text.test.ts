import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paragraphs, wrap } from '../../src/cli/text.ts'

test('wrap fills lines up to the width and leaves long words alone', () => {
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrap('  a\n  incomprehensibilities b', 5), ['a', 'incomprehensibilities', 'b'])
})

test('paragraphs are parted by blank lines and have no other white space', () => {
  assert.deepEqual(paragraphs('a\n      b\n\n      c  d'), ['a b', 'c d'])
})
