// WebSockets over HTTP/2 (RFC 8441), for an application that knows those of HTTP/1.1: the `ws` library behind 'upgrade'.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createNodeServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { contextOf } from '../../../src/server/library/app-context.ts'
import { answerOf, type Http2Client } from '../../support/http2-client.ts'
import { http2Place } from '../../support/http2-place.ts'
import { SILENT } from '../../support/open-transport.ts'

/** A text frame of a client (RFC 6455 5.2), masked with zeros. */
function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

test('a WebSocket is opened, carries messages both ways, and closes', async t => {
  const app = createNodeServer((_req, res) => res.end('plain'))
  const sockets = new WebSocketServer({ server: app, handleProtocols: () => 'echo' })
  sockets.on('connection', socket => socket.on('message', data => socket.send(`got ${String(data)}`)))
  const { server, client: connect } = await http2Place(t, nodeHandler(app, contextOf({}, SILENT, new Set())))
  const client = connect()
  await once(client.session, 'remoteSettings')
  assert.equal(client.session.remoteSettings.enableConnectProtocol, true)
  const open = (path: string, fields = {}): ReturnType<Http2Client['open']> =>
    client.open({
      method: 'CONNECT',
      path,
      fields: { ':protocol': 'websocket', ':scheme': 'http', 'sec-websocket-version': '13', ...fields },
    })
  const stream = open('/chat', { 'sec-websocket-protocol': 'echo' })
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  assert.deepEqual([headers[':status'], headers['sec-websocket-protocol']], [200, 'echo'])
  assert.equal(headers['sec-websocket-accept'], undefined)
  stream.write(textFrame('hello'))
  assert.equal(String((await bytes(stream, 11)).subarray(2)), 'got hello')
  stream.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]))
  assert.equal((await bytes(stream, 4))[0], 0x88)
  stream.end()
  await once(stream, 'close')
  // One that the library refuses gets its answer.
  assert.equal((await answerOf(open('/', { 'sec-websocket-version': '3' }))).status, 400)
  assert.equal(String((await client.get('/')).body), 'plain')
  assert.equal(server.stats.inFlight, 0)
  // A server that leaves says so (1001).
  const left = open('/chat')
  await once(left, 'response')
  const drained = server.drain(60_000)
  assert.deepEqual([...(await bytes(left, 4))], [0x88, 2, 0x03, 0xe9])
  left.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]))
  await drained
})

test('where nobody takes WebSockets none is offered', async t => {
  const { client: connect } = await http2Place(t, exchange => exchange.answer(200, [], '') as undefined)
  const client = connect()
  await once(client.session, 'remoteSettings')
  assert.equal(client.session.remoteSettings.enableConnectProtocol, false)
})

/** The next bytes, `length` of them at least: a frame may come in pieces. */
async function bytes(stream: Duplex, length: number): Promise<Buffer> {
  let all = Buffer.alloc(0)
  while (all.length < length) {
    const [data] = (await once(stream, 'data')) as [Buffer]
    all = Buffer.concat([all, data])
  }
  return all
}
