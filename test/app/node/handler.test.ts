import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { answered, type Listener, noteEvents, quiet, readAll, testContext, underAdapter } from './both.ts'

const GET = 'GET /a/b?c=d%20e HTTP/1.1\r\nHost: app.example\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 11\r\n\r\nhello world'
const EXPECTING =
  'POST / HTTP/1.1\r\nHost: app.example\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\nhello world'
const OLD = 'GET / HTTP/1.0\r\n\r\n'
const OLD_KEPT = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
const CLOSING = 'GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n'

test('nodeHandler says whether the connection may live on', async () => {
  const persists = async (listener: Listener, request: string): Promise<boolean | undefined> =>
    (await underAdapter(listener, request)).exchange.persists
  const hello: Listener = (_req, res) => res.end('hello')
  assert.equal(await persists(hello, GET), true)
  assert.equal(await persists(hello, CLOSING), false)
  assert.equal(await persists(hello, OLD), false)
  assert.equal(await persists((_req, res) => res.setHeader('Content-Length', 3).end('old'), OLD_KEPT), true)
  assert.equal(await persists((_req, res) => res.setHeader('Connection', 'close').end(), GET), false)
})

test('nodeHandler closes when the server wants to, even if it decides so before the head is made', async () => {
  const exchange = new FakeExchange(GET)
  await answered((_req, res) => {
    exchange.closeAfter()
    res.end('last')
  }, exchange)
  assert.match(exchange.rawText, /\r\nConnection: close\r\n/)
  assert.equal(exchange.persists, false)
})

test('nodeHandler closes behind a body that was expected and never read', async () => {
  const exchange = await answered((_req, res) => res.end('no'), EXPECTING)
  assert.deepEqual(exchange.informed, [])
  assert.match(exchange.rawText, /\r\nConnection: close\r\n/)
  assert.equal(exchange.persists, false)
})

test('nodeHandler sends one 100 Continue when the application writes it and reads', async () => {
  const exchange = await answered(async (req, res) => {
    res.writeContinue()
    await readAll(req)
    res.end('ok')
  }, EXPECTING)
  assert.deepEqual(exchange.informed, [[100, []]])
  const other = await answered(async (req, res) => {
    await readAll(req)
    res.writeContinue()
    res.end('ok')
  }, EXPECTING)
  assert.deepEqual(other.informed, [[100, []]])
})

test('nodeHandler gives the path and authority of an absolute-form target (RFC 9112 3.2.2)', async () => {
  const request = 'GET http://real.example/x?y HTTP/1.1\r\nHost: other.example\r\n\r\n'
  const exchange = await answered((req, res) => res.end(`${req.url} ${req.headers.host}`), request)
  assert.match(exchange.rawText, /\/x\?y real\.example$/)
})

test('nodeHandler takes the mount off url and keeps originalUrl', async () => {
  const show = (req: IncomingMessage, res: ServerResponse): unknown =>
    res.end(`${req.url} ${(req as IncomingMessage & { originalUrl?: string }).originalUrl}`)
  const context = testContext({ mount: '/app' })
  const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: app.example\r\n\r\n`
  assert.match((await answered(show, request('/app/x?y'), context)).rawText, /\r\n\/x\?y \/app\/x\?y$/)
  assert.match((await answered(show, request('/app'), context)).rawText, /\r\n\/ \/app$/)
  assert.match((await answered(show, request('/app?y'), context)).rawText, /\r\n\/\?y \/app\?y$/)
  assert.equal((await answered(show, request('/apple'), context)).answered?.status, 404)
})

test('nodeHandler answers 500 when the application throws, and logs it', async () => {
  const logged: string[] = []
  const thrown = await answered(
    () => {
      throw new Error('thrown')
    },
    GET,
    testContext({}, logged),
  )
  assert.equal(thrown.answered?.status, 500)
  const rejected = await answered(() => Promise.reject(new Error('rejected')), GET, testContext({}, logged))
  assert.equal(rejected.answered?.status, 500)
  assert.deepEqual(logged, [
    'error: The application failed on GET /a/b?c=d%20e: thrown',
    'error: The application failed on GET /a/b?c=d%20e: rejected',
  ])
})

test('nodeHandler cuts an answer that fails on its way', async () => {
  const exchange = await answered(async (_req, res) => {
    res.write('begun')
    await quiet()
    throw new Error('in the middle')
  }, GET)
  assert.equal(exchange.answered, undefined)
  assert.equal(exchange.failures.length, 1)
  assert.equal(exchange.persists, undefined)
})

test('nodeHandler leaves a complete answer alone when the application throws behind it', async () => {
  const logged: string[] = []
  const late = async (_req: IncomingMessage, res: ServerResponse): Promise<void> => {
    res.end('ok')
    throw new Error('late')
  }
  const exchange = await answered(late, GET, testContext({}, logged))
  assert.match(exchange.rawText, /ok$/)
  assert.deepEqual(exchange.failures, [])
  assert.deepEqual(logged, ['error: The application failed after its answer to GET /a/b?c=d%20e: late'])
})

test('nodeHandler tells the application that the client has left, in the order of node:http', async () => {
  const notes: string[] = []
  const logged: string[] = []
  const exchange = new FakeExchange(POST.slice(0, -3))
  const handler = nodeHandler(
    (req, res) => {
      noteEvents(req, res, fact => notes.push(fact))
      req.socket.on('close', () => notes.push('socket close'))
      req.resume()
      res.write('begun')
    },
    testContext({}, logged),
  )
  handler(exchange)
  await quiet()
  notes.length = 0
  exchange.leave()
  await quiet()
  assert.deepEqual(notes, [
    'req aborted',
    'res close ended=false finished=false',
    'socket close',
    'req error',
    'req close',
  ])
  assert.deepEqual(logged, [])
})

test('nodeHandler keeps quiet about reading that fails because the client has left', async () => {
  const logged: string[] = []
  const exchange = new FakeExchange(POST.slice(0, -3))
  nodeHandler(async req => void (await readAll(req)), testContext({}, logged))(exchange)
  await quiet()
  exchange.leave()
  await quiet()
  assert.deepEqual(logged, [])
})

test('nodeHandler answers a fault in the body with its status, and the request is aborted', async () => {
  const notes: string[] = []
  const request = 'POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX'
  const exchange = await answered((req, res) => noteEvents(req.resume(), res, fact => notes.push(fact)), request)
  assert.equal(exchange.answered?.status, 400)
  assert.deepEqual(notes, ['req aborted', 'res close ended=false finished=false', 'req error', 'req close'])
})
