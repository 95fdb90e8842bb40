import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { type TestContext, test } from 'node:test'
import type { PsgiApp, PsgiBody } from '../../../src/app/psgi/types.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { GET, mistakeOf, startFull, tryApp } from './try-app.ts'

const TEXT = ['Content-Type', 'text/plain'] as const
const HEAD = GET.replace('GET', 'HEAD')
const bytes = (text: string): Uint8Array => Buffer.from(text)

function* twoPieces(): Generator<string> {
  yield 'one '
  yield 'two'
}

async function* twoLatePieces(): AsyncGenerator<Uint8Array | string> {
  yield 'one '
  await new Promise(setImmediate)
  yield bytes('two')
}

function webStream(): ReadableStream<string> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue('one ')
      controller.enqueue('two')
      controller.close()
    },
  })
}

const BODIES: readonly (readonly [form: string, make: () => PsgiBody, text: string, isWhole: boolean])[] = [
  ['a string', () => 'hé', 'hé', true],
  ['bytes', () => bytes('hé'), 'hé', true],
  ['an array of one string', () => ['hé'], 'hé', true],
  ['an array of one empty string', () => [''], '', true],
  ['an array of bytes', () => [bytes('hé')], 'hé', true],
  ['an array of strings', () => ['one', ' ', '', 'two'], 'one two', true],
  ['an array of both', () => ['h', bytes('é'), '', bytes('')], 'hé', true],
  ['an empty array', () => [], '', true],
  ['null', () => null, '', true],
  ['undefined', () => undefined, '', true],
  ['a generator', () => twoPieces(), 'one two', false],
  ['a Set', () => new Set(['one ', '', 'two']), 'one two', false],
  ['an async generator', () => twoLatePieces(), 'one two', false],
  ['a web stream', () => webStream(), 'one two', false],
  ['a Node stream', () => Readable.from(['one ', 'two']), 'one two', false],
  ['a web stream of a Response', () => new Response('one two').body as ReadableStream<Uint8Array>, 'one two', false],
]

for (const [form, make, text, isWhole] of BODIES) {
  test(`a body that is ${form} is sent ${isWhole ? 'in one call' : 'piece by piece'}`, async () => {
    const { exchange, pending } = await tryApp(() => [200, TEXT, make()])
    assert.equal(exchange.answered?.status, 200)
    assert.deepEqual(exchange.answered?.headers, TEXT)
    assert.equal(exchange.bodyText, text)
    assert.equal(exchange.state, 'done')
    assert.equal(pending === undefined, isWhole)
  })

  test(`a body that is ${form} comes out of a promise too`, async () => {
    const { exchange } = await tryApp(async () => [200, TEXT, make()])
    assert.equal(exchange.bodyText, text)
    assert.equal(exchange.state, 'done')
  })
}

test('a response of two elements has no body', async () => {
  const { exchange } = await tryApp(() => [204, []])
  assert.equal(exchange.answered?.status, 204)
  assert.equal(exchange.state, 'done')
})

test('a long list that is not all text is written by pieces under its computed Content-Length', async () => {
  const pieces = Array.from({ length: 4 }, (_, i) => Buffer.alloc(30_000, String(i)))
  const { exchange } = await tryApp(() => [200, TEXT, pieces])
  assert.deepEqual(exchange.answered?.headers, [...TEXT, 'Content-Length', '120000'])
  assert.equal(exchange.body.length, 4)
  assert.equal(Buffer.concat(exchange.body).equals(Buffer.concat(pieces)), true)
})

test('a long list keeps the Content-Length that the app gave', async () => {
  const headers = ['content-length', '70000']
  const { exchange } = await tryApp(() => [200, headers, [Buffer.alloc(35_000), Buffer.alloc(35_000)]])
  assert.deepEqual(exchange.answered?.headers, headers)
})

const MISTAKES: readonly (readonly [what: string, answer: unknown, message: string])[] = [
  ['no response', undefined, 'the application gave undefined, [status, headers, body] or a function is needed'],
  ['an object', { status: 200 }, 'the application gave an Object'],
  ['a fetch Response', new Response('x'), 'the application gave a Response'],
  ['an array of one', [200], 'the application gave an array of 1'],
  ['an array of four', [200, [], [], 1], 'the application gave an array of 4'],
  ['a status that is a string', ['200', [], []], 'the status is the string "200", a number from 200 to 599 is needed'],
  ['an odd header list', [200, ['A'], []], 'the list has 1 elements, a value for every name is needed'],
  ['a number as body', [200, [], 5], 'it is the number 5'],
  ['an object as body', [200, [], { a: 1 }], 'it is an Object'],
  ['a function as body', [200, [], () => 'x'], 'it is a function'],
  ['an array with a number', [200, [], ['a', 5]], 'a piece is the number 5, a string or bytes are needed'],
  ['an array of one number', [200, [], [5]], 'a piece is the number 5, a string or bytes are needed'],
]

for (const [what, answer, message] of MISTAKES) {
  test(`an app that gives ${what} is answered for with 500 and told why`, async () => {
    const tried = await tryApp((() => answer) as unknown as PsgiApp)
    assert.equal(tried.exchange.answered?.status, 500)
    assert.equal(tried.exchange.bodyText, 'Internal Server Error')
    assert.ok(mistakeOf(tried).includes(message), mistakeOf(tried))
  })
}

test('an app that throws, or rejects, is answered for with 500', async () => {
  const boom = new Error('boom')
  const thrown = await tryApp(() => {
    throw boom
  })
  const rejected = await tryApp(() => Promise.reject(boom))
  for (const { exchange, context } of [thrown, rejected]) {
    assert.equal(exchange.answered?.status, 500)
    assert.equal(context.logged[0]?.cause, boom)
  }
  assert.equal(thrown.pending, undefined)
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

test('HEAD does not ask a body for its pieces, and frees it', async () => {
  const states: string[] = []
  const iterable = {
    [Symbol.iterator]: () => ({
      next: () => {
        states.push('next')
        return { done: true as const, value: undefined }
      },
      return: () => {
        states.push('return')
        return { done: true as const, value: undefined }
      },
    }),
  }
  const { exchange } = await tryApp(() => [200, TEXT, iterable], HEAD)
  assert.deepEqual(states, ['return'])
  assert.equal(exchange.state, 'done')
  const stream = Readable.from(['x'])
  await tryApp(() => [304, [], stream])
  assert.equal(stream.destroyed, true)
})

test('a body is freed when the headers beside it cannot be sent', async () => {
  const stream = Readable.from(['x'])
  const { exchange } = await tryApp(() => [200, ['A'], stream])
  assert.equal(exchange.answered?.status, 500)
  assert.equal(stream.destroyed, true)
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

async function fileOf(t: TestContext, text: string) {
  const path = join(temporaryFolder(t, 'file-body'), 'body')
  writeFileSync(path, text)
  return open(path)
}

test('a FileHandle is sent whole, with its length, and closed', async t => {
  const text = 'file '.repeat(30_000)
  const file = await fileOf(t, text)
  const { exchange } = await tryApp(() => [200, TEXT, file])
  assert.deepEqual(exchange.answered?.headers, [...TEXT, 'Content-Length', String(text.length)])
  assert.equal(exchange.bodyText, text)
  assert.equal(file.fd, -1)
})

test('a FileHandle is not read for HEAD but tells its length, and is closed', async t => {
  const file = await fileOf(t, 'abc')
  const { exchange } = await tryApp(() => [200, TEXT, file], HEAD)
  assert.deepEqual(exchange.answered?.headers, [...TEXT, 'Content-Length', '3'])
  assert.equal(exchange.bodyText, '')
  assert.equal(file.fd, -1)
})

test('a FileHandle keeps the Content-Length that the app gave', async t => {
  const file = await fileOf(t, 'abc')
  const { exchange } = await tryApp(() => [200, { 'content-length': 3 }, file])
  assert.deepEqual(exchange.answered?.headers, ['content-length', '3'])
})

test('a FileHandle of no regular file is sent to its end, without a length', async () => {
  const file = await open('/dev/null')
  const { exchange } = await tryApp(() => [200, TEXT, file])
  assert.deepEqual(exchange.answered?.headers, TEXT)
  assert.equal(exchange.state, 'done')
  assert.equal(file.fd, -1)
})

test('a FileHandle beside bad headers is closed', async t => {
  const file = await fileOf(t, 'abc')
  const { exchange } = await tryApp(() => [200, ['A'], file])
  assert.equal(exchange.answered?.status, 500)
  await new Promise(setImmediate)
  assert.equal(file.fd, -1)
})

test('a FileHandle is closed when the client leaves', async t => {
  const file = await fileOf(t, 'x'.repeat(300_000))
  const running = startFull(() => [200, [], file])
  while (running.exchange.body.length === 0) await new Promise(setImmediate)
  running.exchange.leave()
  await running.pending
  assert.equal(running.exchange.body.length, 1)
  assert.equal(file.fd, -1)
})
