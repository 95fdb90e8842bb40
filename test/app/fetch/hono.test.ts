import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { secureHeaders } from 'hono/secure-headers'
import { stream, streamSSE, streamText } from 'hono/streaming'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { FetchApp, FetchInfo } from '../../../src/app/fetch/types.ts'
import type { AppContext } from '../../../src/app/handler.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

const works: Promise<unknown>[] = []
const context = {
  environment: 'deployment',
  mount: '',
  defaultMiddleware: true,
  log: {
    error: (_message: string, cause: unknown) => {
      throw cause
    },
  },
  background: (work: Promise<unknown>) => void works.push(work),
} as unknown as AppContext

const app = new Hono<{ Bindings: Record<string, string> }>()
app.get('/text', c => c.text('hello'))
app.get('/json/:id', c => c.json({ id: c.req.param('id'), q: c.req.query('q'), agent: c.req.header('user-agent') }))
app.get('/html', c => c.html('<p>x</p>'))
app.get('/body', c => c.body(new Uint8Array([1, 2]), 201, { 'X-A': 'b' }))
app.get('/null', c => c.body(null, 204))
app.get('/redirect', c => c.redirect('/text', 303))
app.get('/all-headers', c => c.json(c.req.header()))
app.post('/echo/text', async c => c.text(await c.req.text()))
app.post('/echo/json', async c => c.json(await c.req.json()))
app.post('/echo/twice', async c => c.text((await c.req.text()) + JSON.stringify(await c.req.json())))
app.post('/echo/form', async c => {
  const { a, f } = await c.req.parseBody()
  return c.json({ a, f: f instanceof File ? [f.name, f.type, await f.text()] : f })
})
app.post('/echo/stream', c => c.body(c.req.raw.body as never))
app.post('/echo/clone', async c => c.text(await c.req.raw.clone().text()))
app.post('/proxy', async c => {
  const next = new Request('http://other.example/', c.req.raw)
  return c.text(`${next.method} ${next.url} ${next.headers.get('content-type')} ${await next.text()}`)
})
app.get('/cookies', c => {
  setCookie(c, 'b', '2', { httpOnly: true })
  setCookie(c, 'c', '3')
  deleteCookie(c, 'd')
  return c.json(getCookie(c))
})
app.get('/stream', c =>
  stream(c, async it => {
    await it.write('a')
    await it.write(new Uint8Array([98]))
  }),
)
app.get('/stream-text', c => streamText(c, async it => void (await it.writeln('line'))))
app.get('/sse', c => streamSSE(c, async it => void (await it.writeSSE({ data: 'x', event: 'e', id: '1' }))))
app.get('/conn', c => c.json((c.env as unknown as FetchInfo).remoteAddr))
app.get('/wait', c => {
  c.executionCtx.waitUntil(Promise.resolve('waited'))
  return c.text(String(c.env['STARLIGHT_HONO']))
})
app.get('/error', () => {
  throw new Error('broken')
})
app.onError((error, c) => c.text(`caught ${error.message}`, 500))
app.notFound(c => c.text('nothing here', 404))

const around = new Hono()
around.use(cors(), secureHeaders({ xFrameOptions: 'DENY' }), etag())
around.use(async (c, next) => {
  await next()
  c.header('X-After', 'yes')
  c.res.headers.append('X-Direct', 'too')
})
around.get('/text', c => c.text('inside'))
around.get('/replaced', async (c, next) => {
  await next()
  c.res = new Response('replaced', { headers: { 'X-New': '1' } })
})
app.route('/around', around)
app.get('/compressed', async c => {
  const { body } = new Response('x'.repeat(2000))
  return c.body(body?.pipeThrough(new CompressionStream('gzip') as never) as never, 200, { 'Content-Encoding': 'gzip' })
})

interface Seen {
  readonly status: number | undefined
  readonly headers: Record<string, string | undefined>
  readonly body: string
  readonly exchange: FakeExchange
}

async function ask(head: string, body?: string): Promise<Seen> {
  const [line, ...fields] = head.split('\n')
  if (body !== undefined) fields.push(`Content-Length: ${Buffer.byteLength(body)}`)
  const bytes = Buffer.from(body ?? '').toString('latin1')
  const exchange = new FakeExchange(
    `${line} HTTP/1.1\r\nHost: h.example\r\n${fields.map(it => `${it}\r\n`).join('')}\r\n${bytes}`,
  )
  await fetchHandler(app as unknown as FetchApp, context)(exchange)
  const headers: Record<string, string> = {}
  const list = exchange.answered?.headers ?? []
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    headers[name] = headers[name] === undefined ? `${list[i + 1]}` : `${headers[name]} & ${list[i + 1]}`
  }
  return { status: exchange.answered?.status, headers, body: exchange.bodyText, exchange }
}

const ANSWERS: Record<
  string,
  [head: string, body: string | undefined, status: number, expected: string, fields?: Record<string, string>]
> = {
  text: ['GET /text', undefined, 200, 'hello', { 'content-type': 'text/plain;charset=UTF-8' }],
  'json with a parameter, a query and a header': [
    'GET /json/5?q=%20x\nUser-Agent: me',
    undefined,
    200,
    '{"id":"5","q":" x","agent":"me"}',
    { 'content-type': 'application/json' },
  ],
  html: ['GET /html', undefined, 200, '<p>x</p>', { 'content-type': 'text/html; charset=UTF-8' }],
  'bytes and a field': ['GET /body', undefined, 201, '\x01\x02', { 'x-a': 'b' }],
  'no body': ['GET /null', undefined, 204, ''],
  'a redirect': ['GET /redirect', undefined, 303, '', { location: '/text' }],
  'all headers': ['GET /all-headers\nX-A: 1\nX-A: 2', undefined, 200, '{"host":"h.example","x-a":"1, 2"}'],
  'the text of the body': ['POST /echo/text', 'h\u00e9', 200, 'h\u00e9'],
  'the json of the body': ['POST /echo/json', '{"a":1}', 200, '{"a":1}'],
  'the body twice, from the cache': ['POST /echo/twice', '[1]', 200, '[1][1]'],
  'a form': [
    'POST /echo/form\nContent-Type: application/x-www-form-urlencoded',
    'a=b+c&f=d',
    200,
    '{"a":"b c","f":"d"}',
  ],
  'a form with a file': [
    'POST /echo/form\nContent-Type: multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="f"; filename="n"\r\nContent-Type: t/y\r\n\r\nfile\r\n--x--\r\n',
    200,
    '{"f":["n","t/y","file"]}',
  ],
  'the stream of the body': ['POST /echo/stream', 'abc', 200, 'abc'],
  'a clone of the request': ['POST /echo/clone', 'abc', 200, 'abc'],
  'a request made of the request': ['POST /proxy\nContent-Type: t/x', 'abc', 200, 'POST http://other.example/ t/x abc'],
  cookies: [
    'GET /cookies\nCookie: a=1; x=y',
    undefined,
    200,
    '{"a":"1","x":"y"}',
    { 'set-cookie': 'b=2; Path=/; HttpOnly & c=3; Path=/ & d=; Max-Age=0; Path=/' },
  ],
  'a stream': ['GET /stream', undefined, 200, 'ab'],
  'a stream of text': ['GET /stream-text', undefined, 200, 'line\n', { 'content-type': 'text/plain; charset=UTF-8' }],
  'server-sent events': [
    'GET /sse',
    undefined,
    200,
    'event: e\ndata: x\nid: 1\n\n',
    { 'content-type': 'text/event-stream' },
  ],
  'an error': ['GET /error', undefined, 500, 'caught broken'],
  nothing: ['GET /nowhere', undefined, 404, 'nothing here'],
  HEAD: ['HEAD /text', undefined, 200, ''],
  'middleware around': [
    'GET /around/text\nOrigin: http://o.example',
    undefined,
    200,
    'inside',
    {
      'access-control-allow-origin': '*',
      'x-frame-options': 'DENY',
      'x-after': 'yes',
      'x-direct': 'too',
      'content-type': 'text/plain; charset=UTF-8',
    },
  ],
  'a replaced response': ['GET /around/replaced', undefined, 200, 'replaced', { 'x-new': '1', 'x-after': 'yes' }],
}
for (const [name, [head, body, status, expected, fields = {}]] of Object.entries(ANSWERS)) {
  test(`Hono answers ${name}`, async () => {
    const seen = await ask(head, body)
    assert.equal(seen.status, status)
    if (!head.startsWith('HEAD')) assert.equal(seen.body, expected)
    for (const [field, value] of Object.entries(fields)) assert.equal(seen.headers[field], value, field)
    assert.equal(seen.exchange.state, 'done')
    assert.deepEqual(seen.exchange.failures, [])
  })
}

test('Hono answers 304 to the ETag it gave', async () => {
  const { headers } = await ask('GET /around/text')
  const again = await ask(`GET /around/text\nIf-None-Match: ${headers['etag']}`)
  assert.equal(again.status, 304)
})

test('Hono compresses', async () => {
  const { gunzipSync } = await import('node:zlib')
  const { exchange } = await ask('GET /compressed')
  assert.equal(gunzipSync(Buffer.concat(exchange.body)).toString(), 'x'.repeat(2000))
})

test('Hono finds the client in c.env', async () => {
  const { hostname, port } = JSON.parse((await ask('GET /conn')).body)
  assert.deepEqual([hostname, port], ['192.0.2.1', 50000])
})

test('Hono finds waitUntil in executionCtx and the environment in c.env', async () => {
  process.env['STARLIGHT_HONO'] = 'set'
  try {
    assert.equal((await ask('GET /wait')).body, 'set')
    assert.deepEqual(await Promise.all(works), ['waited'])
  } finally {
    delete process.env['STARLIGHT_HONO']
  }
})
