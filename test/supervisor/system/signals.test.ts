import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenToSignals, type MasterSignal, TERMINAL_CLOSED } from '../../../src/supervisor/system/signals.ts'

test('the same request to stop within half a second is one; other signals count each time', t => {
  let now = 1000
  const heard: MasterSignal[] = []
  t.after(
    listenToSignals(
      signal => heard.push(signal),
      () => now,
    ),
  )
  const send = (signal: NodeJS.Signals, at: number): void => {
    now = at
    process.emit(signal)
  }
  send('SIGTERM', 1000)
  send('SIGTERM', 1499)
  send('SIGINT', 1499)
  send('SIGTERM', 1500)
  send('SIGTTIN', 1500)
  send('SIGTTIN', 1500)
  assert.deepEqual(heard, ['SIGTERM', 'SIGINT', 'SIGTERM', 'SIGTTIN', 'SIGTTIN'])
})

test('a HUP of a terminal that is closed is a request to stop, once', t => {
  let now = 1000
  let isClosed = false
  const heard: MasterSignal[] = []
  const terminal = { hangsUp: () => isClosed, forget: () => undefined }
  t.after(
    listenToSignals(
      signal => heard.push(signal),
      () => now,
      terminal,
    ),
  )
  process.emit('SIGHUP')
  isClosed = true
  process.emit('SIGHUP')
  // A starter has lost the same terminal.
  process.emit('SIGTERM')
  now = 9000
  process.emit('SIGHUP')
  process.emit('SIGTERM')
  assert.deepEqual(heard, ['SIGHUP', TERMINAL_CLOSED, 'SIGTERM'])
})

test('without signals the events of a console end the server, and only these are listened to', t => {
  const heard: MasterSignal[] = []
  let now = 0
  const terminal = { hangsUp: () => false, forget: () => undefined }
  t.after(
    listenToSignals(
      signal => heard.push(signal),
      () => now,
      terminal,
      process,
      false,
    ),
  )
  for (const signal of ['SIGINT', 'SIGWINCH', 'SIGUSR2', 'SIGBREAK', 'SIGHUP'] as const) {
    now += 1000
    process.emit(signal)
  }
  assert.deepEqual(heard, ['SIGINT', 'SIGINT', TERMINAL_CLOSED])
})
