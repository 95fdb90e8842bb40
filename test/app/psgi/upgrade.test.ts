// WebSockets of a PSGI style application: `starlight.upgrade`, and the raw connection of psgix.io.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import type { PsgiApp } from '../../../src/app/psgi/types.ts'
import { http2Place } from '../../support/http2-place.ts'
import { type Listening, listening } from '../../support/listening.ts'
import { frame, handshake, openSocket, RawWebSocket, refusal } from '../../support/websockets.ts'
import { testContext } from '../node/both.ts'

const echo: PsgiApp = env => {
  if (env.PATH_INFO === '/private') return [401, [], ['who are you?']]
  const { socket, response } = env['starlight.upgrade']({ headers: { 'X-App': 'psgi' } })
  socket.addEventListener('message', ({ data }) => socket.send(`${env.PATH_INFO} ${data}`))
  return response
}

async function serving(
  t: TestContext,
  app: PsgiApp,
): Promise<Listening & { url: string; mistakes: readonly string[] }> {
  const mistakes: string[] = []
  const place = await listening(t, psgiHandler(app, testContext({}, mistakes)))
  return { ...place, url: `ws://127.0.0.1:${place.port}`, mistakes }
}

const FORMS: Readonly<Record<string, PsgiApp>> = {
  'at once': echo,
  'by promise': async env => {
    await new Promise(setImmediate)
    return await echo(env)
  },
  delayed: env => respond => void respond(echo(env) as never),
  'by an env that stands before another one': env => echo(Object.create(env)),
}

for (const [form, app] of Object.entries(FORMS)) {
  test(`a WebSocket is opened ${form}, refused, and closed with 1001 when the server leaves`, async t => {
    const place = await serving(t, app)
    assert.deepEqual(await refusal(`${place.url}/private`), { status: 401, body: 'who are you?' })
    const client = await openSocket(`${place.url}/chat`)
    client.socket.send('hello')
    assert.equal(await client.next(), '/chat hello')
    assert.equal((await fetch(place.url.replace('ws', 'http'))).status, 426)
    const old = await place.connect()
    await old.send(handshake('/', { 'Sec-WebSocket-Version': '1' }))
    assert.equal((await old.answer()).status, 426)
    const drained = place.server.drain(60_000)
    assert.equal((await client.closed).code, 1001)
    await drained
    assert.deepEqual(place.mistakes, [])
  })
}

test('what an application writes itself on psgix.io is told the frame of 1001 behind its 101, never before', async t => {
  let accept: () => void = () => undefined
  const app: PsgiApp = env => {
    const io = env['psgix.io'] as Duplex
    io.on('end', () => io.end()).resume()
    accept = () => io.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    return [101, []]
  }
  const place = await serving(t, app)
  const client = new RawWebSocket(t, place.port)
  client.send(handshake('/'))
  while (place.server.stats.requests === 0) await new Promise(setImmediate)
  const drained = place.server.drain(60_000)
  accept()
  assert.equal(await client.closed(), 1001)
  assert.match(client.text, /^HTTP\/1\.1 101 Switching Protocols\r\n\r\n.{4}$/s)
  await drained
})

test('over HTTP/2 it is offered and opened as well', async t => {
  const { client: connect } = await http2Place(t, psgiHandler(echo, testContext()))
  const client = connect()
  await once(client.session, 'remoteSettings')
  const stream = client.open({
    method: 'CONNECT',
    path: '/chat',
    fields: { ':protocol': 'websocket', ':scheme': 'http', 'sec-websocket-version': '13' },
  })
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  assert.deepEqual([headers[':status'], headers['x-app']], [200, 'psgi'])
  stream.write(frame(1, 'hello'))
  let text = ''
  while (!text.includes('/chat hello')) text += String(((await once(stream, 'data')) as [Buffer])[0])
  stream.close()
})
