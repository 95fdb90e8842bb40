import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { type Deadlined, DeadlineTimer } from '../../src/server/deadline-timer.ts'

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

/** Mocked time that passes bit by bit: in one `tick` of all of it, the timers would see only its end. */
function pass(ms: number): void {
  for (let i = 0; i < ms; i++) mock.timers.tick(1)
}

test('Clock calls what is overdue, once, and leaves the others alone', () => {
  mock.timers.enable({ apis: ['setInterval', 'setImmediate', 'Date'], now: 1_000_000 })
  try {
    const clock = new DeadlineTimer(400)
    const [soon, late, never] = [item(1_000_200), item(1_000_900), item(Infinity)]
    for (const each of [soon, late, never]) clock.watch(each)
    pass(199)
    assert.equal(soon.calls, 0)
    pass(101)
    assert.deepEqual([soon.calls, late.calls, never.calls], [1, 0, 0])
    pass(700)
    assert.deepEqual([soon.calls, late.calls, never.calls], [1, 1, 0])
  } finally {
    mock.timers.reset()
  }
})

test('Clock never gives a deadline that comes early, although its time is coarse', () => {
  mock.timers.enable({ apis: ['setInterval', 'setImmediate', 'Date'], now: 1_000_000 })
  try {
    const clock = new DeadlineTimer(400)
    const watched = item(Infinity)
    clock.watch(watched)
    pass(99)
    // The clock still shows the time of its last tick, 99 ms ago.
    watched.deadline = clock.after(400)
    pass(399)
    assert.equal(watched.calls, 0)
    pass(202)
    assert.equal(watched.calls, 1)
    assert.equal(clock.after(0), Infinity)
  } finally {
    mock.timers.reset()
  }
})

test('Clock stops ticking when nothing is watched, and knows the time again when something is', () => {
  mock.timers.enable({ apis: ['setInterval', 'setImmediate', 'Date'], now: 1_000_000 })
  try {
    const clock = new DeadlineTimer(400)
    const watched = item(Infinity)
    clock.watch(watched)
    clock.forget(watched)
    pass(60_000)
    assert.equal(clock.now, 1_000_000)
    clock.watch(watched)
    assert.equal(clock.now, 1_060_000)
  } finally {
    mock.timers.reset()
  }
})

test('Clock counts little of a time in which it could not tick, and nothing when the time of day is set back', () => {
  mock.timers.enable({ apis: ['setInterval', 'setImmediate'] })
  let now = 1_000_000
  mock.method(Date, 'now', () => now)
  const tickAfter = (ms: number) => {
    now += ms
    mock.timers.tick(100)
  }
  try {
    const clock = new DeadlineTimer(400)
    const watched = item(clock.after(400))
    clock.watch(watched)
    tickAfter(60_000)
    tickAfter(-60_000)
    tickAfter(100)
    tickAfter(100)
    assert.equal(watched.calls, 0)
    tickAfter(100)
    assert.equal(watched.calls, 1)
  } finally {
    mock.restoreAll()
    mock.timers.reset()
  }
})
