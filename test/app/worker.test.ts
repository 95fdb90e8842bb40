import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Channel, enterWorker, type Worker, worker } from '../../src/app/worker.ts'

test('outside Starlight a worker is alone, and is the first', () => {
  assert.deepEqual([worker.number, worker.count, worker.generation, worker.isFirst], [0, 1, 0, true])
  assert.equal(worker.broadcast('to nobody'), true)
  worker.onMessage(() => assert.fail('nobody is there'))()
  worker.onShutdown(() => assert.fail('nobody ends it'))
  assert.equal(worker.channel('any').broadcast('to nobody'), true)
})

test('within, it is what the server says, as it is now', () => {
  const calls: unknown[] = []
  const place: Worker & { isFirst: boolean } = {
    number: 2,
    count: 3,
    generation: 1,
    isFirst: false,
    onShutdown: () => void calls.push('onShutdown'),
    broadcast: (message: unknown) => calls.push(message) > 1,
    onMessage: () => () => void calls.push('removed'),
    channel: (name: string): Channel => ({
      broadcast: message => calls.push(name, message) > 1,
      onMessage: place.onMessage,
    }),
  }
  enterWorker(place)
  assert.deepEqual([worker.number, worker.count, worker.generation, worker.isFirst], [2, 3, 1, false])
  place.isFirst = true
  assert.equal(worker.isFirst, true)
  worker.onShutdown(() => undefined)
  assert.equal(worker.broadcast('message'), true)
  worker.onMessage(() => undefined)()
  worker.channel('own').broadcast('other')
  assert.deepEqual(calls, ['onShutdown', 'message', 'removed', 'own', 'other'])
})
