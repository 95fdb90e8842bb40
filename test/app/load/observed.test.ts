// What instrumentation sees of applications of any kind: Starlight's own channels, and for those that do not make objects of node:http
// themselves what an instrumentation of node:http would see.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter, once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import type { Handler } from '../../../src/app/handler.ts'
import { adapt } from '../../../src/app/load/load-app.ts'
import type { RequestMessage } from '../../../src/app/request-channels.ts'
import { type Answer, fieldOf } from '../../support/answers.ts'
import { Http2Client } from '../../support/http2-client.ts'
import { http2Place } from '../../support/http2-place.ts'
import { listening } from '../../support/listening.ts'
import { quiet, testContext } from '../node/both.ts'

type Emit = (this: unknown, event: string, ...values: unknown[]) => boolean
type Connect = Awaited<ReturnType<typeof listening>>['connect']
type Kind = 'psgi' | 'fetch' | 'node'
const nodes = EventEmitter.prototype.emit as Emit
const context = new AsyncLocalStorage<string>()

/** Applications that answer with the context that they run in, behind a turn of the event loop; /fail fails. */
const APPS: Record<Kind, unknown> = {
  psgi: async (env: { PATH_INFO: string }) => {
    await new Promise(setImmediate)
    if (env.PATH_INFO === '/fail') throw new Error('psgi')
    return [201, ['Content-Type', 'text/plain'], [String(context.getStore())]]
  },
  fetch: async (request: Request) => {
    await new Promise(setImmediate)
    if (new URL(request.url).pathname === '/fail') throw new Error('fetch')
    return new Response(String(context.getStore()), { status: 201 })
  },
  node: async (req: IncomingMessage, res: ServerResponse) => {
    await new Promise(setImmediate)
    if (req.url?.startsWith('/fail')) throw new Error('node')
    res.writeHead(201).end(String(context.getStore()))
  },
}
const PARTS = { upgrade: undefined, websocket: undefined, file: undefined }
const KINDS = Object.keys(APPS) as Kind[]

function handlerOf(kind: Kind): Promise<Handler> {
  const verdict = { kind, because: 'the test says so', isGuess: false }
  return adapt({ value: APPS[kind], verdict, ...PARTS }, testContext())
}

function request(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: app.example\r\nX-Number: 7\r\nConnection: close\r\n\r\n`
}

async function ask(connect: Connect, path: string): Promise<Answer> {
  const client = await connect('GET')
  await client.send(request(path))
  return await client.answer()
}

function watch(t: TestContext, name: string, listener: (message: RequestMessage) => void): void {
  subscribe(name, listener as (message: unknown) => void)
  t.after(() => unsubscribe(name, listener as (message: unknown) => void))
}

for (const kind of KINDS) {
  test(`starlight.request.start, .end and .error tell of requests to an application of the kind ${kind}`, async t => {
    const told: unknown[] = []
    const seen = new Set<RequestMessage>()
    watch(t, 'starlight.request.start', message => {
      const { method, path, httpVersion, headers, peer, status } = message
      // Asked for here only once: what is asked for is kept, and the end has to tell it without that.
      const from = path === '/fail' ? peer.remoteAddress : 'not asked'
      told.push(['start', method, path, httpVersion, headers['x-number'], from, peer.isEncrypted, status])
      seen.add(message)
    })
    watch(t, 'starlight.request.error', message => {
      told.push(['error', (message.error as Error).message])
      seen.add(message)
    })
    const ends = new EventEmitter()
    watch(t, 'starlight.request.end', message => {
      told.push(['end', message.status, message.isComplete, message.peer.remoteAddress, message.peer.localAddress])
      seen.add(message)
      ends.emit('end')
    })
    const { connect } = await listening(t, await handlerOf(kind))
    for (const path of ['/a?b', '/fail']) {
      const end = once(ends, 'end')
      await ask(connect, path)
      await end
    }
    assert.deepEqual(told, [
      ['start', 'GET', '/a?b', '1.1', '7', 'not asked', false, undefined],
      ['end', 201, true, '127.0.0.1', '127.0.0.1'],
      ['start', 'GET', '/fail', '1.1', '7', '127.0.0.1', false, undefined],
      ['error', kind],
      ['end', 500, true, '127.0.0.1', '127.0.0.1'],
    ])
    assert.equal(seen.size, 2)
  })

  test(`A store that is bound to starlight.request.start is there in an application of the kind ${kind}`, async t => {
    const start = channel('starlight.request.start')
    start.bindStore(context, message => (message as RequestMessage).path)
    t.after(() => start.unbindStore(context))
    const { connect } = await listening(t, await handlerOf(kind))
    const clients = await Promise.all([connect('GET'), connect('GET')])
    for (const [i, client] of clients.entries()) await client.send(request(`/${i}`))
    const answers = await Promise.all(clients.map(client => client.answer()))
    assert.deepEqual(
      answers.map(({ body }) => body.toString()),
      ['/0', '/1'],
    )
  })
}

test('A client that leaves ends its request, which is not complete', async t => {
  const left = new Promise<RequestMessage>(resolve => watch(t, 'starlight.request.end', resolve))
  const verdict = { kind: 'psgi', because: 'the test says so', isGuess: false } as const
  let isCalled = (): void => undefined
  const called = new Promise<void>(resolve => (isCalled = resolve))
  const app = (): Promise<never> => {
    isCalled()
    return new Promise(() => undefined)
  }
  const { connect } = await listening(t, await adapt({ value: app, verdict, ...PARTS }, testContext()))
  const client = await connect('GET')
  await client.send(request('/'))
  await called
  client.socket.resetAndDestroy()
  const { status, isComplete } = await left
  assert.deepEqual([status, isComplete], [0, false])
})

interface Shown {
  readonly url: string | undefined
  readonly header: unknown
  readonly version: string
  readonly remote: string | undefined
  readonly isServer: boolean
  readonly isGenuine: boolean
  status?: number
  type?: unknown
  events: string[]
}

/** Wraps `emit` as instrumentation does; what it saw of each request. */
function wrapEmit(t: TestContext): Shown[] {
  const shown: Shown[] = []
  const wrapped: Emit = function (event, ...values) {
    if (event !== 'request') return Reflect.apply(nodes, this, [event, ...values])
    const [req, res] = values as [IncomingMessage, ServerResponse]
    const { socket } = req
    const one: Shown = {
      url: req.url,
      header: req.headers['x-number'],
      version: req.httpVersion,
      remote: socket.remoteAddress,
      isServer: this === (socket as unknown as { server: unknown }).server && this instanceof http.Server,
      isGenuine: req instanceof http.IncomingMessage && res instanceof http.ServerResponse,
      events: [],
    }
    shown.push(one)
    res.on('finish', () => one.events.push(`finish ${res.writableFinished}`))
    res.on('close', () => {
      one.events.push('close')
      one.status = res.statusCode
      one.type = res.getHeader('Content-Type')
      assert.equal(res.getHeaders()['content-type'], one.type)
    })
    return context.run(`of ${req.url}`, () => Reflect.apply(nodes, this, [event, ...values]))
  }
  Object.assign(http.Server.prototype, { emit: wrapped })
  t.after(() => Reflect.deleteProperty(http.Server.prototype, 'emit'))
  return shown
}

for (const kind of ['psgi', 'fetch'] as const) {
  test(`Instrumentation of node:http sees requests to an application of the kind ${kind}`, async t => {
    const shown = wrapEmit(t)
    const { connect } = await listening(t, await handlerOf(kind))
    assert.equal((await ask(connect, '/a?b')).body.toString(), 'of /a?b')
    assert.equal((await ask(connect, '/fail')).status, 500)
    await quiet()
    const common = { header: '7', version: '1.1', remote: '127.0.0.1', isServer: true, isGenuine: true }
    const events = ['finish true', 'close']
    assert.deepEqual(
      shown.map(({ type, ...rest }) => ({ ...rest, type: String(type).split(';')[0] })),
      [
        { url: '/a?b', ...common, status: 201, type: 'text/plain', events },
        { url: '/fail', ...common, status: 500, type: 'text/plain', events },
      ],
    )
  })
}

test('Instrumentation of node:http sees requests of HTTP/2, of every kind', async t => {
  const shown = wrapEmit(t)
  for (const kind of KINDS) {
    const { port } = await http2Place(t, await handlerOf(kind))
    const client = new Http2Client({ port })
    const answer = await client.get('/two', { 'x-number': '7' })
    assert.deepEqual([answer.status, String(answer.body)], [201, 'of /two'])
    client.destroy()
  }
  await quiet()
  assert.deepEqual(
    shown.map(({ url, version, header, status, isGenuine }) => [url, version, header, status, isGenuine]),
    Array(3).fill(['/two', '2.0', '7', 201, true]),
  )
})

test('Instrumentation that comes behind the start sees the requests behind its first one', async t => {
  const { connect } = await listening(t, await handlerOf('fetch'))
  const shown = wrapEmit(t)
  for (let i = 0; i < 50 && shown.length === 0; i++) await ask(connect, '/')
  assert.equal(shown.length, 1)
})

test('Instrumentation may refuse a request to an application of any kind', async t => {
  t.after(() => Reflect.deleteProperty(http.Server.prototype, 'emit'))
  Object.assign(http.Server.prototype, {
    emit(_event: string, _req: IncomingMessage, res: ServerResponse) {
      res.setHeader('X-Why', 'rules')
      res.writeHead(403, { 'Content-Type': 'text/plain' })
      res.write('blo')
      res.end('cked')
      return true
    },
  })
  for (const kind of KINDS) {
    const { connect } = await listening(t, await handlerOf(kind))
    const answer = await ask(connect, '/')
    const fields = [fieldOf(answer, 'x-why'), fieldOf(answer, 'content-type')]
    assert.deepEqual([answer.status, ...fields, answer.body.toString()], [403, 'rules', 'text/plain', 'blocked'])
  }
})
