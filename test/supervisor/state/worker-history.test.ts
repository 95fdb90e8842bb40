import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerRecord } from '../../../src/pool/pool.ts'
import type { ProcessExit } from '../../../src/supervisor/state/exit-reason.ts'
import { endReason, WorkerHistory } from '../../../src/supervisor/state/worker-history.ts'

const WORKER: WorkerRecord = {
  id: 1,
  pid: 100,
  slot: 0,
  generation: 0,
  state: 'serving',
  startedAt: 0,
  readyAt: 1,
  deadline: Infinity,
  retiring: undefined,
  isInspected: false,
}
const LEFT: ProcessExit = { code: 0, signal: null }
const KILLED: ProcessExit = { code: null, signal: 'SIGKILL' }

const CASES: readonly [string, Partial<WorkerRecord>, ProcessExit, generation: number][] = [
  ['crash', {}, KILLED, 0],
  ['crash', {}, LEFT, 0],
  ['boot', { state: 'starting', readyAt: undefined }, { code: 5, signal: null }, 0],
  ['timeout', { state: 'killed' }, KILLED, 0],
  ['boot', { state: 'killed', readyAt: undefined }, KILLED, 0],
  ['memory', { state: 'draining', retiring: 'memory' }, LEFT, 0],
  ['reload', { state: 'draining' }, LEFT, 1],
  ['surplus', { state: 'draining' }, LEFT, 0],
  ['surplus', { state: 'draining', readyAt: undefined }, { code: null, signal: 'SIGTERM' }, 0],
  ['crash', { state: 'draining' }, { code: null, signal: 'SIGTERM' }, 0],
  ['boot', { state: 'draining', readyAt: undefined }, KILLED, 0],
]

for (const [reason, more, exit, generation] of CASES) {
  test(`a worker that is ${more.state ?? 'serving'} and ends with ${exit.signal ?? exit.code} counts as ${reason}`, () => {
    assert.equal(endReason({ ...WORKER, ...more }, exit, generation), reason)
  })
}

test('ends are counted by reason, and told', () => {
  const told: string[] = []
  const note = (message: string): void => void told.push(message)
  const history = new WorkerHistory({ debug: note, info: note, warn: note, error: note })
  history.ended(WORKER, KILLED, 0, 'serving')
  history.ended({ ...WORKER, state: 'draining', retiring: 'age' }, LEFT, 0, 'serving')
  // A TERM to the whole process group: nobody comes after it.
  history.ended({ ...WORKER, state: 'draining', retiring: 'asked' }, LEFT, 0, 'stopping')
  history.ended({ ...WORKER, state: 'draining' }, LEFT, 0, 'serving')
  assert.deepEqual(
    [...history.ends],
    [
      ['crash', 1],
      ['age', 1],
      ['asked', 1],
      ['surplus', 1],
    ],
  )
  assert.deepEqual(told, [
    'worker 100 was killed by SIGKILL, perhaps out of memory',
    'worker 100 left and was replaced (age)',
    'worker 100 left',
    'worker 100 left',
  ])
})

test('while others start, the end of a worker that serves is told; of one that starts itself the mistake is', () => {
  const told: string[] = []
  const note = (message: string): void => void told.push(message)
  const history = new WorkerHistory({ debug: note, info: note, warn: note, error: note })
  history.ended(WORKER, KILLED, 0, 'first')
  const starting: WorkerRecord = { ...WORKER, state: 'starting', readyAt: undefined }
  const failed: ProcessExit = { code: 5, signal: null }
  history.ended(starting, failed, 0, 'first')
  history.ended(starting, failed, 0, 'rest')
  assert.deepEqual(told, ['worker 100 was killed by SIGKILL, perhaps out of memory'])
  history.ended(starting, failed, 0, 'serving')
  assert.equal(told.at(-1), 'worker 100 exited with code 5 before it was ready')
})

test('what happens to workers is told in one line each', () => {
  const told: string[] = []
  const note = (level: string) => (message: string, cause?: unknown) =>
    void told.push([level, message, cause].join(' ').trim())
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const history = new WorkerHistory(log)
  history.killed(WORKER, 'was late')
  history.inspected(WORKER)
  history.inspected(WORKER)
  history.blocked(
    { ...WORKER, pid: undefined },
    { isBlocked: true, stack: ['at a', 'at b'], requests: ['GET /x', 'GET /y'] },
  )
  history.blocked(WORKER, { isBlocked: true, stack: ['at a'], requests: [] })
  assert.deepEqual(told, [
    'warn worker 100 was late: it is killed',
    'info worker 100 has its inspector open: a debugger may pause it, so silence ends no worker that is inspected',
    'error worker 1 is blocked, serving GET /x; GET /y; its code is at a\nat b',
    'error worker 100 is blocked, serving no request; its code is at a',
  ])
})

test('a reload that ends is told to all who wait, and in the log', async () => {
  const told: string[] = []
  const note = (message: string): void => void told.push(message)
  const history = new WorkerHistory({ debug: note, info: note, warn: note, error: note })
  history.reloadBegins(1)
  assert.equal(history.lastReload?.outcome, 'under way')
  const waiting = [history.whenReloaded(), history.whenReloaded()]
  history.reloadIsStopped('it throws')
  for (const { outcome, reason } of await Promise.all(waiting))
    assert.deepEqual([outcome, reason], ['stopped', 'it throws'])
  history.reloadBegins(2)
  const done = history.whenReloaded()
  history.reloadIsDone()
  assert.equal((await done).outcome, 'done')
  assert.deepEqual(told, [
    'Reloading: new workers start before old ones go',
    'The reload is stopped, the old workers stay: it throws',
    'Reloading: new workers start before old ones go',
    'Reloaded: all workers run the new code',
  ])
})

test('a reload whose workers do not start, with no old one left, is over for whoever waits; others that die are not its', async () => {
  const told: string[] = []
  const note = (message: string): void => void told.push(message)
  const history = new WorkerHistory({ debug: note, info: note, warn: note, error: note })
  const starting: WorkerRecord = { ...WORKER, state: 'starting', readyAt: undefined, generation: 4 }
  assert.equal(history.reloadFails(starting), false, 'no reload is under way')
  history.reloadBegins(5)
  const over = history.whenReloaded()
  assert.equal(history.reloadFails(starting), false, 'a worker of the code before')
  assert.equal(history.reloadFails({ ...WORKER, generation: 5 }), false, 'it did start')
  assert.equal(history.reloadFails({ ...starting, generation: 5 }), true)
  const { outcome, reason } = await over
  assert.deepEqual([outcome, reason], ['stopped', 'the new code does not start, and no old worker is left'])
  assert.equal(history.reloadFails({ ...starting, generation: 5 }), false, 'it is said once')
  assert.deepEqual(told, [
    'Reloading: new workers start before old ones go',
    'The new code does not start, and no worker of the old is left: it is tried again',
  ])
  history.reloadIsDone()
  assert.equal(history.lastReload?.outcome, 'done')
})
