// Which workers should stop accepting for a while, so that those with time take the next connections. Pure.
import type { WorkerStats } from '../state/worker-report.ts'

export interface WorkerLoad {
  readonly id: number
  readonly isPaused: boolean
  readonly vitals: WorkerStats | undefined
}

export interface PauseDecision {
  readonly pause: readonly number[]
  readonly resume: readonly number[]
}

/** Busy from here on... */
const BUSY = 0.9
/** ... and no longer below this: hysteresis keeps a worker from pausing and resuming each second. */
const CALM = 0.75
/** Somebody with so much time left takes what the busy ones do not. */
const IDLE = 0.5
const LATE_MS = 100

/** Never all of them: a worker pauses only while another one that accepts has time. `inFlight`: the limit; 0 for none. */
export function pauseDecision(workers: readonly WorkerLoad[], inFlight: number): PauseDecision {
  const hasTime = workers.some(
    ({ isPaused, vitals }) =>
      !isPaused && vitals !== undefined && vitals.utilization < IDLE && !isBusy(vitals, inFlight),
  )
  const pause = workers.filter(
    ({ isPaused, vitals }) => hasTime && !isPaused && vitals !== undefined && isBusy(vitals, inFlight),
  )
  const resume = workers.filter(
    ({ isPaused, vitals }) => isPaused && (!hasTime || vitals === undefined || isCalm(vitals, inFlight)),
  )
  return { pause: pause.map(({ id }) => id), resume: resume.map(({ id }) => id) }
}

function isBusy(vitals: WorkerStats, inFlight: number): boolean {
  return vitals.utilization > BUSY || vitals.loopDelayMs > LATE_MS || (inFlight > 0 && vitals.inFlight >= inFlight)
}

function isCalm(vitals: WorkerStats, inFlight: number): boolean {
  return vitals.utilization < CALM && vitals.loopDelayMs < LATE_MS && !(inFlight > 0 && vitals.inFlight >= inFlight)
}
