import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  EXCHANGE_STATES,
  type ExchangeEvent,
  type ExchangeState,
  nextExchangeState,
} from '../../../src/server/connection/exchange-state.ts'

const EVENTS: readonly ExchangeEvent[] = ['begin', 'finish', 'cut', 'upgrade']
const TABLE: Record<ExchangeState, readonly (ExchangeState | 'bug')[]> = {
  pending: ['body', 'bug', 'done', 'done'],
  body: ['bug', 'done', 'done', 'bug'],
  done: ['bug', 'bug', 'bug', 'bug'],
}

for (const state of Object.keys(EXCHANGE_STATES) as ExchangeState[]) {
  EVENTS.forEach((event, i) => {
    const expected = TABLE[state][i]
    test(`an exchange that is ${state} gets "${event}": ${expected}`, () => {
      if (expected === 'bug') assert.throws(() => nextExchangeState(state, event), /Cannot apply/)
      else assert.equal(nextExchangeState(state, event), expected)
    })
  })
}
