// What a worker reports about itself once a second.
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { ServerStats } from '../../server/http-server.ts'
import type { WorkerStats } from '../state/worker-report.ts'

export class Heartbeat {
  readonly #periodMs: number
  #dueAt: number
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  constructor(periodMs: number) {
    this.#periodMs = periodMs
    this.#dueAt = performance.now() + periodMs
  }

  take(stats: ServerStats): WorkerStats {
    const now = performance.now()
    const loopDelayMs = Math.max(0, now - this.#dueAt)
    const utilization = performance.eventLoopUtilization(this.#utilization).utilization
    this.#dueAt = now + this.#periodMs
    this.#utilization = performance.eventLoopUtilization()
    // Two looks in the same instant give no number.
    const busy = Math.min(1, Math.max(0, utilization || 0))
    return { ...stats, memory: residentMemory(), loopDelayMs, utilization: busy }
  }
}

let lastMemory = 0

/** In bytes. What was read last, when it cannot be read now: on Linux that opens a file, for which a descriptor is needed. */
export function residentMemory(): number {
  try {
    lastMemory = process.memoryUsage.rss()
  } catch {
    // EMFILE, or no /proc here.
  }
  return lastMemory
}
