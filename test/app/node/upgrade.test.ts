import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { prepareNodeApp } from '../../../src/app/node/prepare.ts'
import type { UpgradeListener } from '../../../src/app/node/types.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { listening } from '../../support/listening.ts'
import { answered, testContext } from './both.ts'

const UPGRADE = 'GET /up?x HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: own/1\r\n\r\n'

test('An upgrade request reaches the listener with the connection and the bytes behind it', async () => {
  const seen: unknown[] = []
  const upgrade: UpgradeListener = (req, socket, head) =>
    seen.push([req.url, req.headers.upgrade, Reflect.get(req, 'upgrade'), head.toString(), socket === req.socket])
  const handler = nodeHandler(await prepareNodeApp((_req, res) => res.end('plain'), upgrade), testContext())
  const exchange = new FakeExchange(`${UPGRADE}early`)
  handler(exchange)
  assert.equal(exchange.isTakenOver, true)
  assert.deepEqual(seen, [['/up?x', 'own/1', true, 'early', true]])
})

test('An upgrade that nobody takes, one with a body, and h2c are answered as requests', async () => {
  const plain = await prepareNodeApp((_req, res) => res.end('plain'), undefined)
  assert.match((await answered(plain, UPGRADE)).rawText, /plain$/)
  const app = await prepareNodeApp(
    (_req, res) => res.end('plain'),
    () => assert.fail('is not to be called'),
  )
  const withBody = UPGRADE.replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nok')
  assert.match((await answered(app, withBody)).rawText, /plain$/)
  assert.match((await answered(app, UPGRADE.replace('own/1', 'h2c'))).rawText, /plain$/)
})

test('An upgrade listener that fails loses its connection alone, and is logged', async () => {
  const failures: UpgradeListener[] = [
    () => {
      throw new Error('no')
    },
    () => Promise.reject(new Error('no')),
  ]
  for (const upgrade of failures) {
    const logged: string[] = []
    const app = await prepareNodeApp((_req, res) => res.end(), upgrade)
    const exchange = new FakeExchange(UPGRADE)
    nodeHandler(app, testContext({}, logged))(exchange)
    await once(exchange.peer.socket, 'close')
    assert.deepEqual(logged, ['error: The application failed on the upgrade of GET /up?x: no'])
  }
})

test('ws serves WebSockets on an http.Server that does not listen', async test => {
  const http = createServer((_req, res) => res.end('plain'))
  const sockets = new WebSocketServer({ server: http })
  sockets.on('connection', (socket, req) => socket.on('message', data => socket.send(`${req.url} ${data}`)))
  const { port } = await listening(test, nodeHandler(http, testContext()))
  assert.equal(await echo(port, '/chat'), '/chat hello')
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'plain')
})

test('ws serves WebSockets through an exported upgrade function', async test => {
  const sockets = new WebSocketServer({ noServer: true })
  const upgrade: UpgradeListener = (req, socket, head) =>
    sockets.handleUpgrade(req, socket, head, client => client.on('message', data => client.send(`own ${data}`)))
  const app = await prepareNodeApp((_req, res) => res.end('plain'), upgrade)
  const { port } = await listening(test, nodeHandler(app, testContext()))
  assert.equal(await echo(port, '/'), 'own hello')
})

async function echo(port: number, path: string): Promise<string> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`)
  await once(client, 'open')
  client.send('hello')
  const [data] = await once(client, 'message')
  client.close()
  await once(client, 'close')
  return String(data)
}
