// Requests that are refused before an application sees them leave a trace: a record for the access log, a count, a reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessLogFormatter } from '../../src/log/access-log.ts'
import type { AccessRecord } from '../../src/log/access-record.ts'
import { Refusals } from '../../src/server/refusals.ts'
import { listening } from '../support/listening.ts'

const HOST = 'Host: a\r\n'
const LONG = 'x'.repeat(9000)

const CASES: readonly (readonly [sent: string, reason: string, line: string, status: number])[] = [
  ['GET /a HTTP/1.1\r\n\r\n', 'bad-host', 'GET /a HTTP/1.1', 400],
  [`GET /a?b=c HTTP/1.1\r\n${HOST}Content-Length: x\r\n\r\n`, 'bad-content-length', 'GET /a?b=c HTTP/1.1', 400],
  [`POST /a HTTP/1.1\r\n${HOST}Content-Length: 999999999999\r\n\r\n`, 'body-too-large', 'POST /a HTTP/1.1', 413],
  [`GET /${LONG} HTTP/1.1\r\n${HOST}\r\n`, 'request-line-too-long', `GET /${LONG}`.slice(0, 256), 414],
  [`GET /a HTTP/1.1\r\n${HOST}Expect: x\r\n\r\n`, 'unknown-expectation', 'GET /a HTTP/1.1', 417],
  [`GET /a HTTP/1.1\r\n${HOST}A: ${LONG.repeat(3)}\r\n\r\n`, 'head-too-large', 'GET /a HTTP/1.1', 431],
  [
    `POST /a HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    'unknown-transfer-coding',
    'POST /a HTTP/1.1',
    501,
  ],
  ['CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 'connect-refused', 'CONNECT a:1 HTTP/1.1', 501],
  [`GET /a HTTP/2.0\r\n${HOST}\r\n`, 'unsupported-version', 'GET /a HTTP/2.0', 505],
  ['\r\n\r\nGET /a HTTP/1.1\r\n\r\n', 'bad-host', 'GET /a HTTP/1.1', 400],
  ['\x16\x03\x01\x02\x00\x01\r\n', 'bad-request-line', '\x16\x03\x01\x02\x00\x01', 400],
  ['GET\r\n', 'bad-request-line', 'GET', 400],
]

const context = accessLogFormatter('%m %U %H "%r" %>s %b')
const json = accessLogFormatter('json')

for (const pieces of ['whole', 'byte by byte'] as const) {
  for (const [sent, reason, line, status] of CASES) {
    test(`${reason} (${JSON.stringify(sent.slice(0, 24))}), ${pieces}: a record with its line, and a count`, async t => {
      const records: AccessRecord[] = []
      const { server, connect, logged } = await listening(
        t,
        exchange => void exchange.answer(200, [], ''),
        {},
        {
          onRefused: record => records.push(record),
        },
      )
      const client = await connect()
      if (pieces === 'whole') await client.send(sent)
      else for (const byte of sent.length > 300 ? [sent.slice(0, 3), sent.slice(3)] : sent) await client.send(byte)
      assert.equal((await client.answer()).status, status)
      assert.deepEqual(
        records.map(({ head, status, refusal }) => [head.line, status, refusal]),
        [[line, status, reason]],
      )
      assert.deepEqual(server.stats.refused, { [reason]: 1 })
      assert.match(logged[0] ?? '', new RegExp(`^debug: Refused \\(${reason}\\): 127.0.0.1 sent "`))
      assert.equal(logged.length, 1)
    })
  }
}

test('a head that never comes to its end is recorded with what came of it', async t => {
  const records: AccessRecord[] = []
  const { connect } = await listening(
    t,
    () => undefined,
    { headTimeoutMs: 100 },
    { onRefused: record => records.push(record) },
  )
  const client = await connect()
  await client.send('GET /slow HTTP/1.1\r\nHost')
  assert.equal((await client.answer()).status, 408)
  assert.deepEqual(
    records.map(({ head, refusal }) => [head.line, refusal]),
    [['GET /slow HTTP/1.1', 'timeout']],
  )
})

test('a connection too many is recorded without a line, and a broken body is counted once', async t => {
  const records: AccessRecord[] = []
  const { server, connect } = await listening(
    t,
    async exchange => {
      for (const read of [0, 1]) await Promise.resolve(exchange.read()).catch(() => read)
      exchange.answer(400, [], '')
    },
    { connections: 1 },
    { onRefused: record => records.push(record) },
  )
  const first = await connect()
  await first.send(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`)
  assert.equal((await first.answer()).status, 400)
  const second = await connect()
  assert.equal((await second.answer()).status, 503)
  assert.deepEqual(server.stats.refused, { 'bad-chunk': 1, 'too-many-connections': 1 })
  assert.deepEqual(records.map(context), ['- - - "-" 503 0'.replace(' 0', ' -')])
})

test('what a refused request sent is escaped in every format, and parts that nobody knows are - or null', () => {
  const records: AccessRecord[] = []
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const refusals = new Refusals(log, record => records.push(record))
  const peer = {} as AccessRecord['peer']
  const add = (line: string): void =>
    refusals.add({
      reason: 'bad-request-line',
      status: 400,
      line,
      peer: peer as Parameters<Refusals['add']>[0]['peer'],
    })
  add('GET /a\x1b[2J" HTTP/1.1')
  add('\x16\x03"\\\n')
  assert.deepEqual(records.map(context), [
    'GET /a\\x1B[2J\\x22 HTTP/1.1 "GET /a\\x1B[2J\\x22 HTTP/1.1" 400 -',
    '- - - "\\x16\\x03\\x22\\x5C\\x0A" 400 -',
  ])
  const [whole, broken] = records.map(record => JSON.parse(json(record)))
  assert.deepEqual(
    [whole.method, whole.target, whole.httpVersion, whole.refusal],
    ['GET', '/a\x1b[2J"', '1.1', 'bad-request-line'],
  )
  assert.deepEqual([broken.method, broken.target, broken.httpVersion, broken.line], [null, null, null, '\x16\x03"\\\n'])
})

test('an attacker writes ten lines a second into the log, and then their number', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const lines: string[] = []
  const refusals = new Refusals({ debug: line => lines.push(line), info() {}, warn() {}, error() {} }, undefined)
  for (let i = 0; i < 500; i++) refusals.count('bad-host', `number ${i}`)
  assert.equal(lines.length, 10)
  t.mock.timers.tick(1000)
  assert.equal(lines.at(-1), 'Refused 490 more within 1 s')
  refusals.count('bad-host', 'later')
  assert.equal(lines.at(-1), 'Refused (bad-host): later')
  assert.deepEqual(refusals.counts, { 'bad-host': 501 })
})
