// The state of a server as data: what `starlight status --json` prints and what the pages are made of.

import type { Pool } from '../../pool/pool.ts'
import type { BoundListener } from '../sockets/bind.ts'
import { appNameOf } from '../state/config-mapping.ts'
import type { DesiredState } from '../state/desired-state.ts'
import type { MasterPhase } from '../state/master-phase.ts'
import type { MetricsTotals, Totals } from '../state/totals.ts'
import type { ReloadOutcome, WorkerHistory } from '../state/worker-history.ts'
import type { Certificates } from '../tls/certificates.ts'

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

/** A certificate that TLS listeners serve. */
export interface CertificateStatus {
  /** Path of its file. */
  readonly file: string
  readonly names: readonly string[]
  /** When it ends, as in `2026-12-31T23:59:59.000Z`. */
  readonly notAfter: string
}

export interface Status {
  readonly version: string
  readonly node: string
  readonly app: string
  /** Process id of the master. */
  readonly pid: number
  readonly phase: MasterPhase | 'asleep'
  readonly uptimeSeconds: number
  readonly listeners: readonly string[]
  /** Workers that are wanted, or Perl children. */
  readonly desired: number
  /** Workers that serve. */
  readonly serving: number
  readonly generation: number
  readonly reload: ReloadOutcome | null
  readonly spawns: number
  /** Workers that ended, by reason. */
  readonly ends: Readonly<Record<string, number>>
  /** Messages between workers that were dropped. */
  readonly messagesDropped: number
  readonly certificates: readonly CertificateStatus[]
  readonly totals: Totals
  readonly workers: readonly WorkerStatus[]
}

export interface StatusParts {
  readonly version: string
  readonly desired: DesiredState
  readonly pool: Pool
  readonly history: WorkerHistory
  readonly totals: MetricsTotals
  readonly places: { readonly dropped: number }
  readonly listeners: readonly BoundListener[]
  readonly certificates: Pick<Certificates, 'certificates'>
}

export function statusOf(
  { version, desired, pool, history, totals, places, listeners, certificates }: StatusParts,
  now: number,
): Status {
  return {
    version,
    node: process.version,
    app: appNameOf(desired.config),
    pid: process.pid,
    phase: desired.isAsleep ? 'asleep' : desired.phase,
    uptimeSeconds: Math.round(process.uptime()),
    listeners: listeners.map(({ url }) => url),
    desired: desired.scale,
    serving: pool.records.filter(({ state }) => state === 'serving').length,
    generation: desired.generation,
    reload: history.lastReload ?? null,
    spawns: history.spawns,
    ends: Object.fromEntries(history.ends),
    messagesDropped: places.dropped,
    certificates: certificates.certificates.map(certificateStatusOf),
    totals: totals.totals,
    workers: pool.records.map(({ id, pid, slot, generation, state, retiring, startedAt }) => {
      const vitals = totals.latest(id)
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

function certificateStatusOf({ certFile, names, notAfter }: Certificates['certificates'][number]): CertificateStatus {
  return { file: certFile, names, notAfter: new Date(notAfter).toISOString() }
}
