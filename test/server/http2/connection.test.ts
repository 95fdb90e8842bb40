// Connections of HTTP/2: limits, times, and the orderly end. What applications see is in test/contract/http2.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import type { Exchange, Handler } from '../../../src/app/handler.ts'
import { createServer } from '../../../src/server/http-server.ts'
import { answerOf, Http2Client } from '../../support/http2-client.ts'
import { http2Place } from '../../support/http2-place.ts'
import { SILENT } from '../../support/open-transport.ts'

const HELLO: Handler = exchange => exchange.answer(200, ['X-Path', exchange.head.path], 'hello') as undefined
const REFUSED_STREAM = 7

const REFUSED: readonly (readonly [what: string, status: number, fields: Record<string, string>])[] = [
  ['a Host that is not the authority', 400, { host: 'other.test' }],
  ['an authority whose port is too large', 400, { ':authority': 'a:99999' }],
  ['NUL in a target', 400, { ':path': '/%00' }],
  ['an unknown expectation', 417, { expect: 'tea' }],
  ['a long target', 414, { ':path': `/${'x'.repeat(9000)}` }],
  ['a long field', 431, { 'x-long': 'x'.repeat(17_000) }],
  ['many fields', 431, Object.fromEntries(Array.from({ length: 110 }, (_, i) => [`x-${i}`, 'v']))],
]

for (const [what, status, fields] of REFUSED) {
  test(`${what} is answered ${status}, and the connection serves the next request`, async t => {
    const { client, server } = await http2Place(t, HELLO)
    const connected = client()
    const answer = await connected.get('/', fields)
    assert.deepEqual([answer.status, answer.code], [status, 0])
    assert.equal((await connected.get('/next')).fields['x-path'], '/next')
    assert.equal(
      Object.values(server.stats.refused).reduce((sum, count) => sum + count, 0),
      1,
    )
  })
}

test('a length beyond the limit is refused before the body comes', async t => {
  const { client } = await http2Place(t, HELLO)
  const stream = client().session.request(
    { ':method': 'POST', ':path': '/', ':authority': 'a', 'content-length': '2000000000' },
    { endStream: false },
  )
  stream.on('error', () => undefined)
  assert.equal((await answerOf(stream)).status, 413)
})

test('CONNECT is refused', async t => {
  const { client } = await http2Place(t, HELLO)
  const stream = client().session.request({ ':method': 'CONNECT', ':authority': 'a:80' })
  stream.on('error', () => undefined)
  assert.equal((await answerOf(stream)).status, 501)
})

test('a body that is longer than the limit, though it does not say so, is 413', async t => {
  const handler: Handler = async exchange => {
    while ((await exchange.read()) !== null);
    exchange.answer(200, [], '')
  }
  const { client } = await http2Place(t, handler, { bodyBytes: 100_000 })
  const connected = client()
  const answer = await connected.ask({ method: 'POST', path: '/', body: new Uint8Array(200_000) })
  assert.equal(answer.status, 413)
  assert.equal((await connected.ask({ method: 'POST', path: '/', body: new Uint8Array(1000) })).status, 200)
})

test('a body that does not come is 408, an answer that does not come 504', async t => {
  const reads: Handler = async exchange => {
    if (exchange.head.path === '/never') return new Promise(() => undefined)
    while ((await exchange.read()) !== null);
    exchange.answer(200, [], '')
  }
  const { client, server } = await http2Place(t, reads, { bodyTimeoutMs: 100, requestTimeoutMs: 2000 })
  const connected = client()
  const silent = connected.session.request({ ':method': 'POST', ':path': '/', ':authority': 'a' })
  silent.on('error', () => undefined)
  const [late, never] = await Promise.all([answerOf(silent), connected.get('/never')])
  assert.deepEqual([late.status, never.status], [408, 504])
  assert.equal(server.stats.inFlight, 0)
})

test('an application that answers behind the request timeout harms nobody', async t => {
  let exchange: Exchange | undefined
  const { client } = await http2Place(
    t,
    given => {
      if (given.head.path === '/late') exchange = given
      else given.answer(200, [], 'hello')
    },
    { requestTimeoutMs: 100 },
  )
  const connected = client()
  assert.equal((await connected.get('/late')).status, 504)
  assert.equal(exchange!.isGone, true)
  exchange!.begin(200, [])
  void exchange!.write('late')
  exchange!.end()
  assert.equal(String((await connected.get('/')).body), 'hello')
})

test('a silent client, and one that has been idle, are let go', async t => {
  const { raw, port, client } = await http2Place(t, HELLO, { headTimeoutMs: 100, keepaliveTimeoutMs: 100 })
  await raw().closed
  const mute = createConnection({ port, host: '127.0.0.1' })
  await once(mute, 'close')
  const idle = client()
  assert.equal((await idle.get('/')).status, 200)
  await once(idle.session, 'close')
  assert.equal(idle.goaways.at(-1)?.code, 0)
})

test('draining: what is in work ends, what comes later is refused untouched, then the connection closes', async t => {
  const waiting: Exchange[] = []
  const seen: string[] = []
  const { client, server } = await http2Place(t, exchange => {
    seen.push(exchange.head.path)
    if (exchange.head.path === '/wait') waiting.push(exchange)
    else exchange.answer(200, [], 'hello')
  })
  const connected = client()
  const first = connected.get('/wait')
  assert.equal((await connected.get('/')).status, 200)
  const drained = server.drain(60_000)
  const late = await connected.get('/late')
  assert.deepEqual([late.status, late.code, seen.includes('/late')], [0, REFUSED_STREAM, false])
  assert.deepEqual(connected.goaways[0], { code: 0, last: 3 })
  waiting[0]!.answer(200, [], 'whole')
  assert.equal(String((await first).body), 'whole')
  await drained
})

test('a request that does not end is cut by the end of the grace, with a line in the log', async t => {
  const logged: string[] = []
  const log = { ...SILENT, warn: (message: string) => void logged.push(message) }
  const server = createServer({ handler: () => new Promise(() => undefined), log })
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0, h2c: true })
  const client = new Http2Client({ port: 'port' in bound ? bound.port : -1 })
  t.after(() => client.destroy())
  const answers = Promise.all([client.get('/a'), client.get('/b')])
  while (server.stats.inFlight < 2) await new Promise(setImmediate)
  assert.deepEqual(
    server.presentRequests().map(line => line.split(',')[0]),
    ['GET /a', 'GET /b'],
  )
  await server.drain(50)
  await answers
  assert.equal(logged.filter(line => /^Cut after the graceful timeout: GET \/[ab]/.test(line)).length, 2)
})

test('a connection ends after its number of requests', async t => {
  const { client } = await http2Place(t, HELLO, { requestsPerConnection: 3 })
  const connected = client()
  const closed = once(connected.session, 'close')
  for (const path of ['/1', '/2', '/3']) assert.equal((await connected.get(path)).status, 200)
  await closed
  assert.deepEqual(connected.goaways[0], { code: 0, last: 5 })
})

test('one connection too many is told that nothing of it was served', async t => {
  const { client, server } = await http2Place(t, HELLO, { connections: 1 })
  assert.equal((await client().get('/')).status, 200)
  const second = client()
  const answer = await second.get('/')
  assert.notEqual(answer.status, 200)
  assert.equal(server.stats.requests, 1)
  assert.deepEqual(second.goaways[0]?.last, 0)
})

const SENT: readonly (readonly [what: string, handler: Handler, status: number, body: string])[] = [
  ['205 has no body', exchange => exchange.answer(205, [], 'never') as undefined, 205, ''],
  [
    '205 in pieces has none either',
    exchange => {
      exchange.begin(205, ['Content-Length', '5'])
      void exchange.write('never')
      exchange.end()
    },
    205,
    '',
  ],
  [
    'fields that HTTP/2 has no place for are left out',
    exchange =>
      exchange.answer(
        200,
        ['TE', 'gzip', 'Keep-Alive', 'x', 'Upgrade', 'h2c', 'Proxy-Connection', 'x'],
        'ok',
      ) as undefined,
    200,
    'ok',
  ],
  [
    'names that objects inherit are names',
    exchange => exchange.answer(200, ['Constructor', 'a', '__proto__', 'b', 'constructor', 'c'], 'ok') as undefined,
    200,
    'ok',
  ],
  [
    'a repeated field that has one value is the first one',
    exchange => exchange.answer(200, ['ETag', 'a', 'etag', 'b'], 'ok') as undefined,
    200,
    'ok',
  ],
]

for (const [what, handler, status, body] of SENT) {
  test(what, async t => {
    const { client } = await http2Place(t, handler)
    const answer = await client().get('/')
    assert.deepEqual([answer.status, String(answer.body), answer.code], [status, body, 0])
    for (const name of ['te', 'keep-alive', 'upgrade', 'proxy-connection']) assert.equal(answer.fields[name], undefined)
    if (what.startsWith('names')) assert.equal(answer.fields['constructor'], 'a, c')
  })
}

test('draining waits for a client whose first bytes have come in part', async t => {
  const { port, server } = await http2Place(t, HELLO)
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  socket.on('data', piece => (text += piece))
  await new Promise(resolve => socket.write('PR', resolve))
  while (server.stats.connections === 0) await new Promise(setImmediate)
  const drained = server.drain(60_000)
  socket.write('OPFIND / HTTP/1.1\r\nHost: a\r\n\r\n')
  await drained
  if (!socket.closed) await once(socket, 'close')
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
})

test('one connection of HTTP/1 too many is answered, one at a time is not', async t => {
  const { port } = await http2Place(t, HELLO, { connections: 1 })
  const ask = async (keep: boolean): Promise<string> => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${keep ? '' : 'Connection: close\r\n'}\r\n`)
    const [data] = (await once(socket, 'data')) as [Buffer]
    if (keep) t.after(() => socket.destroy())
    else if (!socket.closed) await once(socket, 'close')
    return String(data).slice(9, 12)
  }
  assert.equal(await ask(false), '200')
  assert.equal(await ask(true), '200')
  assert.equal(await ask(false), '503')
})

test('HTTP/1 is served on the same listener, however its first bytes come', async t => {
  const { port } = await http2Place(t, HELLO)
  for (const pieces of [
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['P', 'RI', 'NT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ]) {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    let text = ''
    socket.on('data', piece => (text += piece))
    for (const piece of pieces) await new Promise(resolve => socket.write(piece, resolve))
    await once(socket, 'close')
    assert.match(text, /^HTTP\/1\.1 200 OK/)
  }
})
