import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MinimumRate } from '../../../src/server/connection/minimum-rate.ts'
import type { DeadlineTimer } from '../../../src/server/deadline-timer.ts'
import { BODY_GRACE_MS, DEFAULT_SETTINGS } from '../../../src/server/settings.ts'

function clockAt(time: number): DeadlineTimer {
  return { time, after: (ms: number) => (ms === 0 ? Infinity : time + ms) } as DeadlineTimer
}

const settings = { ...DEFAULT_SETTINGS, bodyTimeoutMs: 60_000, bodyMinRate: 100 }

test('MinimumRate allows silence up to the body timeout when no rate is asked for', () => {
  assert.equal(new MinimumRate({ ...settings, bodyMinRate: 0 }).waitFrom(clockAt(5)), 60_005)
  assert.equal(new MinimumRate({ ...settings, bodyMinRate: 0, bodyTimeoutMs: 0 }).waitFrom(clockAt(5)), Infinity)
})

test('MinimumRate allows the grace and a second per hundred bytes at 100 bytes/s', () => {
  const pace = new MinimumRate(settings)
  assert.equal(pace.waitFrom(clockAt(1)), 1 + BODY_GRACE_MS)
  pace.got(500, clockAt(3_001))
  // 3 s of waiting are used up, 5 s were earned.
  assert.equal(pace.waitFrom(clockAt(10_000)), 10_000 + BODY_GRACE_MS + 5_000 - 3_000)
})

test('MinimumRate does not count the time in which the application did not read', () => {
  const pace = new MinimumRate(settings)
  pace.waitFrom(clockAt(1_000))
  pace.got(1, clockAt(1_000))
  pace.got(1, clockAt(900_000))
  assert.equal(pace.waitFrom(clockAt(1_000_000)), 1_000_000 + BODY_GRACE_MS + 20)
})

test('MinimumRate ends a drip: a byte a second uses up the grace', () => {
  const pace = new MinimumRate(settings)
  let now = 1_000
  let deadline = Infinity
  let seconds = 0
  while (now < deadline && seconds < 1_000) {
    deadline = pace.waitFrom(clockAt(now))
    now += 1_000
    seconds++
    pace.got(1, clockAt(now))
  }
  assert.ok(seconds >= 20 && seconds <= 21, `cut after ${seconds} s`)
})
