// One line about why a worker is gone. Pure.
import type { WorkerRecord } from '../../pool/pool.ts'

/** How a process ended: its code, or the signal that ended it; `error` when it could not be started at all. */
export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: string
}

/** `exited with code 1`, `was killed by SIGKILL, perhaps out of memory`... `before`: the record as it was before the exit. */
export function describeExit(before: WorkerRecord, exit: ProcessExit): string {
  if (exit.error !== undefined) return `could not be started: ${exit.error}`
  const when = before.readyAt === undefined ? ' before it was ready' : ''
  if (exit.signal === null) return `exited with code ${exit.code}${when}`
  // Only we and the kernel's out-of-memory killer send SIGKILL unasked.
  const guess = exit.signal === 'SIGKILL' && before.state !== 'killed' ? ', perhaps out of memory' : ''
  return `was killed by ${exit.signal}${when}${guess}`
}

/** Whether the exit is what the master had asked for. One that is still loading ends by the signal itself. */
export function wasExpected(before: WorkerRecord, exit: ProcessExit): boolean {
  const isAsked = exit.code === 0 || (exit.signal === 'SIGTERM' && before.readyAt === undefined)
  return before.state === 'draining' && isAsked
}

/** Why a worker is killed: what it did not do in time. `isHurried`: a second request to stop has taken its time away. */
export function describeKill(
  worker: WorkerRecord,
  times: { bootTimeout: number; workerTimeout: number; gracefulTimeout: number },
  isHurried = false,
): string {
  if (isHurried) return 'has not finished, and a second signal asks for the end at once'
  switch (worker.state) {
    case 'starting':
      return `was not ready within ${times.bootTimeout} s`
    case 'serving':
      return `has not reported for ${times.workerTimeout} s, its event loop is blocked`
    default:
      return `did not finish within ${times.gracefulTimeout} s`
  }
}
