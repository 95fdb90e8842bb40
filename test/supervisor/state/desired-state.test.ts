import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerRecord } from '../../../src/pool/pool.ts'
import { DesiredState } from '../../../src/supervisor/state/desired-state.ts'
import { resolved } from '../../config/resolved.ts'

function configOf(line: string) {
  return resolved(line.split(' ')).config
}

function booting(line = '--workers=4 --spawn-interval=2 --restart-batch=3'): DesiredState {
  const config = configOf(line)
  return new DesiredState(config, config.workers)
}

function serving(line?: string): DesiredState {
  const desired = booting(line)
  desired.enter('firstReady')
  desired.enter('allReady')
  return desired
}

function worker(generation: number, state: WorkerRecord['state']): WorkerRecord {
  const base = { id: 1, pid: 1, slot: 0, startedAt: 0, deadline: Infinity, retiring: undefined, isInspected: false }
  return { ...base, generation, state, readyAt: state === 'starting' ? undefined : 0 }
}

test('the target is one worker, then all of them at once, and from then on one an interval', () => {
  const desired = booting()
  const same = { generation: 0, oldestGeneration: 0, batch: 3 }
  assert.deepEqual([desired.phase, desired.isBooting], ['first', true])
  assert.deepEqual(desired.target, { ...same, workers: 1, spawnIntervalMs: 0 })
  desired.enter('firstReady')
  assert.deepEqual([desired.phase, desired.isBooting], ['rest', true])
  assert.deepEqual(desired.target, { ...same, workers: 4, spawnIntervalMs: 0 })
  desired.enter('allReady')
  assert.deepEqual([desired.phase, desired.isBooting], ['serving', false])
  assert.deepEqual(desired.target, { ...same, workers: 4, spawnIntervalMs: 2000 })
})

test('a master that leaves keeps its workers until the delay is over; then none are wanted, and that is the end', () => {
  const desired = serving()
  desired.enter('stop')
  assert.deepEqual([desired.target.workers, desired.isEnd], [4, false])
  desired.enter('delayOver')
  assert.deepEqual([desired.target.workers, desired.isEnd], [0, true])
})

test('it is no end when another master has the sockets', () => {
  const desired = serving()
  desired.sharesSockets = true
  desired.enter('handOver')
  assert.deepEqual([desired.target.workers, desired.isEnd, desired.isHurried], [0, false, false])
})

test('asleep there are no workers; another number of them, or a reload, wakes', () => {
  const desired = serving()
  assert.equal(desired.isAsleep, false)
  desired.isAsleep = true
  assert.equal(desired.target.workers, 0)
  desired.scaleTo(5)
  assert.equal(desired.target.workers, 5)
  desired.isAsleep = true
  desired.beginRollout()
  assert.equal(desired.target.workers, 5)
})

test('one worker at least is wanted', () => {
  const desired = serving()
  desired.scaleTo(0)
  assert.deepEqual([desired.workers, desired.scale], [1, 1])
})

test('a configuration that is read again changes the number of workers only when its own has changed', () => {
  const desired = serving()
  desired.scaleTo(6)
  desired.adopt(configOf('--workers=4 --restart-batch=2'))
  assert.deepEqual([desired.workers, desired.target.batch, desired.config.restartBatch], [6, 2, 2])
  desired.adopt(configOf('--workers=3'))
  assert.equal(desired.workers, 3)
})

test('of a Perl application it is the children that are scaled, one at least for each worker', () => {
  const config = configOf('--workers=8 --perl app.psgi')
  const desired = new DesiredState(config, 2)
  assert.deepEqual([desired.scale, desired.workers], [8, 2])
  desired.scaleTo(5)
  assert.deepEqual([desired.scale, desired.children, desired.workers], [5, 5, 2])
  desired.scaleTo(1)
  assert.deepEqual([desired.scale, desired.workers], [2, 2])
})

test('a reload asks for a new generation, and is over once, when all who are wanted serve it', () => {
  const desired = serving('--workers=2')
  const [old, young] = [worker(0, 'serving'), worker(1, 'serving')]
  assert.equal(desired.endsRollout([old, old]), false, 'none is under way')
  desired.beginRollout()
  assert.equal(desired.generation, 1)
  assert.equal(desired.target.oldestGeneration, 1)
  assert.equal(desired.endsRollout([old, young]), false)
  assert.equal(desired.endsRollout([young]), false)
  assert.equal(desired.endsRollout([young, young]), true)
  assert.deepEqual([desired.generation, desired.target.oldestGeneration], [1, 0])
  assert.equal(desired.endsRollout([young, young]), false, 'it is told once')
})

test('neither a start nor a stop ends a reload', () => {
  const desired = booting('--workers=1')
  desired.beginRollout()
  assert.equal(desired.endsRollout([worker(1, 'serving')]), false)
  desired.enter('firstReady')
  assert.equal(desired.endsRollout([worker(1, 'serving')]), false)
  desired.enter('allReady')
  desired.enter('stop')
  desired.enter('delayOver')
  assert.equal(desired.endsRollout([worker(1, 'serving')]), false)
})

test('a new worker that dies before it is ready stops the reload, once', () => {
  const desired = serving('--workers=1')
  desired.beginRollout()
  assert.equal(desired.stopsRollout(worker(1, 'serving'), [worker(0, 'serving')]), false)
  assert.equal(desired.stopsRollout(worker(1, 'starting'), [worker(0, 'serving')]), true)
  assert.deepEqual([desired.generation, desired.target.oldestGeneration], [1, 0])
  assert.equal(desired.stopsRollout(worker(1, 'starting'), [worker(0, 'serving')]), false)
})
