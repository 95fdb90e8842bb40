import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyPace } from '../../src/server/body-pace.ts'
import type { Clock } from '../../src/server/clock.ts'
import { BODY_GRACE_MS, DEFAULT_SETTINGS } from '../../src/server/settings.ts'

function clockAt(time: number): Clock {
  return { time, after: (ms: number) => (ms === 0 ? Infinity : time + ms) } as Clock
}

const settings = { ...DEFAULT_SETTINGS, bodyTimeoutMs: 60_000, bodyMinRate: 100 }

test('BodyPace allows silence up to the body timeout when no rate is asked for', () => {
  assert.equal(new BodyPace({ ...settings, bodyMinRate: 0 }).waitFrom(clockAt(5)), 60_005)
  assert.equal(new BodyPace({ ...settings, bodyMinRate: 0, bodyTimeoutMs: 0 }).waitFrom(clockAt(5)), Infinity)
})

test('BodyPace allows the grace and a second per hundred bytes at 100 bytes/s', () => {
  const pace = new BodyPace(settings)
  assert.equal(pace.waitFrom(clockAt(1)), 1 + BODY_GRACE_MS)
  pace.got(500, clockAt(3_001))
  // 3 s of waiting are used up, 5 s were earned.
  assert.equal(pace.waitFrom(clockAt(10_000)), 10_000 + BODY_GRACE_MS + 5_000 - 3_000)
})

test('BodyPace does not count the time in which the application did not read', () => {
  const pace = new BodyPace(settings)
  pace.waitFrom(clockAt(1_000))
  pace.got(1, clockAt(1_000))
  pace.got(1, clockAt(900_000))
  assert.equal(pace.waitFrom(clockAt(1_000_000)), 1_000_000 + BODY_GRACE_MS + 20)
})

test('BodyPace ends a drip: a byte a second uses up the grace', () => {
  const pace = new BodyPace(settings)
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
