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
 * Whether enough workers serve the new code and none the old. Those that start do not count: under a small limit of requests
 * somebody's replacement is always starting.
 */
export function isRolledOut(rollout: Rollout, records: readonly WorkerRecord[], workers: number): boolean {
  const serving = records.filter(worker => worker.state === 'serving')
  return serving.length >= workers && !isRollingOut(rollout, serving)
}

/**
 * The roll-out after a worker died. A worker of the new code that died before it was ready stops it: old ones that serve are
 * worth more than new ones that do not. The old and the new that serve stay as they are, until the next reload.
 * `before`: the worker as it was; one that had been told to leave says nothing about its code.
 */
export function afterDeath(rollout: Rollout, before: WorkerRecord, records: readonly WorkerRecord[]): Rollout {
  const isBootFailure = before.state === 'starting' && before.generation === rollout.generation
  return isBootFailure && isRollingOut(rollout, records) ? { ...rollout, oldestGeneration: 0 } : rollout
}
