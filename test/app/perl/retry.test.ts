import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Retry } from '../../../src/app/perl/retry.ts'

test('pauses double up to 6.4 seconds, and begin anew after a success', () => {
  const retry = new Retry()
  const pauses: number[] = []
  assert.equal(retry.isDue(0), true)
  for (let now = 0, round = 0; round < 8; round++) {
    retry.failed(now)
    let pause = 0
    while (!retry.isDue(now + pause)) pause += 100
    pauses.push(pause)
    now += pause
  }
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 6400])
  retry.succeeded()
  retry.failed(0)
  assert.equal(retry.isDue(100), true)
})
