import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upgradeRequest } from '../../../src/app/websocket/upgrade-request.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { handshake } from '../../support/websockets.ts'

test('the request of a handshake has what libraries of node:http read', () => {
  const text = handshake('/chat?a=1', { Cookie: 'a=1' }).replace(
    '\r\n\r\n',
    '\r\nCookie: b=2\r\nX-A: 1\r\nx-a: 2\r\n\r\n',
  )
  const { method, url, headers, rawHeaders, socket } = upgradeRequest(new FakeExchange(text))
  assert.deepEqual([method, url, socket.remoteAddress, socket.encrypted], ['GET', '/chat?a=1', '192.0.2.1', false])
  assert.deepEqual([headers['cookie'], headers['x-a'], headers['upgrade']], ['a=1; b=2', '1, 2', 'websocket'])
  assert.equal(headers['constructor'], undefined)
  assert.deepEqual(rawHeaders.slice(-4), ['X-A', '1', 'x-a', '2'])
})
