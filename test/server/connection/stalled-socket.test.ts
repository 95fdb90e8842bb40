import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { StalledSocket } from '../../../src/server/connection/stalled-socket.ts'

test('a socket is stalled when something waits and nothing was taken since the last question', () => {
  const socket = { bytesWritten: 0, writableLength: 0, _handle: { writeQueueSize: 0 } }
  const watched = new StalledSocket(socket as unknown as Socket)
  const ask = (bytesWritten: number, writableLength: number, writeQueueSize: number): boolean => {
    Object.assign(socket, { bytesWritten, writableLength, _handle: { writeQueueSize } })
    return watched.isStalled
  }
  assert.deepEqual([ask(0, 0, 0), ask(0, 0, 0)], [false, false])
  // One write of 1000 bytes goes out by and by; then the client stops.
  assert.deepEqual([ask(1000, 1000, 900), ask(1000, 1000, 500), ask(1000, 1000, 500)], [false, false, true])
  // More is written, but nothing taken; then as much is taken as is written.
  assert.deepEqual(
    [ask(2000, 2000, 500), ask(3000, 2000, 500), ask(3000, 0, 0), ask(3000, 0, 0)],
    [true, false, false, false],
  )
})
