import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { FetchFunction } from '../../../src/app/fetch/types.ts'
import { testContext } from '../../app/node/both.ts'
import { listening } from '../../support/listening.ts'
import { handshake, openSocket, RawWebSocket } from '../../support/websockets.ts'

test('a client that stops to read is cut after the write timeout, an idle one is not', async t => {
  const closed = new Map<string, Promise<unknown>>()
  const app: FetchFunction = (request, info) => {
    const { socket, response } = info.upgrade()
    const { pathname } = new URL(request.url)
    closed.set(pathname, new Promise(resolve => socket.on('close', resolve)))
    // More than two kernels keep.
    if (pathname === '/stalled') for (let i = 0; i < 64; i++) socket.send(Buffer.alloc(1024 * 1024))
    socket.addEventListener('message', ({ data }) => socket.send(String(data)))
    return response
  }
  const place = await listening(t, fetchHandler(app, testContext()), { writeTimeoutMs: 200 })
  const url = `ws://127.0.0.1:${place.port}`
  const idle = await openSocket(`${url}/idle`)
  const stalled = new RawWebSocket(t, place.port)
  stalled.socket.pause()
  stalled.send(handshake('/stalled'))
  while (!closed.has('/stalled')) await new Promise(setImmediate)
  assert.equal(await closed.get('/stalled'), 1006)
  idle.socket.send('still here')
  assert.equal(await idle.next(), 'still here')
  assert.equal(place.server.stats.connections, 1)
  idle.socket.terminate()
})
