import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pauseDecision, type WorkerLoad } from '../../../src/supervisor/balance/pause-policy.ts'
import type { WorkerStats } from '../../../src/supervisor/state/worker-report.ts'

function worker(id: number, more: Partial<WorkerStats> = {}, isPaused = false): WorkerLoad {
  const vitals = {
    requests: 0,
    connections: 0,
    inFlight: 0,
    shed: 0,
    refused: {},
    memory: 0,
    loopDelayMs: 0,
    utilization: 0,
  }
  return { id, isPaused, vitals: { ...vitals, ...more } }
}

const CASES: readonly [name: string, workers: readonly WorkerLoad[], pause: number[], resume: number[]][] = [
  ['nobody is busy', [worker(1), worker(2)], [], []],
  ['one is busy and one has time', [worker(1, { utilization: 1 }), worker(2)], [1], []],
  ['all are busy: all accept', [worker(1, { utilization: 1 }), worker(2, { utilization: 0.95 })], [], []],
  ['one is late', [worker(1, { loopDelayMs: 500 }), worker(2)], [1], []],
  ['one is full', [worker(1, { inFlight: 10 }), worker(2)], [1], []],
  ['a paused one is still busy', [worker(1, { utilization: 0.8 }, true), worker(2)], [], []],
  ['a paused one is calm again', [worker(1, { utilization: 0.5 }, true), worker(2)], [], [1]],
  ['the others have no time any more', [worker(1, { utilization: 1 }, true), worker(2, { utilization: 0.7 })], [], [1]],
  [
    'the only other one is new and unknown',
    [worker(1, { utilization: 1 }), { id: 2, isPaused: false, vitals: undefined }],
    [],
    [],
  ],
]

for (const [name, workers, pause, resume] of CASES) {
  test(`relief: ${name}`, () => assert.deepEqual(pauseDecision(workers, 10), { pause, resume }))
}
