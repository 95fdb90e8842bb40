import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pool } from '../../../src/pool/pool.ts'
import { WorkerPlaces } from '../../../src/supervisor/master/worker-places.ts'

function placed({ isTakingOver = false } = {}) {
  const pool = new Pool({ bootMs: 0, heartbeatMs: 0, graceMs: 0 }, () => 0)
  const told: unknown[] = []
  const sent: unknown[] = []
  const warned: string[] = []
  const desired = { workers: 2, isBooting: true }
  let takes = true
  const places = new WorkerPlaces({
    pool,
    desired,
    handed: isTakingOver ? [] : undefined,
    log: { warn: message => void warned.push(message) },
    processes: {
      place: (id, { count, isFirst }) => void told.push([id, count, isFirst]),
      message: (id, content) => {
        if (takes) sent.push([id, [...content]])
        return takes
      },
    },
  })
  for (const id of [1, 2, 3]) pool.apply({ type: 'spawned', id, pid: id, slot: id, generation: 0, at: 0 })
  for (const id of [1, 2]) pool.apply({ type: 'ready', id, at: 0 })
  const refuse = (): void => {
    takes = false
  }
  return { pool, places, desired, told, sent, warned, refuse }
}

test('each worker is told its place once, and again when something has changed', () => {
  const { pool, places, desired, told } = placed()
  places.look()
  places.look()
  assert.deepEqual(told.splice(0), [
    [1, 2, true],
    [2, 2, false],
  ])
  desired.workers = 3
  pool.apply({ type: 'drain', id: 1, at: 0 })
  places.look()
  assert.deepEqual(told.splice(0), [
    [1, 3, false],
    [2, 3, false],
  ])
  places.placed(1, false)
  places.look()
  assert.deepEqual(told, [[2, 3, true]])
})

test('a master that takes over names no first worker before it serves', () => {
  const { places, desired, told } = placed({ isTakingOver: true })
  places.look()
  assert.deepEqual(told.splice(0), [
    [1, 2, false],
    [2, 2, false],
  ])
  desired.isBooting = false
  places.look()
  assert.deepEqual(told, [[1, 2, true]])
})

test('a message goes to all others, also to those that start, and what others drop is counted and told once', () => {
  const { places, sent, warned, refuse } = placed()
  const content = new Uint8Array([7])
  places.broadcast(1, { type: 'broadcast', content, dropped: 0 })
  assert.deepEqual(sent, [
    [2, [7]],
    [3, [7]],
  ])
  assert.equal(places.dropped, 0)
  places.broadcast(2, { type: 'broadcast', content, dropped: 4 })
  refuse()
  places.broadcast(2, { type: 'broadcast', content, dropped: 0 })
  assert.equal(places.dropped, 5)
  assert.equal(warned.length, 1)
})
