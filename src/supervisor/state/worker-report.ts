// What a worker and its watchdog tell about it.
import type { ServerStats } from '../../server/http-server.ts'

/** How a worker is. */
export interface WorkerStats extends ServerStats {
  /** Resident memory in bytes. */
  readonly memory: number
  /** How much later than planned the event loop came to this report, in milliseconds. */
  readonly loopDelayMs: number
  /** Part of the last second in which the event loop was busy, 0 to 1. */
  readonly utilization: number
}

/** What the thread tells the master, as one line of JSON. */
export interface BlockedReport {
  /** False: somebody asked for the stack. */
  readonly isBlocked: boolean
  /** Innermost first: `at name (file:line:column)`. */
  readonly stack: readonly string[]
  /** `GET /path, 30.1 s`. */
  readonly requests: readonly string[]
}
