import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerFailure } from '../../src/app/answer-failure.ts'
import { ClientDisconnected } from '../../src/app/errors.ts'
import type { AppContext } from '../../src/app/handler.ts'
import { RequestError } from '../../src/http1/faults.ts'
import { FakeExchange } from '../support/fake-exchange.ts'
import { testContext } from './psgi/try-app.ts'

const DEVELOPMENT: Partial<AppContext> = { environment: 'development' }

function failWith(cause: unknown, changes: Partial<AppContext> = {}, accept = '*/*') {
  const exchange = new FakeExchange(`GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: ${accept}\r\n\r\n`)
  const context = testContext(changes)
  answerFailure(exchange, cause, context)
  return { exchange, context }
}

test('answerFailure answers 500 without a word about the error, and logs it', () => {
  const cause = new Error('secret')
  const { exchange, context } = failWith(cause)
  assert.equal(exchange.answered?.status, 500)
  assert.deepEqual(exchange.answered?.headers, ['Content-Type', 'text/plain'])
  assert.equal(exchange.bodyText, 'Internal Server Error')
  assert.deepEqual(context.logged, [{ level: 'error', message: 'The application failed on GET /a?b', cause }])
})

test('answerFailure shows the error in development, as HTML where Accept names it', () => {
  const { exchange } = failWith(new Error('a <b> mistake'), DEVELOPMENT, 'text/html,*/*')
  assert.equal(exchange.answered?.status, 500)
  assert.deepEqual(exchange.answered?.headers, ['Content-Type', 'text/html; charset=utf-8'])
  assert.match(exchange.bodyText, /a &lt;b&gt; mistake/)
})

test('answerFailure shows the error in development, else as text', () => {
  const { exchange } = failWith(new Error('a <b> mistake'), DEVELOPMENT)
  assert.deepEqual(exchange.answered?.headers, ['Content-Type', 'text/plain; charset=utf-8'])
  assert.match(exchange.bodyText, /^Error: a <b> mistake\n +at /)
})

test('answerFailure shows nothing in development without the default middleware', () => {
  const { exchange } = failWith(new Error('secret'), { ...DEVELOPMENT, defaultMiddleware: false })
  assert.equal(exchange.bodyText, 'Internal Server Error')
})

test('answerFailure answers a RequestError with its status, closes, and logs nothing', () => {
  const { exchange, context } = failWith(new RequestError('body-too-large'))
  assert.equal(exchange.answered?.status, 413)
  assert.equal(exchange.isClosing, true)
  assert.deepEqual(context.logged, [])
})

test('answerFailure takes an error of the app with a status for an error of the app', () => {
  const { exchange } = failWith(Object.assign(new Error('no'), { status: 404 }))
  assert.equal(exchange.answered?.status, 500)
})

test('answerFailure does not log that the client has gone', () => {
  const cause = new ClientDisconnected()
  const { exchange, context } = failWith(cause)
  assert.deepEqual(exchange.failures, [cause])
  assert.deepEqual(context.logged, [])
})

test('answerFailure cuts an answer that has begun', () => {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  const context = testContext()
  const cause = new Error('late')
  exchange.begin(200, [])
  answerFailure(exchange, cause, context)
  assert.deepEqual(exchange.failures, [cause])
  assert.equal(context.logged.length, 1)
})

test('answerFailure only logs when the answer is complete', () => {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  const context = testContext()
  exchange.answer(200, [], 'ok')
  answerFailure(exchange, 'a string', context)
  assert.deepEqual(exchange.failures, [])
  assert.equal(context.logged[0]?.cause, 'a string')
})
