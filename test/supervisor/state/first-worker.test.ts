import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerState } from '../../../src/pool/worker-states.ts'
import { FirstWorker } from '../../../src/supervisor/state/first-worker.ts'

type Row = [id: number, state: WorkerState, generation?: number]

const rows = (...all: Row[]) => all.map(([id, state, generation = 0]) => ({ id, state, generation }))

test('the first worker that serves is the first, and stays it', () => {
  const first = new FirstWorker()
  first.look(rows([1, 'starting']))
  assert.equal(first.id, undefined)
  first.look(rows([1, 'starting'], [2, 'serving']))
  assert.equal(first.id, 2)
  first.look(rows([1, 'serving'], [2, 'serving']))
  assert.equal(first.id, 2)
})

test('when it is gone another one is the first', () => {
  const first = new FirstWorker()
  first.look(rows([1, 'serving'], [2, 'serving']))
  first.look(rows([2, 'serving']))
  assert.equal(first.id, 2)
})

for (const state of ['draining', 'killed'] as const) {
  test(`one that is ${state} is followed when it has given it back, or is gone`, () => {
    for (const end of ['given back', 'gone']) {
      const first = new FirstWorker()
      first.look(rows([1, 'serving'], [2, 'serving']))
      const after = rows([1, state], [2, 'serving'])
      first.look(after)
      assert.equal(first.id, undefined, end)
      first.look(after)
      assert.equal(first.id, undefined, end)
      if (end === 'given back') first.givenBack(1)
      first.look(end === 'gone' ? rows([2, 'serving']) : after)
      assert.equal(first.id, 2, end)
    }
  })
}

test('it moves to the newest generation as soon as one of it serves', () => {
  const first = new FirstWorker()
  first.look(rows([1, 'serving', 0]))
  first.look(rows([1, 'serving', 0], [2, 'starting', 1]))
  assert.equal(first.id, 1)
  const both = rows([1, 'serving', 0], [2, 'serving', 1])
  first.look(both)
  assert.equal(first.id, undefined)
  first.givenBack(2)
  first.look(both)
  assert.equal(first.id, undefined, 'only the holder can give it back')
  first.givenBack(1)
  first.look(both)
  assert.equal(first.id, 2)
})

test('what a worker gives back that was not asked to changes nothing', () => {
  const first = new FirstWorker()
  first.look(rows([1, 'serving'], [2, 'serving']))
  first.givenBack(1)
  first.look(rows([1, 'serving'], [2, 'serving']))
  assert.equal(first.id, 1)
})
