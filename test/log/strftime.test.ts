import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strftime } from '../../src/log/strftime.ts'

const NOON = Date.UTC(2026, 0, 1, 12)

function inZone<T>(zone: string, act: () => T): T {
  const before = process.env['TZ']
  process.env['TZ'] = zone
  try {
    return act()
  } finally {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  }
}

for (const [zone, expected] of [
  ['UTC', '01/Jan/2026:12:00:00 +0000 001'],
  ['Asia/Kolkata', '01/Jan/2026:17:30:00 +0530 001'],
  ['America/St_Johns', '01/Jan/2026:08:30:00 -0330 001'],
  ['Pacific/Kiritimati', '02/Jan/2026:02:00:00 +1400 002'],
] as const) {
  test(`strftime writes local time with its offset in ${zone}`, () => {
    assert.equal(
      inZone(zone, () => strftime('%d/%b/%Y:%H:%M:%S %z %j')(NOON)),
      expected,
    )
  })
}

test('strftime %j counts the last day of a leap year as 366', () => {
  assert.equal(
    inZone('UTC', () => strftime('%j')(Date.UTC(2028, 11, 31))),
    '366',
  )
})

test('strftime %I %p knows midnight and noon as 12', () => {
  const hours = inZone('UTC', () => [0, 12].map(hour => strftime('%I %p')(Date.UTC(2026, 0, 1, hour))))
  assert.deepEqual(hours, ['12 AM', '12 PM'])
})

test('strftime names the conversion that it does not know', () => {
  assert.throws(() => strftime('%Y %Q'), /Cannot use the time format "%Y %Q": "%Q" is unknown/)
})
