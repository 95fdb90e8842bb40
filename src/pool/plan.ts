// The whole policy of the master. Pure: the same pool, desired state and time always give the same actions. Three things hold, and a
// random walk checks them: our own acts never take the serving workers below the target; what is planned and performed is not
// planned again; a target of 0 empties the pool.
import type { WorkerRecord } from './pool.ts'

/** What the master wants. */
export interface Target {
  readonly workers: number
  /** The code that new workers load. */
  readonly generation: number
  /** Workers older than this are replaced. Below `generation` when a roll-out was stopped: then old and new stay. */
  readonly oldestGeneration: number
  /** How many workers that serve get their replacement at a time. */
  readonly batch: number
  /** Least time between two spawns in milliseconds; 0 for none. */
  readonly spawnIntervalMs: number
}

/** The part of the Pool that a plan looks at. */
export interface PoolView {
  readonly records: readonly WorkerRecord[]
  readonly lastSpawnAt: number
  retryAt(slot: number): number
}

export type Action =
  | { readonly do: 'spawn'; readonly slot: number; readonly generation: number }
  | { readonly do: 'drain'; readonly id: number }
  | { readonly do: 'kill'; readonly id: number }

/**
 * What the master should do now; perform it, and plan again until nothing is left. Kills come alone: what a worker's end
 * means for its slot and for a roll-out has to be known before others are started. After them one more plan is all.
 */
export function plan(pool: PoolView, target: Target, now: number): Action[] {
  const overdue = kills(pool.records, now)
  if (overdue.length > 0) return overdue
  const slots = survey(pool.records, target)
  return [...drains(slots, target), ...spawns(pool, slots, target, now)]
}

/** When to plan again if nothing happens before: the next deadline, or the end of a wait for a spawn. Infinity for never. */
export function nextWake(pool: PoolView, target: Target, now: number): number {
  const times = pool.records.map(worker => worker.deadline)
  const { empty, replaceable } = openSlots(survey(pool.records, target), target)
  for (const slot of [...empty, ...replaceable])
    times.push(Math.max(pool.retryAt(slot), pool.lastSpawnAt + target.spawnIntervalMs))
  return Math.min(Infinity, ...times.filter(time => time > now))
}

interface SlotSurvey {
  starting: WorkerRecord[]
  /** Serving, and to be kept. */
  staying: WorkerRecord[]
  /** Serving, and to be replaced: retiring, or of an older generation. */
  leaving: WorkerRecord[]
}

function survey(records: readonly WorkerRecord[], target: Target): Map<number, SlotSurvey> {
  const slots = new Map<number, SlotSurvey>()
  for (const worker of records) {
    const slot = slots.get(worker.slot) ?? { starting: [], staying: [], leaving: [] }
    slots.set(worker.slot, slot)
    if (worker.state === 'starting') slot.starting.push(worker)
    else if (worker.state === 'serving') (isLeaving(worker, target) ? slot.leaving : slot.staying).push(worker)
  }
  return slots
}

function isLeaving(worker: WorkerRecord, target: Target): boolean {
  return worker.retiring !== undefined || worker.generation < target.oldestGeneration
}

function kills(records: readonly WorkerRecord[], now: number): Action[] {
  const overdue = records.filter(worker => worker.state !== 'killed' && now >= worker.deadline)
  return overdue.map(({ id }) => ({ do: 'kill', id }))
}

// Replace first, drain second: a serving worker is let go only while enough others serve.
function drains(slots: ReadonlyMap<number, SlotSurvey>, target: Target): Action[] {
  const surplus: WorkerRecord[] = []
  const relieved: WorkerRecord[] = []
  let serving = 0
  for (const [number, slot] of slots) {
    const mayKeep = number < target.workers
    serving += slot.staying.length + slot.leaving.length
    surplus.push(...slot.starting.filter(worker => !mayKeep || worker.generation < target.oldestGeneration))
    relieved.push(...(mayKeep ? slot.staying.slice(0, -1) : slot.staying))
    // A replacement may be on its way out before it is ready. The newest serves on: otherwise they would become more and more.
    relieved.push(...(mayKeep && slot.staying.length === 0 ? slot.leaving.slice(0, -1) : slot.leaving))
  }
  const allowed = relieved.slice(0, Math.max(0, serving - target.workers))
  return [...surplus, ...allowed].map(({ id }) => ({ do: 'drain', id }))
}

function spawns(pool: PoolView, slots: ReadonlyMap<number, SlotSurvey>, target: Target, now: number): Action[] {
  if (now < pool.lastSpawnAt + target.spawnIntervalMs) return []
  const { empty, replaceable, replacing } = openSlots(slots, target)
  const isDue = (slot: number) => now >= pool.retryAt(slot)
  const due = [...empty.filter(isDue), ...replaceable.filter(isDue).slice(0, Math.max(0, target.batch - replacing))]
  const allowed = target.spawnIntervalMs > 0 ? due.slice(0, 1) : due
  return allowed.map(slot => ({ do: 'spawn', slot, generation: target.generation }))
}

interface OpenSlots {
  readonly empty: number[]
  /** With a worker that serves and should be replaced; the one with the oldest comes first. */
  readonly replaceable: number[]
  /** How many replacements are starting. */
  readonly replacing: number
}

// Slots with no worker at all are filled together. Slots whose worker still serves get their replacement in batches, of one
// by default: a reload then needs the memory and the processor of one more worker, not of twice as many. The oldest worker has
// its turn first: young ones that use up their requests faster than a replacement starts must not hold up a reload indefinitely.
function openSlots(slots: ReadonlyMap<number, SlotSurvey>, target: Target): OpenSlots {
  const empty: number[] = []
  const replaceable: number[] = []
  let replacing = 0
  for (let number = 0; number < target.workers; number++) {
    const slot = slots.get(number)
    const isServed = slot !== undefined && slot.leaving.length > 0
    const isStarting = slot?.starting.some(worker => worker.generation >= target.oldestGeneration) ?? false
    if (isStarting) replacing += isServed ? 1 : 0
    else if (slot === undefined || slot.staying.length === 0) (isServed ? replaceable : empty).push(number)
  }
  const oldest = (slot: number): number => slots.get(slot)?.leaving[0]?.id ?? Infinity
  replaceable.sort((a, b) => oldest(a) - oldest(b))
  return { empty, replaceable: replacing < target.batch ? replaceable : [], replacing }
}
