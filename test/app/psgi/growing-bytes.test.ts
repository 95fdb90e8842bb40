import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrowingBytes } from '../../../src/app/psgi/growing-bytes.ts'

test('GrowingBytes keeps what is appended, in order, whatever was expected', () => {
  for (const expected of [0, 3, 1_000_000]) {
    const bytes = new GrowingBytes(expected)
    for (let i = 0; i < 1000; i++) bytes.append(Uint8Array.of(i % 256, (i + 1) % 256))
    assert.equal(bytes.length, 2000)
    assert.deepEqual(
      Buffer.from(bytes.bytes()),
      Buffer.from(Array.from({ length: 2000 }, (_, i) => ((i >> 1) + (i & 1)) % 256)),
    )
  }
})

test('GrowingBytes keeps its own copy', () => {
  const bytes = new GrowingBytes(0)
  const piece = Uint8Array.of(1)
  bytes.append(piece)
  piece[0] = 2
  assert.deepEqual([...bytes.bytes()], [1])
})

test('GrowingBytes is empty after clear', () => {
  const bytes = new GrowingBytes(0)
  bytes.append(Uint8Array.of(1, 2))
  bytes.clear()
  bytes.append(Uint8Array.of(3))
  assert.deepEqual([...bytes.bytes()], [3])
})

test('GrowingBytes believes no more than 64 KiB of what is announced', () => {
  const bytes = new GrowingBytes(100_000_000)
  assert.equal(bytes.bytes().buffer.byteLength, 65536)
})
