import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeastConnections } from '../../../src/supervisor/balance/least-connections.ts'

const next = (turns: LeastConnections, ids: readonly number[], count: number): (number | undefined)[] =>
  Array.from({ length: count }, () => turns.next(ids))

test('workers with as many connections get the next in turn', () => {
  assert.deepEqual(next(new LeastConnections(), [1, 2, 3], 6), [1, 2, 3, 1, 2, 3])
})

test('also when each connection has ended before the next one comes', () => {
  const turns = new LeastConnections()
  const given = Array.from({ length: 6 }, () => {
    const id = turns.next([1, 2, 3]) ?? 0
    turns.ended(id, 1)
    return id
  })
  assert.deepEqual(given, [1, 2, 3, 1, 2, 3])
})

test('the worker whose connections have ended is first', () => {
  const turns = new LeastConnections()
  next(turns, [1, 2], 6)
  turns.ended(2, 2)
  assert.deepEqual(next(turns, [1, 2], 3), [2, 2, 1])
})

test('who has told of an end catches up with the others, and goes no further', () => {
  const turns = new LeastConnections()
  next(turns, [1, 2, 3, 4], 32)
  turns.ended(1, 1)
  assert.deepEqual(next(turns, [1, 2, 3, 4], 5), [1, 2, 3, 4, 1])
})

test('a new worker catches up, and one that has gone counts no more', () => {
  const turns = new LeastConnections()
  next(turns, [1, 2], 4)
  turns.forget(2)
  turns.ended(2, 2)
  assert.deepEqual(next(turns, [1, 3], 3), [3, 3, 1])
  assert.equal(turns.next([]), undefined)
})
