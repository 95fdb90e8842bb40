import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffDelay } from '../../src/pool/backoff.ts'

const MIDDLE = (): number => 0.5

test('backoffDelay starts at 100 ms and doubles', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map(attempt => Math.round(backoffDelay(attempt, MIDDLE))),
    [100, 200, 400, 800],
  )
})

test('backoffDelay stops growing at 30 s', () => {
  assert.equal(Math.round(backoffDelay(9, MIDDLE)), 30_000)
  assert.equal(Math.round(backoffDelay(2000, MIDDLE)), 30_000)
})

test('backoffDelay spreads by 20 % both ways', () => {
  assert.equal(Math.round(backoffDelay(0, () => 0)), 80)
  assert.equal(Math.round(backoffDelay(0, () => 0.999999)), 120)
})
