// How the threads of a process are, as if they were one worker.
import { addCounts } from '../state/totals.ts'
import type { WorkerStats } from '../state/worker-report.ts'
import { residentMemory } from './heartbeat.ts'

/** `past`: what threads that are gone have done. Delay and utilization are those of the busiest thread. */
export function sumOfVitals(past: readonly WorkerStats[], living: readonly WorkerStats[]): WorkerStats {
  const all = [...past, ...living]
  const sum = (pick: (vitals: WorkerStats) => number): number => all.reduce((total, vitals) => total + pick(vitals), 0)
  const each = (pick: (vitals: WorkerStats) => readonly number[] | undefined): number[] =>
    ((all[0] && pick(all[0])) ?? []).map((_, i) => sum(vitals => pick(vitals)?.[i] ?? 0))
  return {
    requests: sum(({ requests }) => requests),
    connections: sum(({ connections }) => connections),
    inFlight: sum(({ inFlight }) => inFlight),
    shed: sum(({ shed }) => shed),
    refused: all.reduce((total, { refused }) => addCounts(total, refused), {}),
    memory: residentMemory(),
    loopDelayMs: Math.max(0, ...living.map(({ loopDelayMs }) => loopDelayMs)),
    utilization: Math.max(0, ...living.map(({ utilization }) => utilization)),
    ...(all[0]?.metered === undefined
      ? {}
      : {
          metered: {
            classes: each(({ metered }) => metered?.classes),
            durations: each(({ metered }) => metered?.durations),
            durationSum: sum(({ metered }) => metered?.durationSum ?? 0),
          },
        }),
  }
}
