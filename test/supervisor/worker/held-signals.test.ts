import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { HeldSignals, type SignalProcess } from '../../../src/supervisor/worker/held-signals.ts'

function fakeProcess(): SignalProcess & { readonly killed: unknown[] } {
  const killed: unknown[] = []
  const parts = { pid: 7, killed, kill: (pid: number, signal: unknown) => killed.push([pid, signal]) > 0 }
  return Object.assign(new EventEmitter(), parts) as unknown as SignalProcess & { readonly killed: unknown[] }
}

test('a held signal is heard by its owner alone, until the application is told', () => {
  const target = fakeProcess()
  const heard: unknown[] = []
  const signals = new HeldSignals(target)
  target.on('SIGTERM', (...values) => heard.push(values))
  signals.on('SIGTERM', () => heard.push('own'))
  target.emit('SIGTERM', 'SIGTERM')
  assert.deepEqual(heard, ['own'])
  assert.equal(signals.asked, 'SIGTERM')
  signals.tell('SIGTERM')
  assert.deepEqual(heard, ['own', ['SIGTERM', 15]])
})

test('a listener that was there before is held as well, and one for once is called once', () => {
  const target = fakeProcess()
  let count = 0
  target.once('SIGINT', () => count++)
  const signals = new HeldSignals(target)
  signals.on('SIGINT', () => undefined)
  target.emit('SIGINT', 'SIGINT')
  assert.equal(count, 0)
  signals.tell('SIGINT')
  assert.equal(count, 1)
  assert.equal(signals.asked, undefined)
})

test('while nobody owns a signal, and for signals that are not held, listeners are called', () => {
  const target = fakeProcess()
  const heard: string[] = []
  const signals = new HeldSignals(target)
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) target.on(name, () => heard.push(name))
  signals.on('SIGHUP', () => heard.push('own'))
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) target.emit(name, name)
  assert.deepEqual(heard, ['SIGTERM', 'SIGHUP', 'own', 'SIGUSR2'])
})

test('listeners find themselves alone, and what they throw or reject comes back', async () => {
  const target = fakeProcess()
  const signals = new HeldSignals(target)
  const counts: number[] = []
  signals.on('SIGTERM', () => undefined)
  target.on('SIGTERM', () => {
    counts.push(target.rawListeners('SIGTERM').length)
    throw new Error('thrown')
  })
  target.on('SIGTERM', async () => {
    throw new Error('rejected')
  })
  const given = await Promise.allSettled(signals.tell('SIGTERM'))
  assert.deepEqual(counts, [2])
  assert.deepEqual(
    given.map(result => result.status === 'rejected' && result.reason.message),
    ['thrown', 'rejected'],
  )
  assert.equal(target.rawListeners('SIGTERM').length, 3)
})

test('of two signals one is told: TERM, where there are listeners of it', () => {
  const target = fakeProcess()
  const signals = new HeldSignals(target)
  assert.equal(signals.asked, undefined)
  target.on('SIGINT', () => undefined)
  assert.equal(signals.asked, 'SIGINT')
  target.on('SIGTERM', () => undefined)
  assert.equal(signals.asked, 'SIGTERM')
})

test('a process that signals itself is done; other processes, and whether one lives, are left alone', async () => {
  const target = fakeProcess()
  const killed = new HeldSignals(target).untilKilledByItself()
  target.kill(8, 'SIGTERM')
  target.kill(7, 0)
  assert.deepEqual(target.killed, [
    [8, 'SIGTERM'],
    [7, 0],
  ])
  target.kill(7)
  await killed
  assert.equal(target.killed.length, 2)
})
