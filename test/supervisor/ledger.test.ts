import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ledger } from '../../src/supervisor/ledger.ts'
import type { Vitals } from '../../src/supervisor/worker-report.ts'

const VITALS: Vitals = {
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
  const ledger = new Ledger()
  ledger.take(1, { ...VITALS, requests: 5 })
  ledger.take(1, { ...VITALS, requests: 7, shed: 1, refused: { timeout: 2 } })
  ledger.take(2, { ...VITALS, requests: 1, refused: { timeout: 1 } })
  ledger.forget(1)
  ledger.take(2, { ...VITALS, requests: 3, refused: { timeout: 2, 'bad-host': 1 } })
  assert.equal(ledger.totals.requests, 10)
  assert.equal(ledger.totals.shed, 1)
  assert.deepEqual(ledger.totals.refused, { timeout: 4, 'bad-host': 1 })
  assert.equal(ledger.latest(1), undefined)
})
