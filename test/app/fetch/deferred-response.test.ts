// Blobs and async iterables as bodies: they are read when they are sent, without a stream.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { openAsBlob, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { answerOf, contextOf, GET, HEAD, type Logged, turn } from './ask.ts'

const MANY = 1_200_000
const field = (exchange: FakeExchange, name: string): string | undefined => {
  const fields = exchange.answered?.headers ?? []
  return fields[fields.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name) + 1]
}
const manyBytes = new Uint8Array(MANY).fill(120)

test('a Blob is sent with its type and its length, however large it is', async () => {
  const small = await answerOf(() => new Response(new Blob(['some ', 'text'], { type: 'text/x' })))
  assert.equal(small.bodyText, 'some text')
  assert.equal(field(small, 'content-type'), 'text/x')
  const large = await answerOf(() => new Response(new Blob([manyBytes])))
  assert.equal(large.bodyText.length, MANY)
  assert.equal(field(large, 'content-length'), String(MANY))
  const own = await answerOf(() => new Response(new Blob([manyBytes]), { headers: { 'Content-Length': String(MANY) } }))
  assert.equal(field(own, 'content-length'), String(MANY))
})

test('a HEAD request for a Blob has its length and reads nothing', async () => {
  const exchange = await answerOf(() => new Response(new Blob(['abc'])), HEAD)
  assert.equal(field(exchange, 'content-length'), '3')
  assert.equal(exchange.bodyText, '')
  assert.equal(exchange.state, 'done')
})

test('a file is a body, and one that has changed since is cut', async () => {
  const file = join(tmpdir(), `starlight-blob-${process.pid}`)
  writeFileSync(file, manyBytes)
  const blob = await openAsBlob(file)
  assert.equal((await answerOf(() => new Response(blob))).bodyText.length, MANY)
  writeFileSync(file, 'short')
  const logged: Logged[] = []
  const cut = await answerOf(() => new Response(blob), GET, contextOf(logged))
  assert.equal(cut.bodyText, '')
  assert.equal(logged.length, 1)
})

test('a generator is sent piece by piece', async () => {
  async function* pieces(): AsyncGenerator<unknown> {
    yield 'a'
    await turn()
    yield Buffer.from('b')
    yield new Uint8Array(0)
    yield 'c'
  }
  const exchange = await answerOf(() => new Response(pieces() as never))
  assert.equal(exchange.bodyText, 'abc')
  assert.equal(exchange.state, 'done')
})

test('a generator whose client leaves is ended', async () => {
  let ended = (): void => undefined
  const end = new Promise<void>(resolve => {
    ended = resolve
  })
  async function* pieces(): AsyncGenerator<string> {
    try {
      for (;;) {
        yield 'a'
        await turn()
      }
    } finally {
      ended()
    }
  }
  const exchange = new FakeExchange(GET)
  const logged: Logged[] = []
  const done = fetchHandler(() => new Response(pieces() as never), contextOf(logged))(exchange)
  await turn()
  exchange.leave()
  await end
  await done
  assert.deepEqual(logged, [])
})

test('a generator that fails cuts the answer', async () => {
  async function* pieces(): AsyncGenerator<string> {
    yield 'a'
    throw new RangeError('broken')
  }
  const logged: Logged[] = []
  const exchange = await answerOf(() => new Response(pieces() as never), GET, contextOf(logged))
  assert.equal((logged[0]?.cause as Error).message, 'broken')
  assert.equal(exchange.failures.length, 1)
})

test('a Readable is a body, and one that was read is refused', async () => {
  const source = new PassThrough()
  source.end('text')
  assert.equal((await answerOf(() => new Response(source as never))).bodyText, 'text')
  const read = new PassThrough()
  read.end('x')
  read.resume()
  await once(read, 'end')
  assert.throws(() => new Response(read as never), TypeError)
})

test('whoever asks for such a body before it is sent gets it as ever', async () => {
  const blob = new Blob(['text'], { type: 'text/x' })
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('text')
  }
  for (const body of [() => blob, pieces as () => never]) {
    assert.equal(await new Response(body()).text(), 'text')
    const cloned = new Response(body())
    assert.equal(await cloned.clone().text(), 'text')
    assert.equal((await answerOf(() => cloned)).bodyText, 'text')
    const passed = new Response(body())
    assert.ok(passed.body instanceof ReadableStream)
    assert.equal((await answerOf(() => new Response(passed.body, passed))).bodyText, 'text')
    const sent = new Response(body())
    assert.equal(sent.bodyUsed, false)
    assert.equal((await answerOf(() => sent)).bodyText, 'text')
    assert.equal(sent.bodyUsed, true)
    const logged: Logged[] = []
    await answerOf(() => sent, GET, contextOf(logged))
    assert.equal(logged.length, 1)
  }
})
