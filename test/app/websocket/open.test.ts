// WebSockets that an application opens itself: `info.upgrade()` of a fetch application.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { FetchFunction, FetchInfo } from '../../../src/app/fetch/types.ts'
import type { ServerWebSocket, UpgradeOptions } from '../../../src/app/websocket/types.ts'
import type { AnsweredRequest } from '../../../src/server/http-server.ts'
import { type Listening, listening } from '../../support/listening.ts'
import { frame, handshake, openSocket, RawWebSocket, refusal } from '../../support/websockets.ts'
import { testContext } from '../node/both.ts'

interface Place extends Listening {
  readonly url: string
  readonly answered: readonly AnsweredRequest[]
  /** What the application logged. */
  readonly mistakes: readonly string[]
}

async function serving(t: TestContext, app: FetchFunction, settings = {}): Promise<Place> {
  const answered: AnsweredRequest[] = []
  const mistakes: string[] = []
  const handler = fetchHandler(app, testContext({}, mistakes))
  const place = await listening(t, handler, settings, { onAnswered: request => answered.push(request) })
  return { ...place, url: `ws://127.0.0.1:${place.port}`, answered, mistakes }
}

/** Sends back what it gets, with how the socket was opened. */
function echo(options?: UpgradeOptions, opened: (socket: ServerWebSocket) => void = () => undefined): FetchFunction {
  return (request, info) => {
    const { socket, response } = info.upgrade(options)
    opened(socket)
    socket.addEventListener('message', ({ data }) => socket.send(`${new URL(request.url).pathname} ${data}`))
    return response
  }
}

test('a plain application opens a WebSocket, knows its request, and is answered for with 101', async t => {
  const place = await serving(t, echo())
  const client = await openSocket(`${place.url}/chat`)
  client.socket.send('hello')
  assert.equal(await client.next(), '/chat hello')
  assert.deepEqual([place.server.stats.connections, place.server.stats.inFlight], [1, 0])
  client.socket.close(4000, 'done')
  assert.deepEqual(await client.closed, { code: 4000, reason: 'done' })
  assert.deepEqual(
    place.answered.map(({ status, head }) => [status, head.target]),
    [[101, '/chat']],
  )
})

test('bytes that come with the handshake are its first message', async t => {
  const place = await serving(t, echo())
  const client = new RawWebSocket(t, place.port)
  client.send(Buffer.concat([Buffer.from(handshake('/a')), frame(1, 'early')]))
  await client.seen('/a early')
})

test('the response has the fields and the subprotocol of the application', async t => {
  const options: UpgradeOptions = { protocol: 'chat.v2', headers: { 'Set-Cookie': 'a=1' } }
  const place = await serving(t, echo(options))
  const client = new RawWebSocket(t, place.port)
  await client.open(handshake('/', { 'Sec-WebSocket-Protocol': 'chat.v1, chat.v2' }))
  assert.match(client.text, /^HTTP\/1\.1 101 /)
  assert.match(client.text, /\r\nSec-WebSocket-Protocol: chat\.v2\r\n/)
  assert.match(client.text, /\r\nSet-Cookie: a=1\r\n/)
  assert.match(client.text, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/)
})

test('options that the handshake cannot keep are mistakes of the application', async t => {
  const wrong: [UpgradeOptions, RegExp][] = [
    [{ protocol: 'other' }, /the client does not offer the subprotocol "other"/],
    [{ headers: { 'X-A': 'b\r\nX-C: d' } }, /may not have the field "X-A"/],
    [{ headers: [['Sec-WebSocket-Accept', 'x']] }, /may not have the field "Sec-WebSocket-Accept"/],
    [{ headers: new Headers({ connection: 'close' }) }, /may not have the field "connection"/],
  ]
  for (const [options, mistake] of wrong) {
    const place = await serving(t, echo(options))
    assert.equal((await refusal(place.url)).status, 500)
    assert.match(place.mistakes[0] ?? '', mistake)
  }
})

const REFUSED: readonly [name: string, request: string, status: number][] = [
  ['no upgrade at all', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 426],
  ['another protocol', handshake('/', { Upgrade: 'own/1' }), 426],
  ['no version', handshake('/', { 'Sec-WebSocket-Version': undefined }), 426],
  ['version 12', handshake('/', { 'Sec-WebSocket-Version': '12' }), 426],
  ['no key', handshake('/', { 'Sec-WebSocket-Key': undefined }), 400],
  ['a short key', handshake('/', { 'Sec-WebSocket-Key': 'YQ==' }), 400],
  ['broken subprotocols', handshake('/', { 'Sec-WebSocket-Protocol': 'a,,b' }), 400],
  ['a subprotocol twice', handshake('/', { 'Sec-WebSocket-Protocol': 'a, a' }), 400],
  ['POST', handshake('/', { 'Content-Length': '0' }, 'POST'), 405],
]

for (const [name, request, status] of REFUSED) {
  test(`a handshake with ${name} is answered ${status}, and the connection lives on`, async t => {
    const place = await serving(t, echo())
    const client = await place.connect(request.slice(0, request.indexOf(' ')), 'GET')
    await client.send(request)
    const answer = await client.answer()
    assert.equal(answer.status, status)
    if (status === 426) assert.match(client.text, /\r\nUpgrade: websocket\r\n/)
    if (name.includes('version')) assert.match(client.text, /\r\nSec-WebSocket-Version: 13\r\n/)
    await client.send(handshake('/next'))
    await client.seen('HTTP/1.1 101 ')
    assert.deepEqual(place.mistakes, [])
  })
}

test('the application refuses with an answer of its own', async t => {
  const place = await serving(t, () => new Response('who are you?', { status: 401 }))
  assert.deepEqual(await refusal(place.url), { status: 401, body: 'who are you?' })
  assert.equal(place.answered[0]?.status, 401)
})

test('a request is upgraded once', async t => {
  let second: unknown
  const place = await serving(t, (_request, info) => {
    const { response } = info.upgrade()
    try {
      info.upgrade()
    } catch (mistake) {
      second = mistake
    }
    return response
  })
  const client = await openSocket(place.url)
  assert.match(String(second), /Cannot take the connection over/)
  client.socket.terminate()
})

test('handshakes that come at once open a WebSocket each', async t => {
  const place = await serving(t, async (request, info: FetchInfo) => {
    await new Promise(setImmediate)
    return await echo()(request, info, info)
  })
  const clients = await Promise.all(['/a', '/b', '/c'].map(path => openSocket(place.url + path)))
  for (const { socket } of clients) socket.send('it')
  assert.deepEqual(await Promise.all(clients.map(({ next }) => next())), ['/a it', '/b it', '/c it'])
  // A second one behind the first, on one connection, is bytes of the first.
  const client = new RawWebSocket(t, place.port)
  client.send(handshake('/') + handshake('/'))
  await client.closed()
  assert.equal(client.text.split('101 Switching').length, 2)
})

/** What breaks the rules of RFC 6455: the close code that the client sees, and `close` for the application. */
const BROKEN: readonly [name: string, bytes: Buffer, code: number][] = [
  ['an unmasked frame', frame(1, 'naked', false), 1002],
  ['a reserved opcode', frame(3, ''), 1002],
  ['a ping of 126 bytes', frame(9, 'x'.repeat(126)), 1002],
  ['text that is no UTF-8', frame(1, Buffer.from([0xff])), 1007],
  ['a message that is too long', frame(1, 'x'.repeat(1025)), 1009],
  ['a length that is too long', Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
]

for (const [name, bytes, code] of BROKEN) {
  test(`${name} closes its WebSocket alone, with ${code}`, async t => {
    let closed: Promise<unknown> | undefined
    const place = await serving(
      t,
      echo({ maxPayload: 1024 }, socket => {
        closed ??= new Promise(resolve => socket.on('close', resolve))
      }),
    )
    const client = new RawWebSocket(t, place.port)
    await client.open(handshake('/'))
    const other = await openSocket(place.url)
    client.send(bytes)
    assert.equal(await client.closed(), code)
    await closed
    other.socket.send('alive')
    assert.equal(await other.next(), '/ alive')
    other.socket.terminate()
  })
}

test('10,000 pings are answered, and 10,000 messages', async t => {
  const place = await serving(t, echo())
  const client = await openSocket(place.url)
  let pongs = 0
  client.socket.on('pong', () => pongs++)
  // `ws` cuts who sends more pings than it can answer: 60.
  for (let i = 0; i < 10_000; i++) {
    client.socket.ping()
    client.socket.send(String(i))
    if (i % 50 < 49) continue
    for (let got = i - 49; got <= i; got++) assert.equal(await client.next(), `/ ${got}`)
  }
  assert.equal(pongs, 10_000)
  client.socket.close()
  await client.closed
})

test('10,000 pings at once close their WebSocket at most, and the worker lives on', async t => {
  const place = await serving(t, echo())
  const flood = new RawWebSocket(t, place.port)
  await flood.open(handshake('/'))
  flood.send(Buffer.concat([...Array.from({ length: 10_000 }, () => frame(9, 'x')), frame(8, '')]))
  await flood.closed()
  const client = await openSocket(place.url)
  client.socket.send('alive')
  assert.equal(await client.next(), '/ alive')
  client.socket.terminate()
})

test('compression is used where application and client want it, and does not help against the limit', async t => {
  const place = await serving(t, echo({ perMessageDeflate: true, maxPayload: 100_000 }))
  const client = await openSocket(place.url)
  assert.match(client.socket.extensions, /permessage-deflate/)
  const text = 'compress me '.repeat(1000)
  client.socket.send(text)
  assert.equal(await client.next(), `/ ${text}`)
  // 10 MB in 10 kB.
  const raw = new RawWebSocket(t, place.port)
  await raw.open(handshake('/', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }))
  const bomb = frame(1, deflateRawSync(Buffer.alloc(10_000_000), { finishFlush: 2 }))
  bomb[0] = 0xc1
  raw.send(bomb)
  assert.equal(await raw.closed(), 1009)
  client.socket.send('alive')
  assert.equal(await client.next(), '/ alive')
  client.socket.terminate()
})

test('a client that leaves without a word is 1006 for the application, and is forgotten', async t => {
  let closed: Promise<unknown> | undefined
  const place = await serving(
    t,
    echo(undefined, socket => {
      closed = new Promise(resolve => socket.on('close', resolve))
    }),
  )
  const client = await openSocket(place.url)
  client.socket.terminate()
  assert.equal(await closed, 1006)
  assert.equal(place.server.stats.connections, 0)
})

test('a client that leaves before the application decides is no failure', async t => {
  let decide: () => void = () => undefined
  const begun = new Promise<void>(resolve => {
    decide = resolve
  })
  let go: () => void = () => undefined
  const decided = new Promise<void>(resolve => {
    go = resolve
  })
  const place = await serving(t, async (request, info) => {
    decide()
    await decided
    return await echo()(request, info, info)
  })
  const client = await place.connect()
  await client.send(handshake('/'))
  await begun
  client.destroy()
  while (place.server.stats.connections > 0) await new Promise(setImmediate)
  go()
  await new Promise(setImmediate)
  assert.deepEqual(place.mistakes, [])
})

test('a server that leaves says 1001 once, and waits for the answer', async t => {
  const place = await serving(t, echo())
  const client = await openSocket(place.url)
  const drained = place.server.drain(60_000)
  assert.deepEqual(await client.closed, { code: 1001, reason: '' })
  await drained
})

test('a handshake that is not over when the server leaves is told 1001 behind its 101', async t => {
  let go: () => void = () => undefined
  const decided = new Promise<void>(resolve => {
    go = resolve
  })
  let begun: () => void = () => undefined
  const asked = new Promise<void>(resolve => {
    begun = resolve
  })
  const place = await serving(t, async (request, info) => {
    begun()
    await decided
    return await echo()(request, info, info)
  })
  const opening = openSocket(place.url)
  await asked
  const drained = place.server.drain(60_000)
  go()
  assert.equal((await (await opening).closed).code, 1001)
  await drained
})
