import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PsgiApp, PsgiBody, PsgiHeaders, PsgiResponse } from '../../../src/app/psgi/types.ts'
import { mistakeOf, startApp, tryApp } from './try-app.ts'

const POST = 'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 14\r\n\r\n'
const echo: PsgiApp = env => [200, ['Content-Length', env.CONTENT_LENGTH ?? ''], [env['psgi.input'].bytes()]]

test('an app of one line has the type PsgiApp', async () => {
  const app: PsgiApp = env => [200, ['Content-Type', 'text/plain'], [`Hello ${env.PATH_INFO}`]]
  const later: PsgiApp = async () => [200, { 'Content-Type': 'text/plain', 'X-Count': 3 }, 'Hello']
  const delayed: PsgiApp = () => respond => {
    const writer = respond([200, [['Content-Type', 'text/plain']]])
    writer.write('Hello')
    writer.close()
  }
  const wrapped: PsgiApp = env => (env.HTTP_X_SKIP ? [204, new Map()] : app({ ...env, 'my.key': 1 }))
  const headers: PsgiHeaders = new Headers()
  const body: PsgiBody = new Response('x').body
  const response: PsgiResponse = [200, headers, body]
  assert.equal(response.length, 3)
  for (const one of [app, later, delayed, wrapped]) assert.match((await tryApp(one)).exchange.bodyText, /^Hello/)
})

test('an answer given at once to a request without a body takes no promise', () => {
  const { exchange, pending } = startApp(() => [200, [], ['ok']])
  assert.equal(pending, undefined)
  assert.equal(exchange.bodyText, 'ok')
})

test('an answer given at once to a body that came with its head takes no promise', () => {
  const { exchange, pending } = startApp(echo, `${POST}name=tatsuhiko`)
  assert.equal(pending, undefined)
  assert.deepEqual(exchange.answered?.headers, ['Content-Length', '14'])
  assert.equal(exchange.bodyText, 'name=tatsuhiko')
})

test('the app is called when the whole body is there', async () => {
  let calls = 0
  const { exchange, pending } = startApp(env => {
    calls++
    return echo(env)
  }, `${POST}name=`)
  await new Promise(setImmediate)
  assert.equal(calls, 0)
  exchange.give('tatsuhiko')
  await pending
  assert.equal(calls, 1)
  assert.equal(exchange.bodyText, 'name=tatsuhiko')
})

test('the app is not called when the client leaves within its body', async () => {
  let calls = 0
  const { exchange, context, pending } = startApp(() => {
    calls++
    return [200, []]
  }, POST)
  exchange.leave()
  await pending
  assert.equal(calls, 0)
  assert.deepEqual(context.logged, [])
})

test('the app is not called for a body that breaks the rules: 400', async () => {
  let calls = 0
  const { exchange, context } = await tryApp(() => {
    calls++
    return [200, []]
  }, 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')
  assert.equal(calls, 0)
  assert.equal(exchange.answered?.status, 400)
  assert.deepEqual(context.logged, [])
})

test("a path outside of the mount is not the app's: 404", async () => {
  const { exchange } = await tryApp(() => [200, []], 'GET /other HTTP/1.1\r\nHost: h\r\n\r\n', { mount: '/app' })
  assert.equal(exchange.answered?.status, 404)
})

test('the app is called without a `this`', async () => {
  let self: unknown = 'not called'
  await tryApp(function (this: unknown) {
    self = this
    return [200, []]
  })
  assert.equal(self, undefined)
})

const LOWER_STATUS: PsgiApp = () => [200, ['Status', '200'], ['x']]

test('Lint watches the app in development', async () => {
  const tried = await tryApp(LOWER_STATUS, undefined, { environment: 'development' })
  assert.equal(tried.exchange.answered?.status, 500)
  assert.match(mistakeOf(tried), /^Cannot pass Lint: there is a header "Status"/)
})

test('Lint stays away from other environments, and without the default middleware', async () => {
  const others = [
    { environment: 'deployment' },
    { environment: 'test' },
    { environment: 'development', defaultMiddleware: false },
  ]
  for (const changes of others) {
    assert.equal((await tryApp(LOWER_STATUS, undefined, changes)).exchange.answered?.status, 200)
  }
})
