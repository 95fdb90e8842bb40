import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerRecord } from '../../src/pool/pool.ts'
import { afterDeath, beginRollout, FIRST_ROLLOUT, isRolledOut, isRollingOut } from '../../src/pool/rollout.ts'

function worker(generation: number, state: WorkerRecord['state']): WorkerRecord {
  const readyAt = state === 'starting' ? undefined : 0
  return {
    id: 1,
    pid: 1,
    slot: 0,
    generation,
    state,
    startedAt: 0,
    readyAt,
    deadline: Infinity,
    retiring: undefined,
    isInspected: false,
  }
}

const ROLLING = beginRollout(FIRST_ROLLOUT)

test('a roll-out asks for new code and makes every worker of today too old', () => {
  assert.deepEqual(ROLLING, { generation: 1, oldestGeneration: 1 })
  assert.equal(isRollingOut(ROLLING, [worker(0, 'serving')]), true)
  assert.equal(isRollingOut(ROLLING, [worker(1, 'serving'), worker(0, 'draining')]), false)
})

test('a new worker that dies before it is ready stops the roll-out: the old ones stay', () => {
  const after = afterDeath(ROLLING, worker(1, 'starting'), [worker(0, 'serving')])
  assert.deepEqual(after, { generation: 1, oldestGeneration: 0 })
})

test('a new worker that dies after it served does not stop the roll-out', () => {
  assert.equal(afterDeath(ROLLING, worker(1, 'serving'), [worker(0, 'serving')]), ROLLING)
})

test('a new worker that was told to leave before it was ready does not stop the roll-out', () => {
  assert.equal(afterDeath(ROLLING, worker(1, 'draining'), [worker(0, 'serving')]), ROLLING)
})

test('an old worker that dies before it is ready does not stop the roll-out', () => {
  assert.equal(afterDeath(ROLLING, worker(0, 'starting'), [worker(0, 'serving')]), ROLLING)
})

test('a boot failure with no old worker left has nothing to go back to', () => {
  assert.equal(afterDeath(ROLLING, worker(1, 'starting'), [worker(1, 'serving')]), ROLLING)
})

test('the reload after a stopped one replaces old and new alike', () => {
  const stopped = afterDeath(ROLLING, worker(1, 'starting'), [worker(0, 'serving')])
  assert.deepEqual(beginRollout(stopped), { generation: 2, oldestGeneration: 2 })
})

test('a reload is at its end when as many serve the new code as are wanted, and nobody the old', () => {
  assert.equal(isRolledOut(ROLLING, [worker(1, 'serving'), worker(0, 'draining')], 1), true)
  assert.equal(isRolledOut(ROLLING, [worker(1, 'serving'), worker(1, 'starting')], 2), false)
  assert.equal(isRolledOut(ROLLING, [worker(1, 'serving'), worker(0, 'serving')], 1), false)
  assert.equal(isRolledOut(ROLLING, [worker(1, 'draining')], 1), false)
})

test('a worker of the new code that is being replaced already does not hold up the end of the reload', () => {
  assert.equal(isRolledOut(ROLLING, [worker(1, 'serving'), worker(1, 'starting')], 1), true)
})
