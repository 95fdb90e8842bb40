import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as undici from 'undici'
import { fetchHandler } from '../../../../src/app/fetch/adapter/handler.ts'
import type { FetchApp } from '../../../../src/app/fetch/types.ts'
import { FakeExchange } from '../../../support/fake-exchange.ts'
import { answerOf, contextOf, GET, type Logged, POST } from '../ask.ts'

test('a Response is answered within the call, without a promise', () => {
  for (const app of [() => new Response('hi'), { fetch: () => new Response('hi') }]) {
    const exchange = new FakeExchange(GET)
    assert.equal(fetchHandler(app as FetchApp, contextOf())(exchange), undefined)
    assert.equal(exchange.state, 'done')
    assert.equal(exchange.bodyText, 'hi')
    assert.deepEqual(exchange.answered?.headers, ['content-type', 'text/plain;charset=UTF-8'])
  }
})

test('a promise of a Response is answered, a thenable of another maker too', async () => {
  assert.equal((await answerOf(async () => new Response('hi'))).bodyText, 'hi')
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
  const thenable = { then: (resolve: (it: unknown) => unknown) => Promise.resolve(resolve(new Response('hi'))) }
  assert.equal((await answerOf(() => thenable)).bodyText, 'hi')
})

test('an object keeps its this', async () => {
  const app = {
    text: 'mine',
    fetch(): Response {
      return new Response(this.text)
    },
  }
  assert.equal((await answerOf(app)).bodyText, 'mine')
})

test('the request is a Request', async () => {
  const app = (request: Request): Response =>
    Response.json([request instanceof Request, request.method, request.url, request.headers.get('host')])
  assert.equal((await answerOf(app)).bodyText, '[true,"GET","http://h.example/path?q=1","h.example"]')
})

const RESPONSES: Record<string, [make: () => unknown, status: number, headers: readonly string[], body: string]> = {
  'no body': [() => new Response(), 200, [], ''],
  'a status and a reason': [
    () => new Response('x', { status: 404 }),
    404,
    ['content-type', 'text/plain;charset=UTF-8'],
    'x',
  ],
  '204': [() => new Response(null, { status: 204 }), 204, [], ''],
  bytes: [() => new Response(new Uint8Array([104, 105])), 200, [], 'hi'],
  'a blob': [
    () => new Response(new Blob(['hi'], { type: 'text/x' })),
    200,
    ['content-type', 'text/x', 'content-length', '2'],
    'hi',
  ],
  'a query': [
    () => new Response(new URLSearchParams({ a: 'b' })),
    200,
    ['content-type', 'application/x-www-form-urlencoded;charset=UTF-8'],
    'a=b',
  ],
  'a redirect': [() => Response.redirect('http://x.example/'), 302, ['location', 'http://x.example/'], ''],
  'a fetched one': [() => fetch('data:text/plain,hi'), 200, ['content-type', 'text/plain'], 'hi'],
  "a foreign undici's": [
    () => new undici.Response('hi', { headers: { 'content-type': 'a/b' } }),
    200,
    ['content-type', 'a/b'],
    'hi',
  ],
  cookies: [
    () =>
      new undici.Response(null, {
        headers: [
          ['set-cookie', 'a'],
          ['set-cookie', 'b'],
        ],
      }),
    200,
    ['set-cookie', 'a', 'set-cookie', 'b'],
    '',
  ],
}
for (const [name, [make, status, headers, body]] of Object.entries(RESPONSES)) {
  test(`a Response with ${name} is sent as it is`, async () => {
    const exchange = await answerOf(make)
    assert.deepEqual(
      [exchange.answered?.status, exchange.answered?.headers, exchange.bodyText],
      [status, headers, body],
    )
    assert.equal(exchange.state, 'done')
  })
}

const MISTAKES: Record<string, [app: () => unknown, cause: RegExp]> = {
  throws: [
    () => {
      throw new Error('broken')
    },
    /broken/,
  ],
  rejects: [
    async () => {
      throw new Error('broken')
    },
    /broken/,
  ],
  'gives nothing': [() => undefined, /the application gave undefined, a Response is needed/],
  'gives null': [async () => null, /the application gave null, a Response/],
  'gives a string': [() => 'x', /the application gave the string "x", a Response/],
  'gives an array': [() => [200, [], ['x']], /an array of 3, a Response/],
  'gives a Request': [() => new Request('http://x.example'), /gave a Request, a Response/],
  'gives a network error': [() => Response.error(), /network error \(Response\.error\), a status from 200 to 599/],
  'gives an interim status': [() => ({ status: 101, headers: new Headers(), body: null }), /its status is 101/],
  'gives a body that was read': [
    async () => {
      const it = new Response('x')
      await it.text()
      return it
    },
    /has been read already/,
  ],
  'gives a locked body': [
    () => {
      const it = new Response(new Blob(['x']))
      it.body?.getReader()
      return it
    },
    /has been read/,
  ],
}
for (const [name, [app, cause]] of Object.entries(MISTAKES)) {
  test(`an app that ${name} is answered with 500, and the log says why`, async () => {
    const logged: Logged[] = []
    const exchange = await answerOf(app, GET, contextOf(logged))
    assert.equal(exchange.answered?.status, 500)
    assert.equal(exchange.bodyText, 'Internal Server Error')
    assert.match(String(logged[0]?.cause), cause)
    assert.equal(logged.length, 1)
  })
}

test('a request body goes out again as a stream', async () => {
  const exchange = await answerOf((request: Request) => new Response(request.body), POST)
  assert.equal(exchange.bodyText, 'abc')
})

test('a body that breaks the rules is answered with its own status', async () => {
  const bad = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'
  const exchange = await answerOf(async (request: Request) => new Response(await request.text()), bad)
  assert.equal(exchange.answered?.status, 400)
  assert.equal(exchange.isClosing, true)
})

test('a client that leaves while the app works is nobody to answer and nothing to log', async () => {
  const logged: Logged[] = []
  const exchange = new FakeExchange('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n')
  const done = fetchHandler(async request => new Response(await request.text()), contextOf(logged))(exchange)
  exchange.leave()
  await done
  assert.deepEqual(logged, [])
})

test('outside of the mount there is nothing, inside the URL is whole', async () => {
  const context = contextOf([], { mount: '/app' })
  const app = (request: Request): Response => new Response(request.url)
  const at = (path: string): Promise<FakeExchange> => answerOf(app, `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`, context)
  assert.equal((await at('/app/x?y')).bodyText, 'http://h/app/x?y')
  assert.equal((await at('/app')).bodyText, 'http://h/app')
  assert.equal((await at('/apple')).answered?.status, 404)
  assert.equal((await at('/')).answered?.status, 404)
})

test('an Upgrade to anything but a WebSocket is ignored', async () => {
  const request = 'GET / HTTP/1.1\r\nHost: h.example\r\nConnection: Upgrade\r\nUpgrade: TLS/1.3\r\n\r\n'
  const exchange = await answerOf(() => new Response('hi'), request)
  assert.deepEqual([exchange.answered?.status, exchange.bodyText], [200, 'hi'])
})
