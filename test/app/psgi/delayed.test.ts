import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  PsgiDelayedResponse,
  PsgiResponder,
  PsgiResponse,
  PsgiResponseHead,
  PsgiWriter,
} from '../../../src/app/psgi/types.ts'
import { GET, mistakeOf, startApp, startFull, tryApp } from './try-app.ts'

const HEAD: PsgiResponseHead = [200, ['Content-Type', 'text/plain']]
const NEXT_TURN = () => new Promise(setImmediate)

/** Starts an app whose delayed response only hands its responder out. */
function startWaiting() {
  let given: PsgiResponder | undefined
  const started = startApp(() => respond => {
    given = respond
  })
  assert.ok(given)
  return { ...started, respond: given }
}

test('a delayed response that is given at once takes no promise', () => {
  const { exchange, pending } = startApp(() => respond => {
    respond([200, ['A', '1'], ['Hello, ', 'world']])
  })
  assert.equal(pending, undefined)
  assert.deepEqual(exchange.answered?.headers, ['A', '1'])
  assert.equal(exchange.bodyText, 'Hello, world')
})

test('a delayed response may be given after the function has returned', async () => {
  const { exchange, pending, respond } = startWaiting()
  await NEXT_TURN()
  assert.equal(exchange.state, 'pending')
  respond([200, [], ['late']])
  await pending
  assert.equal(exchange.bodyText, 'late')
})

test('a delayed response may come out of a promise', async () => {
  const { exchange } = await tryApp(async () => async respond => {
    await NEXT_TURN()
    respond([200, [], ['late']])
  })
  assert.equal(exchange.bodyText, 'late')
})

test('a delayed response may have a body that is sent piece by piece', async () => {
  const { exchange } = await tryApp(() => respond => {
    respond([200, [], new Set(['a', 'b'])])
  })
  assert.equal(exchange.bodyText, 'ab')
  assert.equal(exchange.state, 'done')
})

test('the writer sends what it is given and ends with close, at once', () => {
  const { exchange, pending } = startApp(() => respond => {
    const writer = respond(HEAD)
    assert.equal(writer.write('Hello, '), undefined)
    assert.equal(writer.write(''), undefined)
    assert.equal(writer.write(Buffer.from('world')), undefined)
    writer.close()
    writer.close()
  })
  assert.equal(pending, undefined)
  assert.deepEqual(exchange.answered?.headers, HEAD[1])
  assert.equal(exchange.body.length, 2)
  assert.equal(exchange.bodyText, 'Hello, world')
  assert.equal(exchange.state, 'done')
})

test('the writer works after the function has returned, until it is closed', async () => {
  const { exchange, pending, respond } = startWaiting()
  const writer = respond(HEAD)
  await NEXT_TURN()
  writer.write('a')
  await NEXT_TURN()
  writer.write('b')
  assert.equal(exchange.state, 'body')
  writer.close()
  await pending
  assert.equal(exchange.bodyText, 'ab')
})

test('the writer makes the app wait for the client', async () => {
  let writer: PsgiWriter | undefined
  const { exchange } = startFull(() => respond => {
    writer = respond(HEAD)
  })
  let hasRoom = false
  const room = writer?.write('a')?.then(() => {
    hasRoom = true
  })
  assert.ok(room)
  await NEXT_TURN()
  assert.equal(hasRoom, false)
  exchange.drain()
  await room
  assert.equal(hasRoom, true)
})

test('a write behind close is told to the app', () => {
  const { respond } = startWaiting()
  const writer = respond(HEAD)
  writer.close()
  assert.throws(() => writer.write('x'), { name: 'AppError', message: /its writer is closed/ })
})

test('a second call of the responder is told to the app', () => {
  const { respond } = startWaiting()
  respond([200, [], ''])
  assert.throws(() => respond([200, [], '']), { name: 'AppError', message: /a responder may be called once/ })
})

const NOT_ANSWERING: readonly (readonly [what: string, delayed: PsgiDelayedResponse, message: RegExp])[] = [
  ['throws', () => Promise.reject(new Error('boom')), /^boom$/],
  ['ends without a call of its responder', async () => {}, /ended without a call of its responder/],
  ['gives a bad response', respond => void respond([200, ['A'], '']), /the list has 1 elements/],
  [
    'gives bad headers for a writer',
    respond => void respond([200, ['A']] as unknown as PsgiResponse),
    /the list has 1 elements/,
  ],
  [
    'gives a bad status for a writer',
    respond => void respond(['x', []] as unknown as PsgiResponse),
    /the status is the string "x"/,
  ],
  ['gives no response', respond => void respond(5 as unknown as PsgiResponse), /the application gave the number 5/],
]

for (const [what, delayed, message] of NOT_ANSWERING) {
  test(`a delayed response that ${what} is answered for with 500`, async () => {
    const tried = await tryApp(() => delayed)
    assert.equal(tried.exchange.answered?.status, 500)
    assert.match(mistakeOf(tried), message)
  })
}

test('a bad response from a timer fails the request and throws at nobody', async () => {
  const tried = startWaiting()
  const writer = tried.respond(['x', []] as unknown as PsgiResponseHead)
  assert.equal(writer.write('nothing'), undefined)
  writer.close()
  await tried.pending
  assert.equal(tried.exchange.answered?.status, 500)
  assert.match(mistakeOf(tried), /the status is the string "x"/)
})

test('an error behind the head cuts the answer', async () => {
  const { exchange, context } = await tryApp(() => async respond => {
    respond(HEAD).write('a')
    throw new Error('late')
  })
  assert.equal(exchange.failures.length, 1)
  assert.equal(context.logged.length, 1)
})

test('a piece of another type cuts the answer', async () => {
  const tried = await tryApp(() => async respond => {
    respond(HEAD).write(5 as unknown as string)
  })
  assert.equal(tried.exchange.failures.length, 1)
  assert.match(mistakeOf(tried), /a piece is the number 5/)
})

test('an error behind a complete answer is logged', async () => {
  const { exchange, context } = await tryApp(() => async respond => {
    respond([200, [], 'ok'])
    throw new Error('after all')
  })
  await NEXT_TURN()
  assert.equal(exchange.bodyText, 'ok')
  assert.deepEqual(exchange.failures, [])
  assert.equal(context.logged.length, 1)
})

test('the request is over when the client leaves; what the app does then is for nobody', async () => {
  const { exchange, context, pending, respond } = startWaiting()
  exchange.leave()
  await pending
  const writer = respond(HEAD)
  assert.equal(writer.write('x'), undefined)
  writer.close()
  assert.equal(exchange.bodyText, '')
  assert.deepEqual(context.logged, [])
})

test('the request is over when the client leaves in the middle of a body', async () => {
  const { exchange, context, pending, respond } = startWaiting()
  const writer = respond(HEAD)
  writer.write('a')
  exchange.leave()
  await pending
  assert.equal(writer.write('b'), undefined)
  writer.close()
  assert.equal(exchange.bodyText, 'a')
  assert.deepEqual(context.logged, [])
})

test('a delayed response that took the socket needs no answer', async () => {
  const { exchange, context } = await tryApp(
    env => async () => {
      assert.ok(env['psgix.io'])
    },
    GET,
  )
  assert.equal(exchange.isTakenOver, true)
  assert.deepEqual(context.logged, [])
})
