import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenToSignals, type MasterSignal } from '../../src/supervisor/signals.ts'

test('the same request to stop within half a second is one; other signals count each time', t => {
  let now = 1000
  const heard: MasterSignal[] = []
  t.after(
    listenToSignals(
      signal => heard.push(signal),
      () => now,
    ),
  )
  const send = (signal: MasterSignal, at: number): void => {
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
