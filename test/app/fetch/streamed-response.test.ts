import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchHandler } from '../../../src/app/fetch/handler.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { answerOf, contextOf, controlled, GET, HEAD, type Logged, turn } from './ask.ts'

test('a stream is sent piece by piece, and not faster than the client takes it', async () => {
  const { stream, give, end } = controlled()
  const exchange = new FakeExchange(GET)
  const done = fetchHandler(() => new Response(stream), contextOf())(exchange)
  await turn()
  assert.equal(exchange.state, 'body')
  give('a')
  await turn()
  assert.equal(exchange.bodyText, 'a')
  exchange.isFull = true
  give('b')
  give('c')
  await turn()
  assert.equal(exchange.bodyText, 'ab')
  exchange.drain()
  end()
  await done
  assert.equal(exchange.bodyText, 'abc')
  assert.equal(exchange.state, 'done')
})

test('a stream is cancelled at once when the client leaves', async () => {
  const { stream, cancelled } = controlled()
  const exchange = new FakeExchange(GET)
  const logged: Logged[] = []
  const done = fetchHandler(() => new Response(stream), contextOf(logged))(exchange)
  await turn()
  exchange.leave()
  assert.equal(((await cancelled) as Error).name, 'ClientGone')
  await done
  assert.deepEqual(logged, [])
})

test('a stream is cancelled when the client leaves while nothing more can be written', async () => {
  const { stream, give, cancelled } = controlled()
  const exchange = new FakeExchange(GET)
  const done = fetchHandler(() => new Response(stream), contextOf())(exchange)
  exchange.isFull = true
  give('a')
  await turn()
  exchange.leave()
  await cancelled
  await done
})

test('a stream that fails cuts the answer', async () => {
  const { stream, give, fail } = controlled()
  const exchange = new FakeExchange(GET)
  const logged: Logged[] = []
  const done = fetchHandler(() => new Response(stream), contextOf(logged))(exchange)
  give('a')
  await turn()
  fail(new Error('broken'))
  await done
  assert.equal(exchange.bodyText, 'a')
  assert.equal(exchange.failures.length, 1)
  assert.match(String(logged[0]?.cause), /broken/)
})

test('a stream of strings is the mistake of the app', async () => {
  const logged: Logged[] = []
  const stream = new ReadableStream({ pull: controller => controller.enqueue('x' as never) })
  const exchange = await answerOf(() => new Response(stream), GET, contextOf(logged))
  assert.equal(exchange.failures.length, 1)
  assert.match(String(logged[0]?.cause), /its stream gave a string, Uint8Array is needed/)
})

test('an empty piece of a stream is not written', async () => {
  const { stream, give, end } = controlled()
  give('')
  give('a')
  end()
  const exchange = await answerOf(() => new Response(stream))
  assert.equal(exchange.body.length, 1)
})

test('HEAD cancels a stream unread, and sends the head', async () => {
  const { stream, cancelled } = controlled()
  const exchange = await answerOf(() => new Response(stream, { headers: { 'content-length': '5' } }), HEAD)
  await cancelled
  assert.deepEqual(exchange.answered?.headers, ['content-length', '5'])
  assert.equal(exchange.state, 'done')
  assert.equal(exchange.body.length, 0)
})
