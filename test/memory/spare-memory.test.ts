import assert from 'node:assert/strict'
import { test } from 'node:test'
import { returnMemory, takeMemory } from '../../src/memory/spare-memory.ts'

const MIB = 1024 * 1024

test('memory that was returned goes to the next who takes that size, and to nobody else', () => {
  const memory = takeMemory(1000)
  assert.equal(memory.byteLength, 1000)
  returnMemory(memory)
  assert.notEqual(takeMemory(1001), memory)
  assert.equal(takeMemory(1000), memory)
  assert.notEqual(takeMemory(1000), memory)
})

test('no more than 4 MiB lie about: what is beyond takes the place of the rest', () => {
  const first = [1, 2, 3, 4].map(() => takeMemory(MIB))
  first.forEach(returnMemory)
  assert.ok(first.includes(takeMemory(MIB)))
  returnMemory(takeMemory(MIB))
  const other = takeMemory(2 * MIB)
  returnMemory(other)
  assert.ok(!first.includes(takeMemory(MIB)), 'they went')
  assert.equal(takeMemory(2 * MIB), other)
})

test('memory larger than all that may lie about is not kept, and drives nothing out', () => {
  const small = takeMemory(1000)
  returnMemory(small)
  const large = takeMemory(4 * MIB + 1)
  returnMemory(large)
  assert.notEqual(takeMemory(4 * MIB + 1), large)
  assert.equal(takeMemory(1000), small)
})
