import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as undici from 'undici'
import { fetchHandler } from '../../../src/app/fetch/handler.ts'
import type { FetchApp } from '../../../src/app/fetch/types.ts'
import type { AppContext } from '../../../src/app/handler.ts'
import type { Log } from '../../../src/log/log.ts'
import { FakeExchange, fakePeer } from '../../support/fake-exchange.ts'

interface Logged {
  readonly message: string
  readonly cause: unknown
}

function contextOf(logged: Logged[] = [], changes: Partial<AppContext> = {}): AppContext {
  const nothing = (): void => undefined
  const error = (message: string, cause?: unknown): void => void logged.push({ message, cause })
  return {
    environment: 'deployment',
    mount: '',
    multiprocess: false,
    defaultMiddleware: true,
    spool: { memoryBytes: 1, directory: '/nonexistent' },
    log: { error, warn: nothing, info: nothing, debug: nothing } as unknown as Log,
    background: nothing,
    ...changes,
  } as AppContext
}

const GET = 'GET /path?q=1 HTTP/1.1\r\nHost: h.example\r\n\r\n'
const HEAD = 'HEAD / HTTP/1.1\r\nHost: h.example\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: h.example\r\nContent-Length: 3\r\n\r\nabc'

async function answerOf(app: unknown, request = GET, context = contextOf()): Promise<FakeExchange> {
  const exchange = new FakeExchange(request)
  await fetchHandler(app as FetchApp, context)(exchange)
  return exchange
}

/** A stream under control, and what has happened to it. */
function controlled(): {
  stream: ReadableStream
  give(text: string): void
  end(): void
  fail(cause: unknown): void
  cancelled: Promise<unknown>
} {
  let controller: ReadableStreamDefaultController | undefined
  let cancel = (_reason: unknown): void => undefined
  const cancelled = new Promise(resolve => {
    cancel = resolve
  })
  const stream = new ReadableStream({
    start(it) {
      controller = it
    },
    cancel,
  })
  return {
    stream,
    cancelled,
    give: text => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
    fail: cause => controller?.error(cause),
  }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

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
  'a blob': [() => new Response(new Blob(['hi'], { type: 'text/x' })), 200, ['content-type', 'text/x'], 'hi'],
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
  'gives a string': [() => 'x', /the application gave a string, a Response/],
  'gives an array': [() => [200, [], ['x']], /an object of class Array, a Response/],
  'gives a Request': [() => new Request('http://x.example'), /an object of class Request, a Response/],
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

test('a stream is sent piece by piece, and not faster than the client takes it', async () => {
  const { stream, give, end } = controlled()
  const exchange = new FakeExchange(GET)
  const done = fetchHandler(() => new Response(stream), contextOf())(exchange)
  await turn()
  assert.equal(exchange.state, 'body')
  give('a')
  await turn()
  assert.equal(exchange.bodyText, 'a')
  exchange.isFull = true
  give('b')
  give('c')
  await turn()
  assert.equal(exchange.bodyText, 'ab')
  exchange.drain()
  end()
  await done
  assert.equal(exchange.bodyText, 'abc')
  assert.equal(exchange.state, 'done')
})

test('a stream is cancelled at once when the client leaves', async () => {
  const { stream, cancelled } = controlled()
  const exchange = new FakeExchange(GET)
  const logged: Logged[] = []
  const done = fetchHandler(() => new Response(stream), contextOf(logged))(exchange)
  await turn()
  exchange.leave()
  assert.equal(((await cancelled) as Error).name, 'ClientGone')
  await done
  assert.deepEqual(logged, [])
})

test('a stream is cancelled when the client leaves while nothing more can be written', async () => {
  const { stream, give, cancelled } = controlled()
  const exchange = new FakeExchange(GET)
  const done = fetchHandler(() => new Response(stream), contextOf())(exchange)
  exchange.isFull = true
  give('a')
  await turn()
  exchange.leave()
  await cancelled
  await done
})

test('a stream that fails cuts the answer', async () => {
  const { stream, give, fail } = controlled()
  const exchange = new FakeExchange(GET)
  const logged: Logged[] = []
  const done = fetchHandler(() => new Response(stream), contextOf(logged))(exchange)
  give('a')
  await turn()
  fail(new Error('broken'))
  await done
  assert.equal(exchange.bodyText, 'a')
  assert.equal(exchange.failures.length, 1)
  assert.match(String(logged[0]?.cause), /broken/)
})

test('a stream of strings is the mistake of the app', async () => {
  const logged: Logged[] = []
  const stream = new ReadableStream({ pull: controller => controller.enqueue('x' as never) })
  const exchange = await answerOf(() => new Response(stream), GET, contextOf(logged))
  assert.equal(exchange.failures.length, 1)
  assert.match(String(logged[0]?.cause), /its stream gave a string, Uint8Array is needed/)
})

test('an empty piece of a stream is not written', async () => {
  const { stream, give, end } = controlled()
  give('')
  give('a')
  end()
  const exchange = await answerOf(() => new Response(stream))
  assert.equal(exchange.body.length, 1)
})

test('HEAD cancels a stream unread, and sends the head', async () => {
  const { stream, cancelled } = controlled()
  const exchange = await answerOf(() => new Response(stream, { headers: { 'content-length': '5' } }), HEAD)
  await cancelled
  assert.deepEqual(exchange.answered?.headers, ['content-length', '5'])
  assert.equal(exchange.state, 'done')
  assert.equal(exchange.body.length, 0)
})

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

test('the second and third argument say who the client is, in the words of each platform', async () => {
  let seen: unknown[] = []
  await answerOf((_request: Request, info: Record<string, unknown>, ctx: unknown) => {
    const { env, remoteAddress, remotePort, ip, localAddress, localPort, remoteAddr, isEncrypted } = info
    seen = [info === ctx, env === process.env, remoteAddress, remotePort, ip, localAddress, localPort, isEncrypted]
    seen.push(
      remoteAddr,
      (info['requestIP'] as () => unknown)(),
      Object.keys(info),
      'socket' in (info['incoming'] as object),
    )
    return new Response()
  })
  const address = { address: '192.0.2.1', port: 50000, family: 'IPv4' }
  const deno = { transport: 'tcp', hostname: '192.0.2.1', port: 50000 }
  assert.deepEqual(seen, [
    true,
    true,
    '192.0.2.1',
    50000,
    '192.0.2.1',
    '192.0.2.2',
    8080,
    false,
    deno,
    address,
    [],
    true,
  ])
})

test('a client on a Unix socket has no address', async () => {
  const peer = fakePeer({ remoteAddress: undefined, remotePort: undefined })
  const exchange = new FakeExchange(GET, peer)
  fetchHandler(
    (_request, info) => Response.json([info.requestIP(), info.remoteAddr, info.ip ?? null]),
    contextOf(),
  )(exchange)
  assert.deepEqual(JSON.parse(exchange.bodyText), [null, { transport: 'unix', hostname: '', port: 0 }, null])
})

test('variables of the environment are properties of the second argument, where it has none of its own', async () => {
  process.env['STARLIGHT_TEST_VALUE'] = 'here'
  process.env['ip'] = 'not this'
  try {
    const app = (_request: Request, env: Record<string, unknown>): Response =>
      Response.json([env['STARLIGHT_TEST_VALUE'], env['ip'], env['NONE'] ?? null, 'toString' in env])
    assert.equal((await answerOf(app)).bodyText, '["here","192.0.2.1",null,true]')
  } finally {
    delete process.env['STARLIGHT_TEST_VALUE']
    delete process.env['ip']
  }
})

test('a framework may keep its own things on the second argument without touching the environment', async () => {
  await answerOf((_request: Request, info: Record<string, unknown>) => {
    info['STARLIGHT_OWN'] = { any: 'thing' }
    assert.deepEqual(info['STARLIGHT_OWN'], { any: 'thing' })
    assert.equal(process.env['STARLIGHT_OWN'], undefined)
    return new Response()
  })
})

test('waitUntil hands its work to the server, retire asks for a new worker, inform sends an interim answer', async () => {
  const works: Promise<unknown>[] = []
  const context = contextOf([], { background: work => void works.push(work) })
  const exchange = await answerOf(
    (_request: Request, info: never, ctx: { waitUntil(it: unknown): void; passThroughOnException(): void }) => {
      const { waitUntil } = { waitUntil: ctx.waitUntil.bind(ctx) }
      waitUntil(Promise.resolve('done'))
      ctx.passThroughOnException()
      ;(info as { retire(): void }).retire()
      ;(info as { inform(status: number, headers: string[]): void }).inform(103, ['link', '</a.css>'])
      return new Response()
    },
    GET,
    context,
  )
  assert.deepEqual(await Promise.all(works), ['done'])
  assert.equal(exchange.isRetiring, true)
  assert.deepEqual(exchange.informed, [[103, ['link', '</a.css>']]])
})

test('Upgrade is ignored: fetch style has no way to take a connection over', () => {
  assert.ok(!fetchHandler(() => new Response(), contextOf()).takesUpgrades)
})
