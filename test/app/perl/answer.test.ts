import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppContext } from '../../../src/app/handler.ts'
import { PerlAnswer } from '../../../src/app/perl/answer.ts'
import { u32 } from '../../../src/app/perl/frames.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

function begun() {
  const errors: string[] = []
  const did: string[] = []
  const context = { log: { error: (text: string) => errors.push(text) } } as unknown as AppContext
  const exchange = new FakeExchange('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
  const source = { pause: () => did.push('pause'), resume: () => did.push('resume'), abort: () => did.push('abort') }
  return { exchange, errors, did, answer: new PerlAnswer(exchange, context, source) }
}

function payload(status: number, fields: readonly string[], body: string): Buffer {
  const packed = fields.map(text => u32(text.length) + text).join('')
  const head = String.fromCharCode(status >> 8, status & 0xff, 0)
  return Buffer.from(head + u32(packed.length) + packed + body, 'latin1')
}

test('a whole answer is one call', () => {
  const { exchange, answer } = begun()
  answer.respond(payload(201, ['A', 'b'], 'body'), true)
  assert.equal(exchange.answered?.status, 201)
  assert.deepEqual(exchange.answered?.headers, ['A', 'b'])
  assert.equal(Buffer.concat(exchange.body).toString(), 'body')
  assert.equal(exchange.state, 'done')
})

test('an answer in pieces comes in their order, also when the client is slow', async () => {
  const { exchange, answer } = begun()
  exchange.isFull = true
  answer.respond(payload(200, [], 'a'), false)
  answer.data(Buffer.from('b'))
  answer.data(Buffer.from('c'))
  answer.end(false)
  assert.equal(exchange.state, 'body')
  exchange.drain()
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(Buffer.concat(exchange.body).toString(), 'abc')
  assert.equal(exchange.state, 'done')
})

test('the child waits when much is there for a slow client, and goes on when it is taken', async () => {
  const { exchange, answer, did } = begun()
  exchange.isFull = true
  answer.respond(payload(200, [], 'a'), false)
  for (let i = 0; i < 65; i++) answer.data(Buffer.alloc(256 * 1024))
  assert.deepEqual(did, ['pause'])
  exchange.drain()
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(did, ['pause', 'resume'])
})

test('bad fields become 500, and the log names the request', () => {
  const { exchange, answer, errors } = begun()
  exchange.answer = () => {
    exchange.answer = FakeExchange.prototype.answer
    throw new (class extends Error {})('x')
  }
  answer.respond(payload(200, ['A', 'b'], ''), true)
  assert.equal(exchange.answered?.status, 500)
  assert.match(errors[0]!, /GET \/x/)
})

test('a broken answer is cut; a child that is gone is 502 or a cut', () => {
  const broken = begun()
  broken.answer.respond(payload(200, [], 'half'), false)
  broken.answer.end(true)
  assert.equal(broken.exchange.failures.length, 1)
  const lost = begun()
  lost.answer.giveUp(502)
  assert.equal(lost.exchange.answered?.status, 502)
  const half = begun()
  half.answer.respond(payload(200, [], 'half'), false)
  half.answer.giveUp(502)
  assert.equal(half.exchange.failures.length, 1)
})

test('a client that leaves is told to the child once, and what comes later is dropped', () => {
  const { exchange, answer, did } = begun()
  answer.respond(payload(200, [], 'a'), false)
  exchange.leave()
  answer.data(Buffer.from('late'))
  answer.end(false)
  assert.deepEqual(
    did.filter(act => act === 'abort'),
    ['abort'],
  )
  assert.equal(Buffer.concat(exchange.body).toString(), 'a')
})
