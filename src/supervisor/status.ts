// The state of a server as data: what `starlight status --json` prints and what the pages are made of.
import type { Aims, Phase } from './aims.ts'
import type { BoundListener } from './bind.ts'
import type { Chronicle, ReloadOutcome } from './chronicle.ts'
import type { Ledger, Totals } from './ledger.ts'
import type { Pool } from './pool.ts'
import { appNameOf } from './settings.ts'

export interface WorkerStatus {
  readonly pid: number | undefined
  readonly slot: number
  readonly generation: number
  readonly state: string
  /** Why it is going to be replaced; null when it is not. */
  readonly retiring: string | null
  readonly ageSeconds: number
  readonly requests: number
  readonly connections: number
  readonly inFlight: number
  /** Resident memory in bytes. */
  readonly memory: number
  readonly loopDelayMs: number
  /** 0 to 1. */
  readonly utilization: number
}

export interface Status {
  readonly version: string
  readonly node: string
  readonly app: string
  /** Process id of the master. */
  readonly pid: number
  readonly phase: Phase | 'asleep'
  readonly uptimeSeconds: number
  readonly listeners: readonly string[]
  /** Workers that are wanted, or Perl children. */
  readonly wished: number
  /** Workers that serve. */
  readonly serving: number
  readonly generation: number
  readonly reload: ReloadOutcome | null
  readonly spawns: number
  /** Workers that ended, by reason. */
  readonly ends: Readonly<Record<string, number>>
  readonly totals: Totals
  readonly workers: readonly WorkerStatus[]
}

export interface StatusParts {
  readonly version: string
  readonly aims: Aims
  readonly pool: Pool
  readonly chronicle: Chronicle
  readonly ledger: Ledger
  readonly listeners: readonly BoundListener[]
}

export function statusOf({ version, aims, pool, chronicle, ledger, listeners }: StatusParts, now: number): Status {
  const { records } = pool
  return {
    version,
    node: process.version,
    app: appNameOf(aims.config),
    pid: process.pid,
    phase: aims.isAsleep ? 'asleep' : aims.phase,
    uptimeSeconds: Math.round(process.uptime()),
    listeners: listeners.map(({ url }) => url),
    wished: aims.scale,
    serving: records.filter(({ state }) => state === 'serving').length,
    generation: aims.generation,
    reload: chronicle.lastReload ?? null,
    spawns: chronicle.spawns,
    ends: Object.fromEntries(chronicle.ends),
    totals: ledger.totals,
    workers: records.map(({ id, pid, slot, generation, state, retiring, startedAt }) => {
      const vitals = ledger.latest(id)
      return {
        pid,
        slot,
        generation,
        state,
        retiring: retiring ?? null,
        ageSeconds: Math.round((now - startedAt) / 1000),
        requests: vitals?.requests ?? 0,
        connections: vitals?.connections ?? 0,
        inFlight: vitals?.inFlight ?? 0,
        memory: vitals?.memory ?? 0,
        loopDelayMs: vitals?.loopDelayMs ?? 0,
        utilization: vitals?.utilization ?? 0,
      }
    }),
  }
}
