import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { test } from 'node:test'
import type { PsgiApp, PsgiBody } from '../../../src/app/psgi/types.ts'
import { GET, mistakeOf, tryApp } from './try-app.ts'

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
