import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Clock, type Deadlined } from '../../src/server/clock.ts'

function item(deadline: number): Deadlined & { calls: number } {
  return {
    deadline,
    calls: 0,
    overdue() {
      this.calls++
      this.deadline = Infinity
    },
  }
}

test('Clock calls what is overdue, once, and leaves the others alone', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 })
  try {
    const clock = new Clock(400)
    const [soon, late, never] = [item(1_000_200), item(1_000_900), item(Infinity)]
    for (const each of [soon, late, never]) clock.watch(each)
    mock.timers.tick(199)
    assert.equal(soon.calls, 0)
    mock.timers.tick(101)
    assert.deepEqual([soon.calls, late.calls, never.calls], [1, 0, 0])
    mock.timers.tick(700)
    assert.deepEqual([soon.calls, late.calls, never.calls], [1, 1, 0])
  } finally {
    mock.timers.reset()
  }
})

test('Clock never gives a deadline that comes early, although its time is coarse', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 })
  try {
    const clock = new Clock(400)
    const watched = item(Infinity)
    clock.watch(watched)
    mock.timers.tick(99)
    // The clock still shows the time of its last tick, 99 ms ago.
    watched.deadline = clock.after(400)
    mock.timers.tick(399)
    assert.equal(watched.calls, 0)
    mock.timers.tick(202)
    assert.equal(watched.calls, 1)
    assert.equal(clock.after(0), Infinity)
  } finally {
    mock.timers.reset()
  }
})

test('Clock stops ticking when nothing is watched, and knows the time again when something is', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 })
  try {
    const clock = new Clock(400)
    const watched = item(Infinity)
    clock.watch(watched)
    clock.forget(watched)
    mock.timers.tick(60_000)
    assert.equal(clock.now, 1_000_000)
    clock.watch(watched)
    assert.equal(clock.now, 1_060_000)
  } finally {
    mock.timers.reset()
  }
})
