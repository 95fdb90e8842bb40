import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import { type TestContext, test } from 'node:test'
import { HttpView } from '../../../src/app/node/http-view.ts'
import { FakeExchange, fakePeer } from '../../support/fake-exchange.ts'
import { testContext } from './both.ts'

const GET = 'GET /x HTTP/1.1\r\nHost: app.example\r\n\r\n'

type Emit = (this: EventEmitter, event: string, ...values: unknown[]) => unknown

function withEmit(t: TestContext, emit: Emit): void {
  t.after(() => Reflect.deleteProperty(http.Server.prototype, 'emit'))
  Object.assign(http.Server.prototype, { emit })
}

function nodesEmit(server: EventEmitter, values: readonly unknown[]): void {
  Reflect.apply(EventEmitter.prototype.emit, server, ['request', ...values])
}

test('Without a wrapped emit the handler is called all the same, once', () => {
  const exchange = new FakeExchange(GET)
  new HttpView(testContext()).show(exchange, () => exchange.answer(200, [], 'ok') as undefined)
  assert.equal(exchange.bodyText, 'ok')
})

test('The promise of a handler comes back through the emit, and what it throws as well', async () => {
  const view = new HttpView(testContext())
  await assert.rejects(
    async () => await view.show(new FakeExchange(GET), () => Promise.reject(new Error('late'))),
    /late/,
  )
  const failing = (): never => {
    throw new Error('now')
  }
  assert.throws(() => view.show(new FakeExchange(GET), failing), /now/)
})

test('An emit that calls the application later has it answered, a failure included', async t => {
  withEmit(t, function (_event, ...values) {
    setImmediate(() => nodesEmit(this, values))
  })
  const logged: string[] = []
  const view = new HttpView(testContext({}, logged))
  const exchange = new FakeExchange(GET)
  const done = new Promise<void>(resolve => (exchange.onDone = resolve))
  assert.equal(
    view.show(exchange, () => Promise.reject(new Error('late'))),
    undefined,
  )
  await done
  assert.equal(exchange.answered?.status, 500)
  assert.deepEqual(logged, ['error: The application failed on GET /x: late'])
})

test('A response that instrumentation ends behind the answer changes nothing', t => {
  withEmit(t, function (_event, ...values) {
    nodesEmit(this, values)
    const [, res] = values as [IncomingMessage, ServerResponse]
    res.writeHead(500, ['X-Late', 'yes'])
    assert.equal(res.getHeader('x-late'), 'yes')
    res.end('late')
  })
  const exchange = new FakeExchange(GET)
  new HttpView(testContext()).show(exchange, () => exchange.answer(200, [], 'ok') as undefined)
  assert.deepEqual([exchange.answered?.status, exchange.bodyText], [200, 'ok'])
})

test('The response shows all fields of the answer when that has been sent, as node:http shows those of its own', async t => {
  let shown: ServerResponse | undefined
  withEmit(t, function (_event, ...values) {
    shown = values[1] as ServerResponse
    nodesEmit(this, values)
  })
  const exchange = new FakeExchange(GET)
  const responseFields = ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2']
  new HttpView(testContext()).show(exchange, () => exchange.answer(200, responseFields, 'ok') as undefined)
  const responseField = (name: string): string | undefined => (name === 'content-type' ? 'text/plain' : undefined)
  exchange.onSettled?.({ status: 200, isComplete: true, responseFields, responseField })
  await new Promise(setImmediate)
  assert.deepEqual({ ...shown?.getHeaders() }, { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] })
  assert.deepEqual(shown?.getHeaderNames(), ['content-type', 'set-cookie'])
  assert.deepEqual([shown?.hasHeader('Content-Type'), shown?.hasHeader('x')], [true, false])
})

test('The socket tells who the client is, over TLS as well, and a connection has one', t => {
  const seen: unknown[] = []
  const sockets = new Set<unknown>()
  const emit: Emit = function (_event, req) {
    const { socket } = req as IncomingMessage
    sockets.add(socket)
    const { encrypted, server } = socket as unknown as { encrypted?: boolean; server: EventEmitter }
    seen.push([socket.remoteAddress, encrypted === true, server === this, server instanceof http.Server])
  }
  withEmit(t, emit)
  Object.assign(https.Server.prototype, { emit })
  t.after(() => Reflect.deleteProperty(https.Server.prototype, 'emit'))
  const view = new HttpView(testContext())
  for (const isEncrypted of [false, true]) {
    const peer = fakePeer({ isEncrypted, remoteAddress: '192.0.2.9' })
    for (let i = 0; i < 2; i++) view.show(new FakeExchange(GET, peer), () => undefined)
  }
  assert.equal(sockets.size, 2)
  assert.deepEqual(seen, [
    ...Array(2).fill(['192.0.2.9', false, true, true]),
    ...Array(2).fill(['192.0.2.9', true, true, false]),
  ])
})
