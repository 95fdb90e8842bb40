// What node:http tells of a request, beside what is told here: on its diagnostics channels and through the `emit` of its server.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import http, { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { listening } from '../../support/listening.ts'
import { answered, quiet, testContext } from './both.ts'
import { type LiveApp, liveUnderNode, liveUnderOurs, type Note, type Script } from './live.ts'

const GET = 'GET /x HTTP/1.1\r\nHost: app.example\r\n\r\n'
const CHANNELS = [
  'http.server.request.created',
  'http.server.request.start',
  'http.server.response.created',
  'http.server.response.finish',
]

interface HttpMessage {
  readonly request?: IncomingMessage
  readonly response: ServerResponse
  readonly socket?: { readonly server?: unknown }
  readonly server?: unknown
}

/** Notes each message of Node's channels, by all that can be seen of it. */
function watchChannels(t: TestContext, note: Note): void {
  for (const name of CHANNELS) {
    const listener = (given: unknown): void => {
      const message = given as HttpMessage
      const { request, response, socket, server } = message
      const facts = {
        members: Object.keys(message),
        isGenuine: request instanceof http.IncomingMessage && response instanceof http.ServerResponse,
        isOfRequest: request?.socket !== undefined && (socket === undefined || socket === request.socket),
        isOfResponse: response.req === request,
        isServer: server === undefined ? 'none' : server instanceof http.Server && socket?.server === server,
        url: request?.url,
        sent: [response.headersSent, response.writableEnded, response.writableFinished],
      }
      note(`${name} ${JSON.stringify(facts)}`)
    }
    subscribe(name, listener)
    t.after(() => unsubscribe(name, listener))
  }
}

const WHOLE: Script = async (client, notes) => {
  await client.send(GET)
  await notes.seen('closed')
}

const APPS: Record<string, LiveApp> = {
  'an answer in one piece': (req, res, note) => {
    note(`called ${req.url}`)
    res.on('finish', () => note(`finish ${res.socket === null}`))
    res.on('close', () => note('closed'))
    res.end('ok')
  },
  'an answer in pieces': (_req, res, note) => {
    res.on('finish', () => note('finish'))
    res.on('close', () => note('closed'))
    res.write('one', () => note('written'))
    setImmediate(() => res.end('two', () => note('ended')))
  },
  'an answer that is cut': (req, res, note) => {
    res.on('finish', () => note('finish'))
    res.on('close', () => note('closed'))
    res.write('one')
    setImmediate(() => req.socket.destroy())
  },
}

for (const [name, app] of Object.entries(APPS)) {
  test(`Node’s channels tell of ${name} what they tell of one of node:http`, async t => {
    let notes: string[] = []
    watchChannels(t, fact => notes.push(fact))
    const noting: LiveApp = (req, res, note) =>
      app(req, res, fact => {
        notes.push(fact)
        note(fact)
      })
    await liveUnderNode(noting, WHOLE, ['GET'])
    const expected = notes
    notes = []
    await liveUnderOurs(t, noting, WHOLE, ['GET'])
    assert.ok(expected.some(fact => fact.startsWith('http.server.request.start')))
    assert.deepEqual(notes, expected)
  })
}

type Emit = (this: unknown, event: string, ...values: unknown[]) => boolean
const nodes = EventEmitter.prototype.emit as Emit

/** Wraps `emit` as instrumentations do; the application runs in a context of the request's own. */
function wrapEmit(holder: object, context: AsyncLocalStorage<string>, note: Note): void {
  const wrapped: Emit = function (event, ...values) {
    if (event !== 'request') return Reflect.apply(nodes, this, [event, ...values])
    const [req] = values as [IncomingMessage]
    note(`emit of ${req.url}, server: ${this === (req.socket as unknown as { server: unknown }).server}`)
    return context.run(req.url!, () => Reflect.apply(nodes, this, [event, ...values]))
  }
  Object.assign(holder, { emit: wrapped })
}

function wrapPrototype(t: TestContext, context: AsyncLocalStorage<string>, note: Note): void {
  t.after(() => Reflect.deleteProperty(http.Server.prototype, 'emit'))
  wrapEmit(http.Server.prototype, context, note)
}

test('A wrapped emit of http.Server is called, and the application runs within it', async t => {
  const context = new AsyncLocalStorage<string>()
  const noting: LiveApp = async (_req, res, note) => {
    note(`called in ${context.getStore()}`)
    await new Promise(setImmediate)
    res.on('close', () => note('closed'))
    res.end(context.getStore())
  }
  const notes: string[] = []
  wrapPrototype(t, context, fact => notes.push(fact))
  const expected = await liveUnderNode(noting, WHOLE, ['GET'])
  assert.deepEqual(await liveUnderOurs(t, noting, WHOLE, ['GET']), expected)
  // An application without a server has one that stands in for it.
  await answered((req, res) => noting(req, res, () => undefined), GET)
  assert.deepEqual(notes, Array(3).fill('emit of /x, server: true'))
})

test('An emit that a channel’s subscriber wraps is called for that request already', async t => {
  const context = new AsyncLocalStorage<string>()
  const notes: string[] = []
  const listener = (message: unknown): void => {
    const { server } = message as { server: object }
    if (!Object.hasOwn(server, 'emit')) wrapEmit(server, context, fact => notes.push(fact))
  }
  subscribe('http.server.request.start', listener)
  t.after(() => unsubscribe('http.server.request.start', listener))
  const exchange = await answered((_req, res) => res.end(context.getStore()), GET)
  assert.match(exchange.rawText, /\/x$/)
  assert.deepEqual(notes, ['emit of /x, server: true'])
})

test('Behind a wrapped emit a failure is answered as ever, and the response says so', async t => {
  wrapPrototype(t, new AsyncLocalStorage(), () => undefined)
  const failing: ((server: Server) => void)[] = [
    server =>
      server.on('request', () => {
        throw new Error('no')
      }),
    server => server.on('request', () => Promise.reject(new Error('no'))),
  ]
  for (const prepare of failing) {
    const statuses: number[] = []
    const server = createServer((_req, res) => res.on('close', () => statuses.push(res.statusCode)))
    prepare(server)
    const { connect } = await listening(t, nodeHandler(server, testContext()))
    const client = await connect('GET')
    await client.send(GET)
    assert.equal((await client.answer()).status, 500)
    await quiet()
    assert.deepEqual(statuses, [500])
    assert.deepEqual([server.listenerCount('request')], [2])
  }
})

test('An emit that refuses a request answers it, and the application is not called', async t => {
  t.after(() => Reflect.deleteProperty(http.Server.prototype, 'emit'))
  Object.assign(http.Server.prototype, {
    emit(_event: string, _req: IncomingMessage, res: ServerResponse) {
      res.writeHead(403).end('blocked')
      return true
    },
  })
  const exchange = await answered(() => assert.fail('is not to be called'), GET)
  assert.match(exchange.rawText, /^HTTP\/1\.1 403 [\s\S]*blocked\r\n/)
})

test('Upgrades and expectations go through a wrapped emit, too', async t => {
  const events: string[] = []
  t.after(() => Reflect.deleteProperty(http.Server.prototype, 'emit'))
  const wrapped: Emit = function (event, ...values) {
    events.push(event)
    return Reflect.apply(nodes, this, [event, ...values])
  }
  Object.assign(http.Server.prototype, { emit: wrapped })
  const server = createServer()
  server.on('upgrade', (_req, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nup'))
  server.on('checkContinue', (_req, res) => res.writeHead(413).end())
  const { connect } = await listening(t, nodeHandler(server, testContext()))
  const client = await connect('GET', 'POST')
  await client.send(
    'POST / HTTP/1.1\r\nHost: app.example\r\nExpect: 100-continue\r\nContent-Length: 9\r\nConnection: close\r\n\r\n',
  )
  await client.allAnswers()
  const upgraded = await connect('GET')
  await upgraded.send('GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: own/1\r\n\r\n')
  await upgraded.allAnswers().catch(() => undefined)
  assert.deepEqual(
    events.filter(event => event === 'checkContinue' || event === 'upgrade'),
    ['checkContinue', 'upgrade'],
  )
})

test('A library may take the listeners of req.socket.server, as Socket.IO does in frameworks', async () => {
  const taken: string[] = []
  const app = (req: IncomingMessage, res: ServerResponse): void => {
    const { server } = req.socket as unknown as { server: Server }
    if (req.url === '/x') {
      const [old] = server.listeners('request')
      server.removeAllListeners('request')
      server.on('request', (one: IncomingMessage, other: ServerResponse) => {
        taken.push(one.url!)
        if (one.url === '/own') other.end('own')
        else Reflect.apply(old!, server, [one, other])
      })
    }
    res.end('app')
  }
  const handler = nodeHandler(app, testContext())
  const client = async (url: string): Promise<string> => {
    const { FakeExchange } = await import('../../support/fake-exchange.ts')
    const exchange = new FakeExchange(GET.replace('/x', url))
    await new Promise<void>(resolve => {
      exchange.onDone = resolve
      handler(exchange)
    })
    return exchange.rawText
  }
  assert.match(await client('/x'), /app$/)
  assert.match(await client('/own'), /own$/)
  assert.match(await client('/other'), /app$/)
  assert.deepEqual(taken, ['/own', '/other'])
})
