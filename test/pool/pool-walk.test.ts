// A random walk through what can happen to a pool. After each step the master performs its plan, as it does in life.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Action, nextWake, plan, type Target } from '../../src/pool/plan.ts'
import { Pool, type WorkerRecord } from '../../src/pool/pool.ts'
import { afterDeath, beginRollout, FIRST_ROLLOUT, type Rollout } from '../../src/pool/rollout.ts'

const STEPS = 60_000
const LIMITS = { bootMs: 5000, heartbeatMs: 3000, graceMs: 4000 }

/** mulberry32: a seed makes a failing walk repeatable. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

class Walk {
  readonly random: () => number
  readonly pool: Pool
  workers = 4
  rollout: Rollout = FIRST_ROLLOUT
  spawnIntervalMs = 0
  batch = 1
  now = 0
  #nextId = 1

  constructor(seed: number) {
    this.random = seeded(seed)
    this.pool = new Pool(LIMITS, this.random)
  }

  get target(): Target {
    return { workers: this.workers, ...this.rollout, batch: this.batch, spawnIntervalMs: this.spawnIntervalMs }
  }

  serving(): number {
    return this.pool.records.filter(worker => worker.state === 'serving' && this.now < worker.deadline).length
  }

  /** Something happens to a worker, to the target, or to the clock. */
  happen(): void {
    const records = this.pool.records
    const worker = records[Math.floor(this.random() * records.length)]
    const dice = this.random()
    this.now += this.random() * 300
    if (dice < 0.02) this.workers = Math.floor(this.random() * 7)
    else if (dice < 0.04) this.reload()
    else if (dice < 0.045) this.now += 6000
    else if (dice < 0.047) this.batch = 1 + Math.floor(this.random() * 3)
    else if (dice < 0.05) this.spawnIntervalMs = this.random() < 0.5 ? 0 : 200
    else if (worker !== undefined) this.#happenTo(worker.id, worker.state, dice)
  }

  reload(): void {
    this.rollout = beginRollout(this.rollout)
    this.pool.apply({ type: 'forgiven' })
  }

  #happenTo(id: number, state: string, dice: number): void {
    const at = this.now
    if (state === 'starting' && dice < 0.6) this.pool.apply({ type: 'ready', id, at })
    // Its age or its requests may be spent before the master has heard that it is ready.
    else if ((state === 'serving' && dice < 0.3) || (state === 'starting' && dice < 0.7))
      this.pool.apply({ type: 'retiring', id, reason: 'budget', at })
    else if (state === 'serving' && dice < 0.9) this.pool.apply({ type: 'alive', id, at })
    else if (state !== 'killed' || dice < 0.5) this.exit(id)
  }

  exit(id: number): void {
    const dead = this.pool.apply({ type: 'exit', id, at: this.now })
    if (dead !== undefined) this.noteDeath(dead)
  }

  noteDeath(dead: WorkerRecord): void {
    this.rollout = afterDeath(this.rollout, dead, this.pool.records)
  }

  perform(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.do === 'spawn') {
        const { slot, generation } = action
        const id = this.#nextId++
        this.pool.apply({ type: 'spawned', id, pid: id, slot, generation, at: this.now })
      } else {
        const record = this.pool.apply({ type: action.do, id: action.id, at: this.now })
        if (action.do === 'kill' && record !== undefined) this.noteDeath(record)
      }
    }
  }

  /** The checks that hold at every step. */
  step(): void {
    this.happen()
    const before = this.serving()
    const first = plan(this.pool, this.target, this.now)
    this.perform(first)
    // A kill makes room, and its death may end a roll-out: as the master, until nothing is left to do.
    for (let round = 0; round < 3; round++) this.perform(plan(this.pool, this.target, this.now))
    const after = this.serving()
    assert.ok(
      after >= Math.min(before, this.workers),
      `own acts took ${before} serving to ${after}, target ${this.workers}`,
    )
    assert.ok(after <= this.workers, `${after} serve, target ${this.workers}`)
    assert.deepEqual(plan(this.pool, this.target, this.now), [], 'plan after plan')
  }

  /** Time passes, every worker does what it is told at once, until nothing more is planned. */
  settle(): void {
    for (let round = 0; round < 200; round++) {
      for (const worker of this.pool.records) this.#obey(worker.id, worker.state)
      this.perform(plan(this.pool, this.target, this.now))
      const wake = nextWake(this.pool, this.target, this.now)
      const isCalm = this.pool.records.every(
        w => w.state === 'serving' && w.retiring === undefined && w.generation >= this.rollout.oldestGeneration,
      )
      if (isCalm && this.pool.records.length === this.workers && plan(this.pool, this.target, this.now).length === 0)
        return
      this.now += Math.min(200, wake - this.now)
    }
    assert.fail(`the pool does not settle: target ${JSON.stringify(this.target)}, ${JSON.stringify(this.pool.records)}`)
  }

  #obey(id: number, state: string): void {
    if (state === 'starting') this.pool.apply({ type: 'ready', id, at: this.now })
    else if (state === 'serving') this.pool.apply({ type: 'alive', id, at: this.now })
    else this.exit(id)
  }
}

test(`${STEPS} random steps: own acts keep the target served, and plan after plan is empty`, () => {
  const walk = new Walk(20261124)
  for (let i = 0; i < STEPS; i++) walk.step()
})

test('from wherever a walk ends, target 0 empties the pool', () => {
  for (let seed = 0; seed < 300; seed++) {
    const walk = new Walk(seed)
    for (let i = 0; i < 60; i++) walk.step()
    walk.workers = 0
    walk.settle()
    assert.equal(walk.pool.records.length, 0)
  }
})

test('from wherever a walk ends, a reload ends with the desired number of workers, all of the new generation', () => {
  for (let seed = 0; seed < 300; seed++) {
    const walk = new Walk(seed)
    for (let i = 0; i < 60; i++) walk.step()
    walk.workers = 1 + (seed % 5)
    walk.reload()
    walk.settle()
    const generations = walk.pool.records.map(worker => worker.generation)
    assert.deepEqual(generations, Array(walk.workers).fill(walk.rollout.generation))
  }
})
