import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandshakeError } from '../../../src/app/errors.ts'
import {
  asksForWebSocket,
  checkHandshake,
  handshakeLines,
  offeredProtocols,
} from '../../../src/app/websocket/handshake.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { handshake } from '../../support/websockets.ts'

const asked = (changes: Readonly<Record<string, string | undefined>> = {}): FakeExchange =>
  new FakeExchange(handshake('/', changes))

test('a request with a body, or for another protocol, asks for no WebSocket', () => {
  assert.ok(asksForWebSocket(asked()))
  assert.ok(asksForWebSocket(asked({ Upgrade: 'WebSocket' })))
  assert.ok(!asksForWebSocket(asked({ 'Content-Length': '1' })))
  assert.ok(!asksForWebSocket(asked({ Upgrade: 'h2c' })))
  assert.ok(!asksForWebSocket(asked({ Connection: 'keep-alive' })))
})

test('a wrong handshake is an error that says what to answer, to us and to frameworks', async () => {
  checkHandshake(asked())
  checkHandshake(asked({ 'Sec-WebSocket-Version': '8' }))
  const mistake = (() => {
    try {
      checkHandshake(asked({ 'Sec-WebSocket-Version': '7' }))
    } catch (cause) {
      return cause as HandshakeError
    }
    return assert.fail('was taken')
  })()
  assert.ok(mistake instanceof HandshakeError)
  const response = mistake.getResponse()
  assert.equal(response.status, 426)
  assert.equal(response.headers.get('sec-websocket-version'), '13')
  assert.equal(await response.text(), mistake.message)
})

test('subprotocols are a list of names', () => {
  assert.deepEqual(offeredProtocols(asked()), [])
  assert.deepEqual(offeredProtocols(asked({ 'Sec-WebSocket-Protocol': 'a , b,c' })), ['a', 'b', 'c'])
  for (const list of ['a b', 'a,', ',', 'a,a', '"a"'])
    assert.equal(offeredProtocols(asked({ 'Sec-WebSocket-Protocol': list })), undefined)
})

test('fields of the application come before those of the server with the same name', () => {
  const exchange = Object.assign(asked(), { ownFields: ['X-Request-Id', 'ours', 'X-Own', '1'] })
  assert.deepEqual(handshakeLines(exchange, { headers: { 'x-request-id': 'mine' } }), [
    'x-request-id: mine',
    'X-Own: 1',
  ])
})
