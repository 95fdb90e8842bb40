// The states of a connection, pure. A pair without an entry is a bug, not a case.
//
// waiting     for a request, or for the rest of its head
// exchange    a request is in hand: it is answered, or its body is still read behind the answer
// discarding  answered; the rest of the request's body is read and dropped, so that the next request is found
// lingering   our side is closed; what still comes is read and dropped, so that no reset overtakes the answer (RFC 9112 9.6)
// upgraded    the application has the socket
// closed      nothing comes or goes any more

export type ConnectionState = 'waiting' | 'exchange' | 'discarding' | 'lingering' | 'upgraded' | 'closed'
export type ConnectionEvent = 'request' | 'persist' | 'discard' | 'linger' | 'upgrade' | 'close'

export const CONNECTION_STATES: Readonly<Record<ConnectionState, Partial<Record<ConnectionEvent, ConnectionState>>>> = {
  waiting: { request: 'exchange', linger: 'lingering', close: 'closed' },
  exchange: { persist: 'waiting', discard: 'discarding', linger: 'lingering', upgrade: 'upgraded', close: 'closed' },
  discarding: { persist: 'waiting', linger: 'lingering', close: 'closed' },
  lingering: { close: 'closed' },
  upgraded: { close: 'closed' },
  closed: {},
}

/** The state after the event. Throws for a pair that the table does not have. */
export function nextConnectionState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const next = CONNECTION_STATES[state][event]
  if (next === undefined) throw new Error(`Cannot apply "${event}" to a connection: it is "${state}"`)
  return next
}
