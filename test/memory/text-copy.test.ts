import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyOfText } from '../../src/memory/text-copy.ts'

test('a copy has the same letters, up to the last of latin1', () => {
  const text = String.fromCharCode(...Array(256).keys())
  assert.equal(copyOfText(text), text)
  assert.equal(copyOfText(''), '')
})
