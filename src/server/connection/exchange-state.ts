// The states of an exchange, pure. A pair without an entry is a bug, not a case.
//
// pending  the application has not begun its answer
// body     the head of the answer is sent, its body goes on
// done     the answer is complete or cut, or the connection was upgraded

export type ExchangeState = 'pending' | 'body' | 'done'
export type ExchangeEvent = 'begin' | 'finish' | 'cut' | 'upgrade'

export const EXCHANGE_STATES: Readonly<Record<ExchangeState, Partial<Record<ExchangeEvent, ExchangeState>>>> = {
  pending: { begin: 'body', cut: 'done', upgrade: 'done' },
  body: { finish: 'done', cut: 'done' },
  done: {},
}

/** The state after the event. Throws for a pair that the table does not have. */
export function nextExchangeState(state: ExchangeState, event: ExchangeEvent): ExchangeState {
  const next = EXCHANGE_STATES[state][event]
  if (next === undefined) throw new Error(`Cannot apply "${event}" to an exchange: it is "${state}"`)
  return next
}
