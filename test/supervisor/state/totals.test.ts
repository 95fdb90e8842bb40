import assert from 'node:assert/strict'
import { test } from 'node:test'
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
