import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { entryPoints, prepareNodeApp } from '../../../src/app/node/prepare.ts'
import type { NodeApp } from '../../../src/app/node/types.ts'
import { ConfigError } from '../../../src/config/errors.ts'
import { answered, testContext } from './both.ts'

const GET = 'GET /hello?name=you HTTP/1.1\r\nHost: app.example\r\n\r\n'
const JSON_POST =
  'POST /json HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a": 12}'
const MISSING = 'GET /missing HTTP/1.1\r\nHost: app.example\r\n\r\n'
const FAILING = 'GET /fail HTTP/1.1\r\nHost: app.example\r\n\r\n'

function expressApp(): NodeApp {
  const app = express().use(express.json())
  app.set('env', 'test')
  app.get('/hello', (req, res) => void res.type('txt').send(`hello ${req.query['name']} from ${req.ip}`))
  app.post('/json', (req, res) => void res.json({ got: req.body }))
  app.get('/fail', async () => Promise.reject(new Error('express fails')))
  return app
}

function koaApp(): NodeApp {
  const app = new Koa({ env: 'test' })
  app.silent = true
  app.use(async ctx => {
    if (ctx.path === '/hello') ctx.body = `hello ${ctx.query['name']} from ${ctx.ip}`
    if (ctx.path === '/fail') throw new Error('koa fails')
    if (ctx.path !== '/json') return
    let text = ''
    for await (const chunk of ctx.req) text += chunk
    ctx.body = { got: JSON.parse(text) }
  })
  return app
}

function fastifyApp(): NodeApp {
  const app = fastify()
  app.get<{ Querystring: { name: string } }>('/hello', async req => `hello ${req.query.name} from ${req.ip}`)
  app.post('/json', async req => ({ got: req.body }))
  app.get('/fail', async () => Promise.reject(new Error('fastify fails')))
  return app
}

for (const [name, make] of Object.entries({ Express: expressApp, Koa: koaApp, Fastify: fastifyApp })) {
  test(`${name} routes, reads bodies and answers its own errors`, async () => {
    const app = await prepareNodeApp(make())
    const logged: string[] = []
    const ask = async (request: string): Promise<string> =>
      (await answered(app, request, testContext({}, logged))).rawText
    assert.match(await ask(GET), /^HTTP\/1.1 200 OK\r\n(?:.+\r\n)*\r\nhello you from 192\.0\.2\.1$/)
    assert.match(await ask(JSON_POST), /\r\n\r\n\{"got":\{"a":12\}\}$/)
    assert.match(await ask(MISSING), /^HTTP\/1.1 404 /)
    assert.match(await ask(FAILING), /^HTTP\/1.1 500 /)
    assert.deepEqual(logged, [])
  })
}

test('An http.Server serves through its listeners, all of them', async () => {
  const seen: string[] = []
  const server = createServer(() => seen.push('first'))
  server.on('request', (_req, res) => {
    seen.push('second')
    res.end('ok')
  })
  await answered(server, GET)
  assert.deepEqual(seen, ['first', 'second'])
})

test('A listener of an http.Server that rejects costs its own request alone', async () => {
  const logged: string[] = []
  const server = createServer()
  server.once('request', async () => Promise.reject(new Error('once')))
  server.on('request', (_req, res) => res.destroyed || res.headersSent || setImmediate(() => res.end('fine')))
  assert.equal((await answered(server, GET, testContext({}, logged))).answered?.status, 500)
  assert.match((await answered(server, GET, testContext({}, logged))).rawText, /fine$/)
  assert.deepEqual(logged, ['error: The application failed on GET /hello?name=you: once'])
})

test("An http.Server's checkContinue listener decides about the body", async () => {
  const request = 'POST / HTTP/1.1\r\nHost: app.example\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok'
  const server = createServer((_req, res) => res.end('request'))
  assert.match((await answered(server, request)).rawText, /request$/)
  server.on('checkContinue', (req, res) => {
    res.writeContinue()
    req.pipe(res)
  })
  const exchange = await answered(server, request)
  assert.deepEqual(exchange.informed, [[100, []]])
  assert.match(exchange.rawText, /\r\n2\r\nok\r\n0\r\n\r\n$/)
})

test('Objects with callback or handler serve with their own this', async () => {
  const withHandler = {
    text: 'handled',
    handler(_req: IncomingMessage, res: ServerResponse): void {
      res.end(this.text)
    },
  }
  assert.match((await answered(withHandler, GET)).rawText, /handled$/)
  const withCallback = { callback: () => (_req: IncomingMessage, res: ServerResponse) => res.end('called back') }
  assert.match((await answered(withCallback, GET)).rawText, /called back$/)
})

test('prepareNodeApp passes on what the set-up throws', async () => {
  const app = fastify()
  app.register(async () => Promise.reject(new Error('no database')))
  await assert.rejects(prepareNodeApp(app), /no database/)
})

test('entryPoints refuses what is no Node application, and a server that listens by itself', async test => {
  assert.throws(() => entryPoints({} as NodeApp), ConfigError)
  assert.throws(() => entryPoints(createServer()), /it has no listener for "request"/)
  const server = createServer((_req, res) => res.end()).listen(0, '127.0.0.1')
  test.after(() => server.close())
  await once(server, 'listening')
  assert.throws(() => nodeHandler(server, testContext()), /it listens by itself/)
})

test('takesUpgrades follows the upgrade listeners, and an upgrade function', () => {
  const listener = (_req: IncomingMessage, res: ServerResponse): unknown => res.end()
  const server = createServer(listener)
  const handler = nodeHandler(server, testContext())
  assert.equal(handler.takesUpgrades, false)
  server.on('upgrade', () => {})
  assert.equal(handler.takesUpgrades, true)
  assert.equal(nodeHandler(listener, testContext()).takesUpgrades, false)
  assert.equal(nodeHandler(Object.assign(listener, { upgrade: () => {} }), testContext()).takesUpgrades, true)
})
