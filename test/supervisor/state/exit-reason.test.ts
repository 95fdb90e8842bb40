import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerRecord } from '../../../src/pool/pool.ts'
import { describeExit, describeKill, type ProcessExit } from '../../../src/supervisor/state/exit-reason.ts'

function worker(state: WorkerRecord['state'], readyAt: number | undefined = 1): WorkerRecord {
  const base = { id: 1, pid: 1, slot: 0, generation: 0, startedAt: 0, deadline: 0, retiring: undefined }
  return { ...base, state, readyAt, isInspected: false }
}
const starting = { ...worker('starting'), readyAt: undefined }
const by = (signal: NodeJS.Signals): ProcessExit => ({ code: null, signal })

for (const [before, exit, words] of [
  [starting, { code: null, signal: null, error: 'spawn EAGAIN' }, 'could not be started: spawn EAGAIN'],
  [starting, { code: 5, signal: null }, 'exited with code 5 before it was ready'],
  [worker('serving'), { code: 1, signal: null }, 'exited with code 1'],
  [worker('serving'), by('SIGSEGV'), 'was killed by SIGSEGV'],
  [starting, by('SIGSEGV'), 'was killed by SIGSEGV before it was ready'],
  [worker('serving'), by('SIGKILL'), 'was killed by SIGKILL, perhaps out of memory'],
  [starting, by('SIGKILL'), 'was killed by SIGKILL before it was ready, perhaps out of memory'],
  [worker('killed'), by('SIGKILL'), 'was killed by SIGKILL'],
] as [WorkerRecord, ProcessExit, string][]) {
  test(`a worker that is ${before.state} and ends with ${exit.error ?? exit.signal ?? exit.code} ${words}`, () => {
    assert.equal(describeExit(before, exit), words)
  })
}

const TIMES = { bootTimeout: 60, workerTimeout: 30, gracefulTimeout: 10 }
for (const [state, words] of [
  ['starting', 'was not ready within 60 s'],
  ['serving', 'has not reported for 30 s, its event loop is blocked'],
  ['draining', 'did not finish within 10 s'],
] as const) {
  test(`a worker that is ${state} is killed because it ${words}`, () => {
    assert.equal(describeKill(worker(state), TIMES), words)
    assert.match(describeKill(worker(state), TIMES, true), /^has not finished, and a second signal/)
  })
}
