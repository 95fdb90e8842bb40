import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pieceOf, releasePieces } from '../../src/memory/buffer-pool.ts'

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
/** Takes all memory that is spare. */
const useUp = (): Uint8Array[] => Array.from({ length: 70 }, () => pieceOf(bytes(65_536, 0)))

test('pieces are copies, of any length', () => {
  releasePieces([])
  for (const length of [0, 1, 16_383, 16_384, 65_535, 65_536, 65_537, 200_000]) {
    const source = bytes(length, 7)
    const piece = pieceOf(source)
    source.fill(8)
    assert.deepEqual(Buffer.from(piece), Buffer.alloc(length, 7))
  }
})

test('the memory of a piece that was released is used again, and only then', () => {
  useUp()
  const kept = pieceOf(bytes(40_000, 1))
  const released = pieceOf(bytes(50_000, 2))
  releasePieces([released])
  const next = pieceOf(bytes(65_536, 3))
  assert.equal(next.buffer, released.buffer)
  assert.notEqual(pieceOf(bytes(65_536, 4)).buffer, kept.buffer)
  assert.ok(kept.every(byte => byte === 1))
  assert.ok(next.every(byte => byte === 3))
})

test('a piece that is released twice goes to one only', () => {
  useUp()
  const piece = pieceOf(bytes(65_536, 1))
  releasePieces([piece, piece])
  releasePieces([piece.subarray(10)])
  const taken = [pieceOf(bytes(65_536, 2)), pieceOf(bytes(65_536, 3))]
  assert.equal(taken.filter(({ buffer }) => buffer === piece.buffer).length, 1)
  assert.notEqual(taken[0]?.buffer, taken[1]?.buffer)
})

test("what was no piece is never written to: somebody's own memory, a small piece", () => {
  useUp()
  const others = [bytes(67_584, 1), bytes(65_536, 1), pieceOf(bytes(100, 1))]
  releasePieces(others)
  useUp()
  for (const other of others) assert.ok(other.every(byte => byte === 1))
})

test('a limited number of blocks is kept', () => {
  const many = [...useUp(), ...useUp()]
  releasePieces(many)
  const old = new Set(many.map(({ buffer }) => buffer))
  assert.equal(useUp().filter(({ buffer }) => old.has(buffer)).length, 64)
})
