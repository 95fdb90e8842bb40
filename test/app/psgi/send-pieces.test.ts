import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { test } from 'node:test'
import { writeChunk } from '../../../src/app/psgi/send-pieces.ts'
import type { PsgiBody } from '../../../src/app/psgi/types.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { GET, mistakeOf, startFull, tryApp } from './try-app.ts'

test('writeChunk skips what is empty and refuses what is no chunk', () => {
  const exchange = new FakeExchange(GET)
  exchange.begin(200, [])
  for (const chunk of ['', new Uint8Array(0), 'a', Buffer.from('b')]) writeChunk(exchange, chunk)
  assert.equal(exchange.body.length, 2)
  for (const other of [5, null, undefined, {}, ['a'], new ArrayBuffer(1)]) {
    assert.throws(() => writeChunk(exchange, other), { name: 'AppError', message: /a string or bytes are needed/ })
  }
})

test('a piece that is neither text nor bytes cuts the answer', async () => {
  const tried = await tryApp(() => [200, [], new Set(['a', 5]) as unknown as Iterable<string>])
  assert.equal(tried.exchange.failures.length, 1)
  assert.match(mistakeOf(tried), /a piece is the number 5/)
})

test('a body that breaks off cuts the answer', async () => {
  const { exchange, context } = await tryApp(() => [
    200,
    [],
    (function* () {
      yield 'a'
      throw new Error('broken')
    })(),
  ])
  assert.equal(exchange.bodyText, 'a')
  assert.equal(exchange.failures.length, 1)
  assert.equal(context.logged.length, 1)
})

test('the pieces wait for the client', async () => {
  let given = 0
  function* many(): Generator<string> {
    for (; given < 5; given++) yield 'x'
  }
  const running = startFull(() => [200, [], many()])
  await new Promise(setImmediate)
  assert.equal(given, 0)
  running.exchange.drain()
  await running.pending
  assert.equal(given, 5)
  assert.equal(running.exchange.bodyText, 'xxxxx')
})

const LEAVERS: readonly (readonly [form: string, make: (freed: () => void) => PsgiBody])[] = [
  [
    'a generator',
    freed =>
      (function* () {
        try {
          for (;;) yield 'x'
        } finally {
          freed()
        }
      })(),
  ],
  ['a silent async iterator', freed => silentIterable(freed)],
  ['a silent web stream', freed => new ReadableStream({ start: c => c.enqueue('x'), cancel: freed })],
  [
    'a silent Node stream',
    freed =>
      new Readable({
        read() {},
        destroy(cause, done) {
          freed()
          done(cause)
        },
      }),
  ],
]

for (const [form, make] of LEAVERS) {
  test(`${form} is freed when the client leaves, and nothing is logged`, async () => {
    let isFreed = false
    const running = startFull(() => [200, [], make(() => void (isFreed = true))])
    await new Promise(setImmediate)
    running.exchange.leave()
    await running.pending
    assert.equal(isFreed, true)
    assert.deepEqual(running.context.logged, [])
  })
}

/** One that never gives a piece, like an event source without events. */
function silentIterable(freed: () => void): AsyncIterable<string> {
  let finish = (): void => {}
  return {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise(resolve => {
          finish = () => resolve({ done: true, value: undefined })
        }),
      return: async () => {
        freed()
        finish()
        return { done: true, value: undefined }
      },
    }),
  }
}
