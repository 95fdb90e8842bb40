import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextState, TRANSITIONS, type WorkerEvent, type WorkerState } from '../../src/pool/worker-states.ts'

const EVENTS: readonly WorkerEvent[] = ['ready', 'drain', 'kill', 'exit']
const TABLE: Record<WorkerState, readonly (WorkerState | 'bug')[]> = {
  //          ready       drain       kill      exit
  starting: ['serving', 'draining', 'killed', 'gone'],
  serving: ['bug', 'draining', 'killed', 'gone'],
  draining: ['draining', 'draining', 'killed', 'gone'],
  killed: ['killed', 'bug', 'killed', 'gone'],
  gone: ['bug', 'bug', 'bug', 'bug'],
}

for (const state of Object.keys(TRANSITIONS) as WorkerState[]) {
  EVENTS.forEach((event, i) => {
    const expected = TABLE[state][i]
    test(`a worker that is ${state} gets "${event}": ${expected}`, () => {
      if (expected === 'bug') assert.throws(() => nextState(state, event), /Cannot apply/)
      else assert.equal(nextState(state, event), expected)
    })
  })
}
