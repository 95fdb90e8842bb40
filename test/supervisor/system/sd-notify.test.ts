import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceManager } from '../../../src/supervisor/system/sd-notify.ts'

/** A manager with a clock of the test's own, and what it was told. */
function manager(watchdogMs = 0) {
  const told: string[] = []
  const clock = { now: 0 }
  const subject = new ServiceManager(
    assignments => told.push(assignments.join(' ')),
    watchdogMs,
    () => clock.now,
  )
  return { subject, told, clock }
}

test('the watchdog is fed at its period, and only while a worker serves', () => {
  const { subject, told, clock } = manager(100)
  const signs = (): number => told.filter(text => text === 'WATCHDOG=1').length
  subject.look(1, 2, 0)
  subject.look(1, 2, 0)
  assert.equal(signs(), 1)
  clock.now = 100
  subject.look(0, 2, 0)
  assert.equal(signs(), 1)
  subject.look(2, 2, 0)
  assert.equal(signs(), 2)
})

test('a status in between is told when it has changed, at most every ten seconds', () => {
  const { subject, told, clock } = manager()
  subject.look(1, 3, 0)
  subject.look(2, 3, 0)
  assert.deepEqual(told, ['STATUS=1/3 workers ready, generation 0'])
  clock.now = 10_000
  subject.look(2, 3, 0)
  clock.now = 20_000
  subject.look(2, 3, 0)
  assert.deepEqual(told.slice(1), ['STATUS=2/3 workers ready, generation 0'])
})

test('that all workers serve is told at once', () => {
  const { subject, told } = manager()
  subject.look(0, 1, 0)
  subject.look(1, 1, 0)
  assert.deepEqual(told.slice(1), ['STATUS=1/1 workers ready, generation 0'])
})

test('after a hand-over nothing is told any more', () => {
  const { subject, told } = manager()
  subject.handOver(7)
  subject.stopping()
  assert.deepEqual(told, ['MAINPID=7'])
})
