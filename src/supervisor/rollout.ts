// A reload as values: which code new workers load, which workers are too old. Pure.
import type { WorkerRecord } from './pool.ts'

export interface Rollout {
  /** Counts the reloads. New workers carry it. */
  readonly generation: number
  /** Workers below it are replaced. */
  readonly oldestGeneration: number
}

export const FIRST_ROLLOUT: Rollout = { generation: 0, oldestGeneration: 0 }

/** A reload: from now on every worker of today is too old. One that is under way is overtaken by the new one. */
export function beginRollout(rollout: Rollout): Rollout {
  const generation = rollout.generation + 1
  return { generation, oldestGeneration: generation }
}

/** Whether old workers are still waiting for replacements. */
export function isRollingOut(rollout: Rollout, records: readonly WorkerRecord[]): boolean {
  return records.some(worker => worker.state === 'serving' && worker.generation < rollout.oldestGeneration)
}

/**
 * The roll-out after a worker died. A worker of the new code that died before it was ready stops it: old ones that serve are
 * worth more than new ones that do not. The old and the new that serve stay as they are, until the next reload.
 */
export function afterDeath(rollout: Rollout, dead: WorkerRecord, records: readonly WorkerRecord[]): Rollout {
  const isBootFailure = dead.readyAt === undefined && dead.generation === rollout.generation
  return isBootFailure && isRollingOut(rollout, records) ? { ...rollout, oldestGeneration: 0 } : rollout
}
