import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DURATION_BOUNDS } from '../../../src/server/request-metrics.ts'
import { MetricsTotals } from '../../../src/supervisor/state/totals.ts'
import type { WorkerStats } from '../../../src/supervisor/state/worker-report.ts'

const VITALS: WorkerStats = {
  requests: 0,
  connections: 0,
  inFlight: 0,
  shed: 0,
  refused: {},
  memory: 0,
  loopDelayMs: 0,
  utilization: 0,
}

test('totals grow by what is new, and outlive the worker', () => {
  const totals = new MetricsTotals()
  totals.take(1, { ...VITALS, requests: 5 })
  totals.take(1, { ...VITALS, requests: 7, shed: 1, refused: { timeout: 2 } })
  totals.take(2, { ...VITALS, requests: 1, refused: { timeout: 1 } })
  totals.forget(1)
  totals.take(2, { ...VITALS, requests: 3, refused: { timeout: 2, 'bad-host': 1 } })
  assert.equal(totals.totals.requests, 10)
  assert.equal(totals.totals.shed, 1)
  assert.deepEqual(totals.totals.refused, { timeout: 4, 'bad-host': 1 })
  assert.equal(totals.latest(1), undefined)
})

test('classes and durations of requests add up in the same way, and outlive the worker too', () => {
  const totals = new MetricsTotals()
  const buckets = totals.totals.durations.length
  const metered = (ok: number, seconds: number) => {
    const durations = new Array<number>(buckets).fill(0)
    durations[buckets - 1] = ok
    return { classes: [0, ok, 0, 0, 0], durations, durationSum: seconds }
  }
  totals.take(1, { ...VITALS, metered: metered(2, 1.5) })
  totals.take(2, { ...VITALS, metered: metered(1, 1) })
  totals.take(1, { ...VITALS, metered: metered(5, 4) })
  assert.equal(totals.latest(1)?.metered?.durationSum, 4)
  totals.forget(1)
  totals.take(2, VITALS)
  totals.take(3, VITALS)
  const { classes, durations, durationSum } = totals.totals
  assert.deepEqual(classes, [0, 5, 0, 0, 0])
  assert.deepEqual([durations.length, durations.at(-1), durations.at(0)], [DURATION_BOUNDS.length + 1, 5, 0])
  assert.equal(durationSum, 4)
})
