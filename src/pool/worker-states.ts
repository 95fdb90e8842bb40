// Everything about the states of a worker, as the master sees it. A pair without an entry is a bug, not a case.
//
//   starting ──ready──▶ serving ──drain──▶ draining ──exit──▶ gone
//       └──────────── kill, from any of them ────────▶ killed ──exit──▶ gone

export type WorkerState = 'starting' | 'serving' | 'draining' | 'killed' | 'gone'
export type WorkerEvent = 'ready' | 'drain' | 'kill' | 'exit'

// `ready` can cross an order on its way: a worker that was told to drain or was killed may have reported just before.
export const TRANSITIONS: Readonly<Record<WorkerState, Partial<Record<WorkerEvent, WorkerState>>>> = {
  starting: { ready: 'serving', drain: 'draining', kill: 'killed', exit: 'gone' },
  serving: { drain: 'draining', kill: 'killed', exit: 'gone' },
  draining: { ready: 'draining', drain: 'draining', kill: 'killed', exit: 'gone' },
  killed: { ready: 'killed', kill: 'killed', exit: 'gone' },
  gone: {},
}

/** The state after the event. Throws for a pair that the table does not have. */
export function nextState(state: WorkerState, event: WorkerEvent): WorkerState {
  const next = TRANSITIONS[state][event]
  if (next === undefined) throw new Error(`Cannot apply "${event}" to a worker: it is "${state}"`)
  return next
}
