import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CONNECTION_STATES,
  type ConnectionEvent,
  type ConnectionState,
  nextConnectionState,
} from '../../../src/server/connection/connection-state.ts'

const EVENTS: readonly ConnectionEvent[] = ['request', 'persist', 'discard', 'linger', 'upgrade', 'close']
const TABLE: Record<ConnectionState, readonly (ConnectionState | 'bug')[]> = {
  waiting: ['exchange', 'bug', 'bug', 'lingering', 'bug', 'closed'],
  exchange: ['bug', 'waiting', 'discarding', 'lingering', 'upgraded', 'closed'],
  discarding: ['bug', 'waiting', 'bug', 'lingering', 'bug', 'closed'],
  lingering: ['bug', 'bug', 'bug', 'bug', 'bug', 'closed'],
  upgraded: ['bug', 'bug', 'bug', 'bug', 'bug', 'closed'],
  closed: ['bug', 'bug', 'bug', 'bug', 'bug', 'bug'],
}

for (const state of Object.keys(CONNECTION_STATES) as ConnectionState[]) {
  EVENTS.forEach((event, i) => {
    const expected = TABLE[state][i]
    test(`a connection that is ${state} gets "${event}": ${expected}`, () => {
      if (expected === 'bug') assert.throws(() => nextConnectionState(state, event), /Cannot apply/)
      else assert.equal(nextConnectionState(state, event), expected)
    })
  })
}
