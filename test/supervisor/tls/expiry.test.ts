// What is said of certificates that end, with a clock of the test's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dated, ExpiryNotices } from '../../../src/supervisor/tls/expiry.ts'

const DAY_MS = 86_400_000

function certificate(lifetimeDays: number, notAfter = 1000 * DAY_MS, certFile = 'a.crt'): Dated {
  return { certFile, names: ['a.example'], notBefore: notAfter - lifetimeDays * DAY_MS, notAfter }
}

/** Days left -> what is said, looking four times a day from 40 days before the end to 2 days behind it. */
function said(each: Dated): (readonly [days: number, text: string])[] {
  const notices = new ExpiryNotices()
  return Array.from({ length: 42 * 4 + 1 }, (_, i) => 40 - i / 4).flatMap(left =>
    notices.due([each], each.notAfter - left * DAY_MS).map(text => [left, text] as const),
  )
}

test('30, 7 and 1 days before the end and at the end it is said, once each', () => {
  assert.deepEqual(said(certificate(90)), [
    [30, 'The TLS certificate "a.crt" (a.example) expires on 1972-09-27T00:00:00.000Z, in 30 days'],
    [7, 'The TLS certificate "a.crt" (a.example) expires on 1972-09-27T00:00:00.000Z, in 7 days'],
    [1, 'The TLS certificate "a.crt" (a.example) expires on 1972-09-27T00:00:00.000Z, in 1 day'],
    [0, 'The TLS certificate "a.crt" (a.example) has expired on 1972-09-27T00:00:00.000Z'],
  ])
})

for (const [lifetime, days] of [
  [47, [7, 1, 0]],
  [10, [1, 0]],
  [1, [0]],
] as const)
  test(`a certificate for ${lifetime} days is told of in its second half only`, () => {
    assert.deepEqual(
      said(certificate(lifetime)).map(([left]) => left),
      days,
    )
  })

test('a server that starts late says the nearest only; a renewed certificate begins anew, and others are their own', () => {
  const notices = new ExpiryNotices()
  const [old, other] = [certificate(90), certificate(90, 1003 * DAY_MS, 'b.crt')]
  const now = old.notAfter - 5 * DAY_MS
  assert.equal(notices.due([old], now).length, 1)
  assert.deepEqual(
    notices.due([old, other], now).map(text => text.includes('b.crt')),
    [true],
  )
  const renewed = certificate(90, old.notAfter + 80 * DAY_MS)
  assert.deepEqual(notices.due([renewed, other], now), [])
  assert.equal(notices.due([renewed], renewed.notAfter - 7 * DAY_MS).length, 1)
})

test('what has expired before the start is said by whoever reads it', () => {
  const old = certificate(90)
  const notices = new ExpiryNotices()
  assert.deepEqual(notices.due([old], old.notAfter + 1), [])
  assert.deepEqual(notices.due([old], old.notAfter + DAY_MS), [])
})
