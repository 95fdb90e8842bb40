import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextWake, type PoolView, plan, type Target } from '../../src/pool/plan.ts'
import type { WorkerRecord } from '../../src/pool/pool.ts'

const NOW = 1000

function target(workers: number, more: Partial<Target> = {}): Target {
  return { workers, generation: 0, oldestGeneration: 0, batch: 1, spawnIntervalMs: 0, ...more }
}

function worker(id: number, state: WorkerRecord['state'], more: Partial<WorkerRecord> = {}): WorkerRecord {
  const base = { pid: id, slot: id, generation: 0, startedAt: 0, readyAt: 0, deadline: Infinity, retiring: undefined }
  return { ...base, isInspected: false, id, state, ...more }
}

function view(records: WorkerRecord[], more: { lastSpawnAt?: number; retryAt?: number } = {}): PoolView {
  return { records, lastSpawnAt: more.lastSpawnAt ?? -Infinity, retryAt: () => more.retryAt ?? -Infinity }
}

const spawn = (slot: number, generation = 0) => ({ do: 'spawn', slot, generation })
const drain = (id: number) => ({ do: 'drain', id })
const kill = (id: number) => ({ do: 'kill', id })

const CASES: readonly [name: string, pool: PoolView, target: Target, actions: object[]][] = [
  ['an empty pool is filled', view([]), target(2), [spawn(0), spawn(1)]],
  ['a full pool is left alone', view([worker(0, 'serving'), worker(1, 'starting')]), target(2), []],
  ['a dead worker is replaced in its slot', view([worker(0, 'serving'), worker(2, 'serving')]), target(3), [spawn(1)]],
  ['a slot that failed waits', view([], { retryAt: NOW + 1 }), target(2), []],
  ['a slot that waited long enough is filled', view([], { retryAt: NOW }), target(1), [spawn(0)]],
  ['an overdue worker is killed, alone', view([worker(0, 'serving', { deadline: NOW })]), target(1), [kill(0)]],
  ['an overdue draining worker is killed', view([worker(0, 'draining', { deadline: NOW })]), target(0), [kill(0)]],
  ['a killed worker is not killed again', view([worker(0, 'killed', { deadline: NOW })]), target(1), [spawn(0)]],
  [
    'slots of killed workers are filled together',
    view([worker(0, 'killed'), worker(1, 'killed')]),
    target(2),
    [spawn(0), spawn(1)],
  ],
  [
    'target 0 drains the serving and the starting',
    view([worker(0, 'serving'), worker(1, 'starting')]),
    target(0),
    [drain(1), drain(0)],
  ],
  ['one worker too many is drained', view([worker(0, 'serving'), worker(1, 'serving')]), target(1), [drain(1)]],
  [
    'one worker too many serves on while another is missing',
    view([worker(0, 'starting'), worker(1, 'serving'), worker(2, 'serving')]),
    target(2),
    [],
  ],
  [
    'a retiring worker is replaced before it is drained',
    view([worker(0, 'serving', { retiring: 'budget' })]),
    target(1),
    [spawn(0)],
  ],
  [
    'a retiring worker serves while its replacement starts',
    view([worker(0, 'serving', { retiring: 'budget' }), worker(9, 'starting', { slot: 0 })]),
    target(1),
    [],
  ],
  [
    'a retiring worker is drained when its replacement serves, also one that has had its age or requests before it was ready',
    view([worker(0, 'serving', { retiring: 'age' }), worker(9, 'serving', { slot: 0, retiring: 'age' })]),
    target(1),
    [drain(0), spawn(0)],
  ],
  [
    'a retiring worker is drained when its replacement serves',
    view([worker(0, 'serving', { retiring: 'budget' }), worker(9, 'serving', { slot: 0 })]),
    target(1),
    [drain(0)],
  ],
  [
    'the newest of several retiring workers serves on, and no slot is drained in its place',
    view([
      ...[0, 8, 9].map(id => worker(id, 'serving', { slot: 0, retiring: 'age' })),
      ...[1, 7].map(id => worker(id, 'serving', { slot: 1 })),
    ]),
    target(2),
    [drain(0), drain(8), drain(1), spawn(0)],
  ],
  [
    'a relieved worker serves on while a neighbour is dead',
    view([worker(0, 'serving', { retiring: 'budget' }), worker(9, 'serving', { slot: 0 }), worker(1, 'starting')]),
    target(2),
    [],
  ],
  [
    'a new generation starts with one worker',
    view([worker(0, 'serving'), worker(1, 'serving')]),
    target(2, { generation: 1, oldestGeneration: 1 }),
    [spawn(0, 1)],
  ],
  [
    'the next slot follows when the first one serves the new generation',
    view([worker(0, 'serving'), worker(1, 'serving'), worker(9, 'serving', { slot: 0, generation: 1 })]),
    target(2, { generation: 1, oldestGeneration: 1 }),
    [drain(0), spawn(1, 1)],
  ],
  [
    'a reload during the start does not wait for workers with old code',
    view([worker(0, 'starting')]),
    target(1, { generation: 1, oldestGeneration: 1 }),
    [drain(0), spawn(0, 1)],
  ],
  [
    'a stopped roll-out leaves old and new as they are',
    view([worker(0, 'serving', { generation: 1 }), worker(1, 'serving')]),
    target(2, { generation: 1, oldestGeneration: 0 }),
    [],
  ],
  ['a slot that waits does not hold up the replacement in another', failingSlotBesideRetiring(), target(2), [spawn(1)]],
  [
    'a batch of two replaces two old workers at a time',
    view([worker(0, 'serving'), worker(1, 'serving'), worker(2, 'serving')]),
    target(3, { generation: 1, oldestGeneration: 1, batch: 2 }),
    [spawn(0, 1), spawn(1, 1)],
  ],
  [
    'a batch of two with one under way starts one more',
    view([
      worker(0, 'serving'),
      worker(1, 'serving'),
      worker(2, 'serving'),
      worker(3, 'starting', { slot: 0, generation: 1 }),
    ]),
    target(3, { generation: 1, oldestGeneration: 1, batch: 2 }),
    [spawn(1, 1)],
  ],
  [
    'the oldest worker is replaced first: a young one that retires again and again holds up no roll-out',
    view([worker(9, 'serving', { slot: 0, generation: 1, retiring: 'budget' }), worker(1, 'serving')]),
    target(2, { generation: 1, oldestGeneration: 1 }),
    [spawn(1, 1)],
  ],
  [
    'nor does a reload that overtakes another begin again at the slots that were served last',
    view([worker(9, 'serving', { slot: 0, generation: 1 }), worker(1, 'serving')]),
    target(2, { generation: 2, oldestGeneration: 2 }),
    [spawn(1, 2)],
  ],
  ['with an interval only one worker is spawned', view([]), target(3, { spawnIntervalMs: 500 }), [spawn(0)]],
  [
    'and the next one not before the interval is over',
    view([], { lastSpawnAt: 501 }),
    target(3, { spawnIntervalMs: 500 }),
    [],
  ],
  ['but as soon as it is', view([], { lastSpawnAt: 500 }), target(3, { spawnIntervalMs: 500 }), [spawn(0)]],
]

function failingSlotBesideRetiring(): PoolView {
  const records = [worker(0, 'serving', { retiring: 'uncaught' }), worker(1, 'serving', { retiring: 'budget' })]
  return { records, lastSpawnAt: -Infinity, retryAt: slot => (slot === 0 ? NOW + 1 : -Infinity) }
}

for (const [name, pool, wanted, actions] of CASES) {
  test(`plan: ${name}`, () => {
    assert.deepEqual(plan(pool, wanted, NOW), actions)
  })
}

test('nextWake is the next deadline', () => {
  const pool = view([worker(0, 'serving', { deadline: 4000 }), worker(1, 'serving', { deadline: 3000 })])
  assert.equal(nextWake(pool, target(2), NOW), 3000)
})

test('nextWake is later than now: what is due has been done', () => {
  const pool = view([worker(0, 'serving', { deadline: NOW }), worker(1, 'serving', { deadline: 3000 })])
  assert.equal(nextWake(pool, target(2), NOW), 3000)
})

test('nextWake does not count the slots that wait for a replacement elsewhere', () => {
  const records = [worker(0, 'serving'), worker(1, 'serving'), worker(9, 'starting', { slot: 0, generation: 1 })]
  const reload = target(2, { generation: 1, oldestGeneration: 1 })
  assert.equal(nextWake(view(records, { retryAt: 1500 }), reload, NOW), Infinity)
})

test('nextWake is the end of the wait of a slot, or of the interval', () => {
  assert.equal(nextWake(view([], { retryAt: 1500 }), target(1), NOW), 1500)
  assert.equal(nextWake(view([], { lastSpawnAt: 900 }), target(1, { spawnIntervalMs: 700 }), NOW), 1600)
})

test('nextWake is never when nothing is awaited', () => {
  assert.equal(nextWake(view([]), target(0), NOW), Infinity)
})
