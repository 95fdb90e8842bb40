import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { drawLifetime, drawRequestBudget } from '../../../src/supervisor/state/lifetime.ts'

test('drawRequestBudget without a maximum sets no limit', () => {
  assert.equal(
    drawRequestBudget(0, 50, () => 0.5),
    0,
  )
})

test('drawRequestBudget without a minimum gives the maximum', () => {
  assert.equal(
    drawRequestBudget(100, undefined, () => 0.5),
    100,
  )
  assert.equal(
    drawRequestBudget(100, 300, () => 0.5),
    100,
  )
})

test('drawRequestBudget gives every number from min to max equally often', () => {
  const draws = Array.from({ length: 6000 }, (_, i) => drawRequestBudget(7, 5, () => i / 6000))
  const counts = [5, 6, 7].map(budget => draws.filter(draw => draw === budget).length)
  assert.deepEqual(counts, [2000, 2000, 2000])
})

test('drawRequestBudget never gives 0, which would mean no limit', () => {
  assert.equal(
    drawRequestBudget(3, 0, () => 0.999999),
    1,
  )
})

const LIMITS = { maxReqsPerChild: 0, maxAgePerChild: 100, maxMemoryPerChild: 1000, interface: 'fetch' } as Config

test('drawLifetime draws age and memory from a tenth below the limit up to it', () => {
  assert.deepEqual(
    drawLifetime(LIMITS, () => 0),
    { requests: 0, ageMs: 100_000, memoryBytes: 1000 },
  )
  assert.deepEqual(
    drawLifetime(LIMITS, () => 1),
    { requests: 0, ageMs: 90_000, memoryBytes: 900 },
  )
})

test('drawLifetime leaves the requests of a Perl application to its children', () => {
  const config: Config = { ...LIMITS, maxReqsPerChild: 1000, interface: 'perl' }
  assert.equal(drawLifetime(config, () => 0).requests, 0)
  assert.equal(drawLifetime({ ...config, interface: 'fetch' }, () => 0).requests, 1000)
})
