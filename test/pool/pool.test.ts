import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pool } from '../../src/pool/pool.ts'

const LIMITS = { bootMs: 60_000, heartbeatMs: 30_000, graceMs: 5000 }
const MIDDLE = (): number => 0.5

function poolWithWorker(options: { readyAt?: number } = {}): Pool {
  const pool = new Pool(LIMITS, MIDDLE)
  spawn(pool, 1, 0)
  if (options.readyAt !== undefined) pool.apply({ type: 'ready', id: 1, at: options.readyAt })
  return pool
}

function spawn(pool: Pool, id: number, at: number): void {
  pool.apply({ type: 'spawned', id, pid: 1000 + id, slot: 0, generation: 0, at })
}

test('a spawned worker is starting and has the boot limit to become ready', () => {
  const [worker] = poolWithWorker().records
  assert.equal(worker?.state, 'starting')
  assert.equal(worker?.deadline, 60_000)
})

test('a ready worker serves and must report within the heartbeat limit', () => {
  const worker = poolWithWorker({ readyAt: 1000 }).record(1)
  assert.equal(worker?.state, 'serving')
  assert.equal(worker?.deadline, 31_000)
})

test('each report of life moves the deadline of a serving worker', () => {
  const pool = poolWithWorker({ readyAt: 1000 })
  assert.equal(pool.apply({ type: 'alive', id: 1, at: 2000 })?.deadline, 32_000)
})

test('a report of life does not prolong the boot limit or the grace', () => {
  const pool = poolWithWorker()
  assert.equal(pool.apply({ type: 'alive', id: 1, at: 2000 })?.deadline, 60_000)
  pool.apply({ type: 'drain', id: 1, at: 3000 })
  assert.equal(pool.apply({ type: 'alive', id: 1, at: 4000 })?.deadline, 8000)
})

test('without a heartbeat limit a serving worker is never overdue', () => {
  const pool = new Pool({ ...LIMITS, heartbeatMs: 0 }, MIDDLE)
  spawn(pool, 1, 0)
  assert.equal(pool.apply({ type: 'ready', id: 1, at: 1 })?.deadline, Infinity)
})

test('a worker that exited is gone from the pool, and later reports about it are ignored', () => {
  const pool = poolWithWorker({ readyAt: 1000 })
  assert.equal(pool.apply({ type: 'exit', id: 1, at: 2000 })?.state, 'gone')
  assert.equal(pool.records.length, 0)
  assert.equal(pool.apply({ type: 'alive', id: 1, at: 2001 }), undefined)
})

test('the first reason for retiring is kept', () => {
  const pool = poolWithWorker({ readyAt: 1000 })
  pool.apply({ type: 'retiring', id: 1, reason: 'budget', at: 2000 })
  assert.equal(pool.apply({ type: 'retiring', id: 1, reason: 'asked', at: 3000 })?.retiring, 'budget')
})

test('a slot whose workers die before they are ready waits longer each time', () => {
  const pool = new Pool(LIMITS, MIDDLE)
  const waits = [1, 2, 3].map(id => {
    spawn(pool, id, 0)
    pool.apply({ type: 'exit', id, at: 0 })
    return Math.round(pool.retryAt(0))
  })
  assert.deepEqual(waits, [100, 200, 400])
  assert.deepEqual([pool.failures(0), pool.failures(1)], [3, 0])
})

test('a worker that served and dies is replaced at once; the second that dies young is not', () => {
  const pool = new Pool(LIMITS, MIDDLE)
  const waits = [1, 2, 3].map(id => {
    spawn(pool, id, 0)
    pool.apply({ type: 'ready', id, at: 0 })
    pool.apply({ type: 'exit', id, at: 0 })
    return Math.round(pool.retryAt(0))
  })
  assert.deepEqual(waits, [0, 100, 200])
})

test('a worker that served for long clears the failures of its slot', () => {
  const pool = poolWithWorker()
  pool.apply({ type: 'exit', id: 1, at: 0 })
  spawn(pool, 2, 200)
  pool.apply({ type: 'ready', id: 2, at: 300 })
  pool.apply({ type: 'exit', id: 2, at: 60_000 })
  assert.equal(pool.retryAt(0), -Infinity)
})

test('a worker that was told to go is no failure of its slot', () => {
  const pool = poolWithWorker({ readyAt: 0 })
  pool.apply({ type: 'drain', id: 1, at: 1 })
  pool.apply({ type: 'exit', id: 1, at: 2 })
  assert.equal(pool.retryAt(0), -Infinity)
})

for (const [reason, retryAt] of [
  ['uncaught', 100],
  ['closed', 100],
  ['budget', -Infinity],
] as const) {
  test(`workers that retire one after the other as "${reason}" ${retryAt > 0 ? 'make' : 'do not make'} their slot wait`, () => {
    const pool = new Pool(LIMITS, MIDDLE)
    for (const id of [1, 2]) {
      spawn(pool, id, 0)
      pool.apply({ type: 'ready', id, at: 0 })
      pool.apply({ type: 'retiring', id, reason, at: 0 })
      pool.apply({ type: 'exit', id, at: 0 })
    }
    assert.equal(Math.round(pool.retryAt(0)), retryAt)
  })
}

test('how long a worker served decides, not when', () => {
  const pool = new Pool({ ...LIMITS, soundMs: 1000 }, MIDDLE)
  const died = (id: number, afterMs: number): number => {
    spawn(pool, id, 100_000)
    pool.apply({ type: 'ready', id, at: 100_000 })
    pool.apply({ type: 'exit', id, at: 100_000 + afterMs })
    return pool.failures(0)
  }
  assert.deepEqual([died(1, 999), died(2, 999), died(3, 1000)], [1, 2, 0])
})

test('a worker that became ready after it was told to go keeps its grace', () => {
  const pool = poolWithWorker()
  pool.apply({ type: 'drain', id: 1, at: 1000 })
  const { state, readyAt, deadline } = pool.apply({ type: 'ready', id: 1, at: 2000 })!
  assert.deepEqual({ state, readyAt, deadline }, { state: 'draining', readyAt: undefined, deadline: 6000 })
})

test('a killed worker stays in the pool until it exits, and is never overdue again', () => {
  const pool = poolWithWorker({ readyAt: 0 })
  assert.equal(pool.apply({ type: 'kill', id: 1, at: 1 })?.state, 'killed')
  pool.apply({ type: 'hurried', at: 7 })
  assert.equal(pool.record(1)?.deadline, Infinity)
})

test('a worker that is killed because its grace is over is no failure of its slot', () => {
  const pool = poolWithWorker({ readyAt: 0 })
  pool.apply({ type: 'drain', id: 1, at: 1 })
  pool.apply({ type: 'kill', id: 1, at: 5001 })
  assert.equal(pool.retryAt(0), -Infinity)
})

test('new code is not punished for the failures of the old', () => {
  const pool = poolWithWorker()
  pool.apply({ type: 'exit', id: 1, at: 0 })
  pool.apply({ type: 'forgiven' })
  assert.equal(pool.retryAt(0), -Infinity)
})

test('hurry makes everybody overdue at once', () => {
  const pool = poolWithWorker({ readyAt: 0 })
  pool.apply({ type: 'hurried', at: 7 })
  assert.equal(pool.record(1)?.deadline, 7)
})

test('a pause of the master moves every deadline by its length', () => {
  const pool = poolWithWorker({ readyAt: 0 })
  pool.apply({ type: 'paused', ms: 90_000 })
  assert.equal(pool.record(1)?.deadline, 120_000)
})

test('a worker that is killed before it is ready makes its slot wait from then on, and its exit counts no second time', () => {
  const pool = poolWithWorker()
  pool.apply({ type: 'kill', id: 1, at: 500 })
  assert.equal(Math.round(pool.retryAt(0)), 600)
  pool.apply({ type: 'exit', id: 1, at: 700 })
  assert.equal(Math.round(pool.retryAt(0)), 600)
})

test('a worker with an open inspector may be silent as long as it starts or serves', () => {
  const pool = poolWithWorker()
  assert.equal(pool.apply({ type: 'inspected', id: 1, isOpen: true, at: 10 })?.deadline, Infinity)
  assert.equal(pool.apply({ type: 'ready', id: 1, at: 1000 })?.deadline, Infinity)
  assert.equal(pool.apply({ type: 'alive', id: 1, at: 2000 })?.deadline, Infinity)
  assert.equal(pool.apply({ type: 'inspected', id: 1, isOpen: false, at: 3000 })?.deadline, 33_000)
  pool.apply({ type: 'inspected', id: 1, isOpen: true, at: 4000 })
  pool.apply({ type: 'drain', id: 1, at: 5000 })
  assert.equal(pool.apply({ type: 'inspected', id: 1, isOpen: false, at: 6000 })?.deadline, 10_000)
})
