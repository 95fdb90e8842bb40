// The life of the master in phases, pure. A pair without an entry is a bug, not a case.
//
// first     one worker alone shows whether the application loads, so that its error appears once
// rest      the other workers start; until then a failure stops the start
// serving   from here on nothing takes down what works
// leaving   asked to stop, and everything is still served (--drain-delay)
// stopping  the workers finish what they have, and leave

export type MasterPhase = 'first' | 'rest' | 'serving' | 'leaving' | 'stopping'
/**
 * `fail`: the start, or the whole server under --fail-fast, has failed. `delayOver`: the time of --drain-delay is over. `handOver`: another master
 * serves, with the same sockets.
 */
export type MasterPhaseEvent = 'firstReady' | 'allReady' | 'stop' | 'delayOver' | 'handOver' | 'fail'

export const MASTER_PHASES: Readonly<Record<MasterPhase, Partial<Record<MasterPhaseEvent, MasterPhase>>>> = {
  first: { firstReady: 'rest', stop: 'stopping', fail: 'stopping' },
  rest: { allReady: 'serving', stop: 'stopping', fail: 'stopping' },
  serving: { stop: 'leaving', handOver: 'stopping', fail: 'stopping' },
  leaving: { delayOver: 'stopping', fail: 'stopping' },
  // A worker may fail, and the master's own queue may be emptied, after the end has begun.
  stopping: { delayOver: 'stopping', fail: 'stopping' },
}

/** The phase after the event. Throws for a pair that the table does not have. */
export function nextPhase(phase: MasterPhase, event: MasterPhaseEvent): MasterPhase {
  const next = MASTER_PHASES[phase][event]
  if (next === undefined) throw new Error(`Cannot apply "${event}" to the master: its phase is "${phase}"`)
  return next
}
