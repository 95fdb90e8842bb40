import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
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
  assert.equal(((await cancelled) as Error).name, 'ClientDisconnected')
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

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
const chunksOf = (...chunks: unknown[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

const CHUNKS: Record<string, [chunks: unknown[], text: string]> = {
  text: [['one, ', 'two'], 'one, two'],
  'text beyond ASCII': [['h\u00e9', '\u20ac', '\u{1f600}'], 'h\u00e9\u20ac\u{1f600}'],
  'a surrogate pair in two chunks': [['a\ud83d', '\ude00b'], 'a\u{1f600}b'],
  'a surrogate pair around an empty chunk': [['a\ud83d', '', '\ude00b'], 'a\u{1f600}b'],
  'a lone surrogate': [['a\ud83d', 'b'], 'a\ufffdb'],
  'a lone surrogate before bytes': [['a\ud83d', bytes('b')], 'a\ufffdb'],
  'a lone surrogate at the end': [['a', '\ud83d'], 'a\ufffd'],
  'text between bytes': [[bytes('a'), 'b', bytes('c')], 'abc'],
  'empty text': [['', 'a', ''], 'a'],
  'an ArrayBuffer': [[bytes('buffer').buffer], 'buffer'],
  'a DataView': [[new DataView(bytes('a view').buffer, 2)], 'view'],
  'a Uint16Array': [[new Uint16Array([0x6161, 0x6262])], 'aabb'],
  'a Buffer': [[Buffer.from('xyz').subarray(1)], 'yz'],
}
for (const [name, [chunks, text]] of Object.entries(CHUNKS)) {
  test(`a stream that gives ${name} is sent as bytes, by its own response and by one of another maker`, async () => {
    const own = await answerOf(() => new Response(chunksOf(...chunks)))
    assert.equal(Buffer.concat(own.body).toString(), text)
    assert.equal(own.state, 'done')
    const foreign = await answerOf(() => ({ status: 200, headers: [], body: chunksOf(...chunks) }))
    assert.equal(Buffer.concat(foreign.body).toString(), text)
    assert.equal(foreign.state, 'done')
  })
}

const REFUSED: Record<string, unknown> = {
  'a Blob': new Blob(['x']),
  'the number 5': 5,
  'the boolean true': true,
  null: null,
  'an array of 2': [1, 2],
  'an Object': { a: 1 },
  'an object': Object.create(null),
  'a SharedArrayBuffer': new SharedArrayBuffer(1),
  'the symbol Symbol\\(x\\)': Symbol('x'),
}
for (const [name, chunk] of Object.entries(REFUSED)) {
  test(`a stream that gives ${name} cuts the answer, and the log names what it gave`, async () => {
    const logged: Logged[] = []
    const exchange = await answerOf(() => new Response(chunksOf('before', chunk)), GET, contextOf(logged))
    assert.equal(exchange.bodyText, 'before')
    assert.equal(exchange.failures.length, 1)
    assert.match(String(logged[0]?.cause), new RegExp(`: its stream gave ${name}, bytes or text are needed$`))
  })
}

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
