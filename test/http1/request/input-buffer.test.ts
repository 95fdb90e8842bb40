import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputBuffer } from '../../../src/http1/request/input-buffer.ts'

test('InputBuffer keeps what is left of a borrowed buffer in memory of its own, no larger than it', () => {
  const input = new InputBuffer()
  const lent = Buffer.from('abc')
  input.borrow(lent, 3)
  input.at = 1
  input.giveBack()
  lent.fill('-')
  assert.equal(Buffer.from(input.bytes.subarray(input.at, input.end)).toString(), 'bc')
  assert.equal(input.bytes.buffer.byteLength, 2)
})

test('InputBuffer copies a borrowed buffer that has to wait, into memory of its own', () => {
  const input = new InputBuffer()
  input.add(Buffer.from('a'))
  const lent = Buffer.alloc(5000, 'b')
  input.borrow(lent, lent.length)
  lent.fill('-')
  input.at = input.end
  assert.ok(input.turn())
  assert.ok(Buffer.from(input.bytes).equals(Buffer.alloc(5000, 'b')))
  assert.equal(input.bytes.buffer.byteLength, 5000)
})
