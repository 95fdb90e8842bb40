import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MasterPhase, type MasterPhaseEvent, nextPhase } from '../../../src/supervisor/state/master-phase.ts'

const EVENTS: readonly MasterPhaseEvent[] = ['firstReady', 'allReady', 'stop', 'delayOver', 'handOver', 'fail']
const TABLE: Record<MasterPhase, readonly (MasterPhase | 'bug')[]> = {
  first: ['rest', 'bug', 'stopping', 'bug', 'bug', 'stopping'],
  rest: ['bug', 'serving', 'stopping', 'bug', 'bug', 'stopping'],
  serving: ['bug', 'bug', 'leaving', 'bug', 'stopping', 'stopping'],
  leaving: ['bug', 'bug', 'bug', 'stopping', 'bug', 'stopping'],
  stopping: ['bug', 'bug', 'bug', 'stopping', 'bug', 'stopping'],
}

for (const state of Object.keys(TABLE) as MasterPhase[]) {
  EVENTS.forEach((event, i) => {
    const expected = TABLE[state][i]
    test(`a master that is ${state} gets "${event}": ${expected}`, () => {
      if (expected === 'bug') assert.throws(() => nextPhase(state, event), /Cannot apply/)
      else assert.equal(nextPhase(state, event), expected)
    })
  })
}
