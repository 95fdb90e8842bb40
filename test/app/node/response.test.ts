// Where the adapter is stricter than node:http, which sends what the application says.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { answered, quiet, testContext } from './both.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'
const OLD = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\nTE: chunked\r\n\r\n'

type App = (req: IncomingMessage, res: ServerResponse) => unknown

test('A body in one piece that is not as long as its Content-Length becomes a 500', async () => {
  for (const length of [3, 7]) {
    const logged: string[] = []
    const app: App = (_req, res) => res.setHeader('Content-Length', length).end('hello')
    const exchange = await answered(app, GET, testContext({}, logged))
    assert.equal(exchange.answered?.status, 500)
    assert.equal(exchange.rawText, '')
    assert.deepEqual(logged, [
      `error: The application failed on GET /: Cannot send a body of 5 bytes: its Content-Length says ${length}`,
    ])
  }
})

test('A body in pieces that is longer than its Content-Length is cut before the first byte too many', async () => {
  const closed: string[] = []
  const exchange = await answered((_req, res) => {
    res.on('close', () => closed.push(`finished=${res.writableFinished}`))
    res.setHeader('Content-Length', 8)
    res.write('hello')
    res.write('hello')
    res.end()
  }, GET)
  assert.match(exchange.rawText, /\r\n\r\nhello$/)
  assert.equal(exchange.failures.length, 1)
  assert.equal(exchange.persists, undefined)
  assert.deepEqual(closed, ['finished=false'])
})

test('A body in pieces that is shorter than its Content-Length is cut', async () => {
  const exchange = await answered((_req, res) => {
    res.writeHead(200, { 'Content-Length': '11' })
    res.write(Buffer.from('hello'))
    res.end(' you')
  }, GET)
  assert.match(exchange.rawText, /\r\n\r\nhello you$/)
  assert.match(String(exchange.failures[0]), /a body of 9 bytes: its Content-Length says 11/)
})

test('A body is counted in bytes of its own encoding, its head left out', async () => {
  const app: App = (_req, res) => {
    res.writeHead(200, { 'Content-Length': 8, 'X-Latin': '\xe9' })
    res.write('\u20ac\xe9', 'utf8')
    res.write('\xe9', 'latin1')
    res.end('YWI=', 'base64')
  }
  const exchange = await answered(app, GET)
  assert.deepEqual(exchange.failures, [])
  assert.equal(exchange.persists, true)
})

test('A Content-Length that is no number of bytes becomes a 500', async () => {
  const exchange = await answered((_req, res) => {
    res.setHeader('Content-Length', 'many')
    res.write('x')
  }, GET)
  assert.equal(exchange.answered?.status, 500)
})

test('HEAD and 304 may tell the length of a body that they do not have', async () => {
  const head = await answered(
    (_req, res) => res.setHeader('Content-Length', 99).end(),
    'HEAD / HTTP/1.1\r\nHost: app.example\r\n\r\n',
  )
  assert.match(head.rawText, /\r\nContent-Length: 99\r\n(?:.+\r\n)*\r\n$/)
  assert.equal(head.persists, true)
  const unchanged = await answered((_req, res) => res.writeHead(304, { 'Content-Length': 99 }).end(), GET)
  assert.equal(unchanged.persists, true)
})

test('A 204 tells no length (RFC 9110 8.6)', async () => {
  const exchange = await answered((_req, res) => res.writeHead(204, { 'content-length': 0 }).end(), GET)
  assert.doesNotMatch(exchange.rawText, /content-length/i)
  assert.equal(exchange.persists, true)
})

test('Content-Length gives way to Transfer-Encoding: chunked (RFC 9112 6.2)', async () => {
  const exchange = await answered((_req, res) => {
    res.writeHead(200, { 'Content-Length': 5, 'Transfer-Encoding': 'chunked' })
    res.end('hello')
  }, GET)
  assert.doesNotMatch(exchange.rawText, /content-length/i)
  assert.match(exchange.rawText, /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/)
})

test('A transfer coding that Node does not write ends with the connection (RFC 9112 6.3)', async () => {
  const apps: App[] = [
    (_req, res) => res.setHeader('transfer-encoding', 'gzip').end('zzz'),
    (_req, res) => res.writeHead(200, { 'TRANSFER-ENCODING': 'gzip' }).end('zzz'),
    (_req, res) => res.writeHead(200, ['Transfer-Encoding', 'gzip']).end('zzz'),
  ]
  for (const app of apps) assert.equal((await answered(app, GET)).persists, false)
})

test('An HTTP/1.0 client never gets chunks, even if it or the application asks for them (RFC 9112 6.1)', async () => {
  const apps: App[] = [
    (_req, res) => {
      res.write('he')
      res.end('llo')
    },
    (_req, res) => res.setHeader('Transfer-Encoding', 'chunked').end('hello'),
  ]
  for (const app of apps) {
    const exchange = await answered(app, OLD)
    assert.doesNotMatch(exchange.rawText, /transfer-encoding/i)
    assert.match(exchange.rawText, /\r\nConnection: close\r\n\r\nhello$/)
    assert.equal(exchange.persists, false)
  }
})

test('A status that cannot be final becomes a 500', async () => {
  for (const status of [101, 199, 600, 999]) {
    const exchange = await answered((_req, res) => res.writeHead(status).end('x'), GET)
    assert.equal(exchange.answered?.status, 500, String(status))
  }
})

test('An early hint cannot carry a second line', async () => {
  const exchange = await answered((_req, res) => {
    assert.throws(() => res.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-a': 'b\r\nSet-Cookie: c' }))
    res.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.css>; rel=preload'] })
    res.end('ok')
  }, GET)
  assert.deepEqual(exchange.informed, [[103, ['Link', '</a.css>; rel=preload, </b.css>; rel=preload']]])
})

test('Writes wait for room: false, one drain, and callbacks only then', async () => {
  const notes: string[] = []
  const exchange = new FakeExchange(GET)
  exchange.isFull = true
  const done = answered((_req, res) => {
    res.on('drain', () => {
      notes.push(`drain needed=${res.writableNeedDrain}`)
      notes.push(`second ${res.write('more')}`)
      res.end()
    })
    res.on('finish', () => notes.push('finish'))
    notes.push(`first ${res.write('x'.repeat(100_000), () => notes.push('written'))}`)
    setImmediate(() => notes.push(`needed ${res.writableNeedDrain}`))
  }, exchange)
  await quiet()
  assert.deepEqual(notes, ['first false', 'needed true'])
  exchange.drain()
  await done
  assert.deepEqual(notes.slice(2), ['written', 'drain needed=false', 'second true', 'finish'])
  assert.equal(exchange.persists, true)
})

test('Callbacks come in the order of their writes, whichever of them found no room', async () => {
  const notes: string[] = []
  const exchange = new FakeExchange(GET)
  const done = answered((_req, res) => {
    res.on('finish', () => notes.push('finish'))
    res.write('first', () => notes.push('first'))
    exchange.isFull = true
    res.write('second', () => notes.push('second'))
    res.end('third')
  }, exchange)
  await quiet()
  assert.deepEqual(notes, [])
  exchange.drain()
  await done
  assert.deepEqual(notes, ['first', 'second', 'finish'])
})

test('finish waits until the last bytes have room', async () => {
  const notes: string[] = []
  const exchange = new FakeExchange(GET)
  exchange.isFull = true
  await answered((_req, res) => {
    res.on('finish', () => notes.push('finish'))
    res.on('close', () => notes.push('close'))
    res.end('x')
  }, exchange)
  assert.equal(exchange.persists, true)
  assert.deepEqual(notes, [])
  exchange.drain()
  await quiet()
  assert.deepEqual(notes, ['finish', 'close'])
})
