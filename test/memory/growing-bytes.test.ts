import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrowingBytes } from '../../src/memory/growing-bytes.ts'

const joined = (bytes: GrowingBytes): Buffer => Buffer.concat(bytes.pieces)

test('GrowingBytes keeps what is appended, in order, whatever was expected', () => {
  for (const expected of [0, 3, 1_000_000]) {
    const bytes = new GrowingBytes(expected)
    for (let i = 0; i < 1000; i++) bytes.append(Uint8Array.of(i % 256, (i + 1) % 256))
    assert.equal(bytes.length, 2000)
    assert.deepEqual(joined(bytes), Buffer.from(Array.from({ length: 2000 }, (_, i) => ((i >> 1) + (i & 1)) % 256)))
  }
})

test('GrowingBytes keeps its own copy of what is small', () => {
  const bytes = new GrowingBytes(0)
  const piece = Uint8Array.of(1)
  bytes.append(piece)
  piece[0] = 2
  assert.deepEqual([...joined(bytes)], [1])
})

test('GrowingBytes is empty after clear', () => {
  const bytes = new GrowingBytes(0)
  bytes.append(Uint8Array.of(1, 2))
  bytes.clear()
  bytes.append(Uint8Array.of(3))
  assert.deepEqual([...joined(bytes)], [3])
})

test('GrowingBytes takes no memory for what is only announced, and not much more than what came', () => {
  const bytes = new GrowingBytes(100_000_000)
  bytes.append(Uint8Array.of(1))
  assert.equal(bytes.pieces[0]?.buffer.byteLength, 16_384)
  const mixed = new GrowingBytes(0)
  for (let i = 0; i < 100; i++) {
    mixed.append(new Uint8Array(16_384))
    mixed.append(Uint8Array.of(i))
  }
  const memory = mixed.pieces.reduce((sum, piece) => sum + piece.buffer.byteLength, 0)
  assert.ok(memory <= 2 * mixed.length, `${memory} bytes for ${mixed.length}`)
})

test('GrowingBytes keeps large pieces without a copy, between small ones', () => {
  const large = new Uint8Array(20_000).fill(7)
  const bytes = new GrowingBytes(0)
  for (const piece of [Uint8Array.of(1), Uint8Array.of(2), large, Uint8Array.of(3), large, large, Uint8Array.of(4)])
    bytes.append(piece)
  assert.deepEqual(
    bytes.pieces.map(piece => (piece.length > 5 ? 'large' : [...piece].join())),
    ['1,2', 'large', '3', 'large', 'large', '4'],
  )
  assert.equal(bytes.pieces[1], large)
  const wanted = Buffer.concat([Uint8Array.of(1, 2), large, Uint8Array.of(3), large, large, Uint8Array.of(4)])
  assert.ok(wanted.equals(joined(bytes)))
  assert.equal(bytes.length, wanted.length)
})

test('GrowingBytes fills its rooms, however long the pieces are', () => {
  for (const length of [100, 5000, 9000, 10_922, 16_383]) {
    const bytes = new GrowingBytes(0)
    while (bytes.length < 300_000) bytes.append(new Uint8Array(length).fill(length))
    const memory = [...new Set(bytes.pieces.map(piece => piece.buffer))].reduce((sum, room) => sum + room.byteLength, 0)
    assert.ok(memory <= bytes.length + 16_384 + Buffer.poolSize, `${memory} bytes for ${bytes.length}`)
    assert.ok(joined(bytes).equals(Buffer.alloc(bytes.length, length)))
  }
})
