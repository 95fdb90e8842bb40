// Hono's helper for WebSockets, on an exported application.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { fetchHandler } from '../src/app/fetch/adapter/handler.ts'
import { type HonoUpgradeOptions, upgradeWebSocket } from '../src/hono.ts'
import { testContext } from './app/node/both.ts'
import { listening } from './support/listening.ts'
import { handshake, openSocket, refusal } from './support/websockets.ts'

async function serving(t: TestContext, app: Hono): Promise<string> {
  const { port } = await listening(t, fetchHandler(app, testContext()))
  return `ws://127.0.0.1:${port}`
}

function chat(seen: unknown[], options: HonoUpgradeOptions = {}): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    setCookie(c, 'a', '1')
    await next()
    c.header('x-late', 'goes nowhere')
  })
  app.get(
    '/chat',
    upgradeWebSocket(
      c => ({
        onOpen: (_event, socket) => socket.send(`hello ${c.req.query('name')} ${socket.readyState} ${socket.protocol}`),
        onMessage(event, socket) {
          const isText = typeof event.data === 'string'
          socket.send(isText ? `you: ${event.data}` : `bytes: ${(event.data as ArrayBuffer).byteLength}`)
          if (event.data === 'fail') throw new Error('broken on purpose')
        },
        onClose: event => void seen.push(event.code),
      }),
      options,
    ),
    c => c.text('no socket'),
  )
  return app
}

test('a route is served by a WebSocket, with the fields that were set before, and other requests go on', async t => {
  const seen: unknown[] = []
  const failures: unknown[] = []
  const url = await serving(t, chat(seen, { onError: cause => failures.push(cause) }))
  const opening = openSocket(`${url}/chat?name=me`, ['v1', 'v2'])
  const client = await opening
  assert.equal(client.socket.protocol, 'v1')
  assert.equal(await client.next(), 'hello me 1 v1')
  client.socket.send('one')
  assert.equal(await client.next(), 'you: one')
  client.socket.send(Buffer.alloc(3))
  assert.equal(await client.next(), 'bytes: 3')
  client.socket.send('fail')
  assert.equal(await client.next(), 'you: fail')
  client.socket.close(4000)
  await client.closed
  assert.deepEqual([String(failures), seen], ['Error: broken on purpose', [4000]])
  assert.equal(await (await fetch(`${url.replace('ws', 'http')}/chat`)).text(), 'no socket')
  assert.equal((await refusal(`${url}/other`)).status, 404)
})

test('the handshake has the cookie of a middleware', async t => {
  const url = await serving(t, chat([]))
  const { WebSocket } = await import('ws')
  const socket = new WebSocket(`${url}/chat`)
  const [response] = (await once(socket, 'upgrade')) as [import('node:http').IncomingMessage]
  assert.deepEqual(response.headers['set-cookie'], ['a=1; Path=/'])
  socket.terminate()
})

test('an environment of the application leaves the way by executionCtx', async t => {
  const app = new Hono().get(
    '/',
    upgradeWebSocket(() => ({ onOpen: (_event, socket) => socket.send('open') })),
  )
  const { port } = await listening(
    t,
    fetchHandler((request, _env, ctx) => app.fetch(request, { own: 1 }, ctx as never), testContext()),
  )
  const client = await openSocket(`ws://127.0.0.1:${port}`)
  assert.equal(await client.next(), 'open')
  client.socket.terminate()
})

test('a wrong handshake is refused by what Hono makes of the error, and without Starlight there is a sentence', async t => {
  const app = new Hono().get(
    '/',
    upgradeWebSocket(() => ({})),
  )
  const { connect } = await listening(t, fetchHandler(app, testContext()))
  const client = await connect()
  await client.send(handshake('/', { 'Sec-WebSocket-Version': '7' }))
  assert.equal((await client.answer()).status, 426)
  const alone = new Hono()
    .get(
      '/',
      upgradeWebSocket(() => ({})),
    )
    .onError(cause => new Response(cause.message))
  const answer = await alone.request('/', { headers: { upgrade: 'websocket' } })
  assert.match(
    await answer.text(),
    /^(?:Cannot open a WebSocket: the request does not come from Starlight|This context)/,
  )
})
