// The file is long because it compares the light object with the real one, observation by observation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { installLightGlobals } from '../../../../src/app/fetch/web/globals.ts'
import { LightRequest, requestOf } from '../../../../src/app/fetch/web/light-request.ts'
import { FakeExchange, fakePeer } from '../../../support/fake-exchange.ts'
import { outcome, sameOutcome, shapeOf } from '../outcome.ts'

const NativeRequest = Request
const NativeResponse = Response
installLightGlobals()

type Maker = typeof Request
const LIGHT = LightRequest as unknown as Maker

/** A request as it comes from a client, and the same made by hand. */
interface Case {
  readonly method?: string
  readonly fields?: Record<string, string>
  readonly body?: string
}
type Make = (it?: Case) => Request

const URL_OF_ALL = 'http://h.example/path?q=1'

function exchangeOf({ method = 'GET', fields = {}, body }: Case = {}): FakeExchange {
  const lines = Object.entries({ host: 'h.example', ...fields }).map(([name, value]) => `${name}: ${value}\r\n`)
  if (body !== undefined) lines.push(`content-length: ${Buffer.byteLength(body, 'latin1')}\r\n`)
  return new FakeExchange(`${method} /path?q=1 HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`)
}
const light: Make = it => requestOf(exchangeOf(it)) as unknown as Request
const native: Make = ({ method = 'GET', fields = {}, body } = {}) => {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body, 'latin1')) }
  const headers = { host: 'h.example', ...fields, ...length }
  // A request from outside has a body of unknown source: a stream.
  const source =
    body === undefined ? {} : { body: new NativeResponse(Buffer.from(body, 'latin1')).body, duplex: 'half' }
  return new NativeRequest(URL_OF_ALL, { method, headers, ...source } as RequestInit)
}

const FORM = { method: 'POST', fields: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b&c=d+e' }
const MULTIPART = {
  method: 'POST',
  fields: { 'content-type': 'multipart/form-data; boundary=xx' },
  body:
    '--xx\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n' +
    '--xx\r\ncontent-disposition: form-data; name="f"; filename="n.txt"\r\ncontent-type: text/x\r\n\r\nfile\r\n--xx--\r\n',
}
const BODIES: Record<string, Case> = {
  'no body': { method: 'POST' },
  'an empty body': { method: 'POST', body: '' },
  text: { method: 'POST', fields: { 'content-type': 'text/x;charset=utf-8' }, body: 'h\xc3\xa9llo' },
  'text with a byte order mark': { method: 'POST', body: '\xef\xbb\xbfx' },
  'text that is not UTF-8': { method: 'POST', body: 'a\xc3(\xe2\x82(\xf0\x9f\x98x\xed\xa0\x80\xf8\xff' },
  JSON: { method: 'PATCH', body: '{"a":[1,"\xc3\xa9"]}' },
  'JSON with a byte order mark': { method: 'PATCH', body: '\xef\xbb\xbf{}' },
  'broken JSON': { method: 'POST', body: '{"a":' },
  'a form': FORM,
  'a multipart form': MULTIPART,
  'a broken multipart form': { ...MULTIPART, body: '--yy\r\n' },
  'GET without body': {},
}
const fieldsOf = (form: FormData): unknown =>
  Promise.all([...form].map(async ([name, value]) => [name, typeof value === 'string' ? value : await value.text()]))

for (const [bodyName, it] of Object.entries(BODIES)) {
  // The platform knows no request with an empty stream that is no body; HTTP does not tell them apart.
  const same = it.body === '' ? { method: 'POST' } : it
  const bare: Make = () => light(it)
  const made: Make = () => native(same)
  sameOutcome<Make>(`Request with ${bodyName}`, bare, made, {
    text: make => make().text(),
    json: make => make().json(),
    arrayBuffer: async make => Buffer.from(await make().arrayBuffer()).toString('hex'),
    bytes: async make => {
      const bytes = await make().bytes()
      return [bytes.constructor === Uint8Array, Buffer.from(bytes).toString('hex')]
    },
    blob: async make => {
      const blob = await make().blob()
      return [blob.type, blob.size, await blob.text()]
    },
    formData: async make => fieldsOf(await make().formData()),
    'the stream': async make => {
      const { body } = make()
      return body === null ? null : Buffer.concat(await all(body)).toString('hex')
    },
    'bodyUsed, before, while and after': async make => {
      const request = make()
      const before = request.bodyUsed
      const reading = request.text()
      const meanwhile = request.bodyUsed
      return [before, meanwhile, await reading, request.bodyUsed, request.body?.locked]
    },
    'read twice': async make => {
      const request = make()
      await request.text()
      const again = [() => request.text(), () => request.json(), () => request.bytes(), () => request.formData()]
      return Promise.all(again.map(outcome))
    },
    'read at once twice': async make => {
      const request = make()
      return Promise.all([outcome(() => request.text()), outcome(() => request.text())])
    },
    'read after the body was looked at': async make => {
      const request = make()
      return [request.body === null, await request.text()]
    },
    'read while locked': async make => {
      const request = make()
      request.body?.getReader()
      return [await outcome(() => request.text()), request.bodyUsed]
    },
    'read after a part was read': async make => {
      const request = make()
      const reader = request.body?.getReader()
      await reader?.read()
      reader?.releaseLock()
      return [request.bodyUsed, await outcome(() => request.text())]
    },
    'body after reading': async make => {
      const request = make()
      await request.text()
      return outcome(() => request.body?.getReader())
    },
    clone: async make => {
      const request = make()
      const copy = request.clone()
      copy.headers.set('x', 'y')
      const texts = [await copy.text(), await request.text()]
      return [texts, request.headers.get('x'), copy.url, copy.method, request.bodyUsed, copy.bodyUsed]
    },
    'clone of a clone': async make => {
      const request = make()
      const copy = request.clone().clone()
      return [await request.clone().text(), await copy.text(), await request.text()]
    },
    'clone and blob': async make => (await make().clone().blob()).type,
    'clone after reading': async make => {
      const request = make()
      await request.text()
      return request.clone().method
    },
    'clone while locked': make => {
      const request = make()
      request.body?.getReader()
      return request.clone().method
    },
    cancel: async make => {
      const request = make()
      await request.body?.cancel()
      return [request.bodyUsed, await outcome(() => request.text())]
    },
    'new Request of it': async make => {
      const request = make()
      const next = new LIGHT(request)
      return [next.method, next.url, await next.text(), request.bodyUsed]
    },
    'new Request of it with an init': async make => {
      const request = make()
      const next = new LIGHT(request, { headers: { a: 'b' } })
      return [[...next.headers], await next.text(), request.bodyUsed]
    },
    'new Request of it after reading': async make => {
      const request = make()
      await request.text()
      return new LIGHT(request).method
    },
    'new Request of it after reading, with a body': async make => {
      const request = make()
      await request.text()
      return new LIGHT(request, { method: 'POST', body: 'new' }).text()
    },
    'new Request with it as the init': async make => {
      const next = new LIGHT('http://other.example/', make())
      return [next.url, next.method, await next.text()]
    },
  })
}

async function all(stream: ReadableStream): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

const NAMES = Object.getOwnPropertyNames(NativeRequest.prototype).filter(name => name !== 'constructor')

sameOutcome<Make>('Request', light, native, {
  ...Object.fromEntries(
    ['destination', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'redirect', 'integrity', 'keepalive']
      .concat(['isReloadNavigation', 'isHistoryNavigation', 'duplex', 'bodyUsed', 'body', 'method', 'url'])
      .map(name => [name, (make: Make) => make()[name as keyof Request]]),
  ),
  headers: make => [...make({ fields: { 'X-B': '1', accept: 'a, b' } }).headers],
  'headers are the same each time': make => {
    const request = make()
    const { headers } = request
    return headers === request.headers
  },
  'headers can be changed': make => {
    const request = make()
    request.headers.set('a', 'b')
    request.headers.delete('host')
    return [[...request.headers], [...request.clone().headers], [...new LIGHT(request).headers]]
  },
  signal: make => {
    const { signal } = make()
    return [signal instanceof AbortSignal, signal.aborted]
  },
  'the members of the class': make => NAMES.filter(name => !(name in make())),
  'Symbol.toStringTag': make => String(make()),
  instanceof: make => [make() instanceof LIGHT, make() instanceof NativeRequest],
  'Object.keys': make => Object.keys(make()),
  'for-in': make => {
    const names: string[] = []
    for (const name in make()) names.push(name)
    return names.sort()
  },
  'JSON.stringify': make => JSON.stringify(make()),
  spread: make => Object.keys({ ...make() }),
  'setting what is read-only': make => {
    const request = make() as unknown as Record<string, unknown>
    request['method'] = 'POST'
  },
  'util.inspect': make => inspect(make(), { depth: 1 }),
  'clone is an instance': make => make().clone() instanceof LIGHT,
  'the subclass of it': async make => {
    class Mine extends LIGHT {
      extra = 1
    }
    const mine = new Mine(make(FORM))
    return [mine instanceof Mine, mine instanceof LIGHT, mine.extra, mine.method, await mine.text()]
  },
})

const make = (maker: Maker, ...args: unknown[]): Request => Reflect.construct(maker, args)

sameOutcome<Maker>('Request made by the application', LIGHT, NativeRequest, {
  'the shape of the class': maker => shapeOf(maker as never),
  'a call without new': maker => (maker as unknown as () => unknown)(),
  'no arguments': maker => make(maker),
  'a relative URL': maker => make(maker, '/x'),
  'a URL object': maker => make(maker, new URL('http://a.example/b')).url,
  'an object': maker => make(maker, {}),
  'a method': maker => make(maker, 'http://a.example', { method: 'post' }).method,
  TRACE: maker => make(maker, 'http://a.example', { method: 'TRACE' }),
  'GET with a body': maker => make(maker, 'http://a.example', { body: 'x' }),
  'a body': async maker => {
    const request = make(maker, 'http://a.example', { method: 'POST', body: 'x' })
    return [await request.clone().json().catch(String), await request.text(), request.bodyUsed]
  },
  'a body that was read': async maker => {
    const request = make(maker, 'http://a.example', { method: 'POST', body: 'x' })
    await request.text()
    return [await outcome(() => request.text()), await outcome(() => request.clone())]
  },
  'a form': async maker => {
    const form = new FormData()
    form.append('a', 'b')
    return fieldsOf(await make(maker, 'http://a.example', { method: 'POST', body: form }).formData())
  },
  'all members': maker => {
    const request = make(maker, 'http://a.example', {
      mode: 'same-origin',
      redirect: 'error',
      keepalive: true,
      credentials: 'omit',
    })
    return NAMES.filter(name => typeof request[name as keyof Request] !== 'function').map(name => {
      const value = request[name as keyof Request]
      return typeof value === 'object' ? [name, value?.constructor.name] : [name, value]
    })
  },
  headers: maker => [...make(maker, 'http://a.example', { headers: { A: 'b' } }).headers],
  'a signal': maker => {
    const controller = new AbortController()
    const request = make(maker, 'http://a.example', { signal: controller.signal })
    controller.abort()
    return request.signal.aborted
  },
  'a getter on something else': maker => Object.getOwnPropertyDescriptor(maker.prototype, 'url')?.get?.call({}),
  'a fixed getter on something else': maker => Object.getOwnPropertyDescriptor(maker.prototype, 'mode')?.get?.call({}),
  'text on something else': maker => maker.prototype.text.call({} as never),
  'util.inspect': maker => inspect(make(maker, 'http://a.example', { headers: { a: 'b' } })),
})

test('Request: native objects are instances of the light class, and its members work on them', () => {
  const request = new NativeRequest('http://a.example/')
  assert.ok(request instanceof Request)
  assert.equal(Object.getOwnPropertyDescriptor(Request.prototype, 'url')?.get?.call(request), 'http://a.example/')
})

test('Request with GET or HEAD and a body has none, as no Request can', async () => {
  for (const method of ['GET', 'HEAD']) {
    const request = light({ method, body: 'x' })
    assert.equal(request.body, null)
    assert.equal(await request.text(), '')
    assert.equal(request.bodyUsed, false)
    assert.equal(request.clone().body, null)
  }
})

test('Request keeps a method as it was sent', () => {
  assert.equal(light({ method: 'get' }).method, 'get')
  assert.equal(light({ method: 'PROPFIND' }).clone().method, 'PROPFIND')
})

test('Request takes its scheme from the connection and its host from the listener when the client names none', () => {
  const exchange = new FakeExchange('GET /x HTTP/1.0\r\n\r\n', fakePeer({ isEncrypted: true }))
  assert.equal(requestOf(exchange).url, 'https://app.example:8080/x')
})

// Encoding standard, "UTF-8 decode": one byte order mark is taken off. (undici takes off two.)
test('Request.text drops one byte order mark and keeps the second', async () => {
  assert.equal(await light({ method: 'POST', body: '\xef\xbb\xbf\xef\xbb\xbfx' }).text(), '\ufeffx')
})

test('Request reads a body that comes in pieces', async () => {
  for (const read of ['text', 'arrayBuffer', 'body'] as const) {
    const exchange = new FakeExchange('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nab')
    const request = requestOf(exchange) as unknown as Request
    const reading = read === 'body' ? new Response(request.body).arrayBuffer() : request[read]()
    exchange.give('cd')
    await null
    exchange.give('ef')
    const whole = await reading
    assert.equal(typeof whole === 'string' ? whole : Buffer.from(whole).toString(), 'abcdef', read)
  }
})

test('Request.body reads no further than it is read itself', async () => {
  const exchange = exchangeOf({ method: 'POST', body: 'abc' })
  let reads = 0
  const read = exchange.read.bind(exchange)
  exchange.read = () => {
    reads += 1
    return read()
  }
  const reader = (requestOf(exchange) as unknown as Request).body?.getReader()
  assert.equal(reads, 0)
  await reader?.read()
  assert.equal(reads, 1)
})

test('Request.body takes the memory of a piece only when nothing else is in it', async () => {
  const whole = new Uint8Array([1, 2])
  const part = new Uint8Array([0, 3, 4, 0]).subarray(1, 3)
  const exchange = exchangeOf({ method: 'POST', body: 'abc' })
  const pieces = [whole, part]
  exchange.read = () => pieces.shift() ?? null
  const body = (requestOf(exchange) as unknown as Request).body
  assert.ok(body)
  assert.deepEqual(Buffer.concat(await all(body)), Buffer.from([1, 2, 3, 4]))
  assert.equal(whole.length, 0)
  assert.deepEqual([...part], [3, 4])
})

test('Request.body fills the buffer of its reader, and gives it back at the end', async () => {
  const { body } = light({ method: 'POST', body: 'abcd' })
  const reader = body?.getReader({ mode: 'byob' })
  const first = await reader?.read(new Uint8Array(3))
  const second = await reader?.read(new Uint8Array(3))
  const last = await reader?.read(new Uint8Array(3))
  assert.deepEqual(
    [first, second].map(it => Buffer.from(it?.value ?? []).toString()),
    ['abc', 'd'],
  )
  assert.equal(last?.done, true)
})

test('Request whose body is cut rejects in every reader', async () => {
  for (const read of ['text', 'json', 'bytes', 'blob', 'formData'] as const) {
    const exchange = new FakeExchange('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nab')
    const reading = (requestOf(exchange) as unknown as Request)[read]()
    exchange.leave()
    await assert.rejects(reading, { name: 'ClientDisconnected' })
  }
})

test('Request.signal aborts when the client leaves, and so do the requests made of it', () => {
  const exchange = exchangeOf()
  const request = requestOf(exchange) as unknown as Request
  const { signal } = request
  const next = new Request(request)
  assert.equal(signal.aborted, false)
  exchange.leave()
  assert.equal(signal.aborted, true)
  assert.equal(next.signal.aborted, true)
})

test('fetch takes light requests, body and all', async () => {
  const { createServer } = await import('node:http')
  const server = createServer(async (req, res) => {
    const pieces: Buffer[] = []
    for await (const piece of req) pieces.push(piece)
    res.end(`${req.method} ${req.url} ${req.headers['x-a']} ${Buffer.concat(pieces)}`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  try {
    const head = `POST /p?q HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n`
    const request = requestOf(new FakeExchange(`${head}4\r\nbody\r\n0\r\n\r\n`)) as unknown as Request
    request.headers.delete('transfer-encoding')
    assert.equal(await (await fetch(request)).text(), 'POST /p?q b body')
    assert.equal(request.bodyUsed, true)
    await assert.rejects(fetch(request), TypeError)
    await assert.rejects((fetch as () => Promise<unknown>)(), TypeError)
    const made = new Request(`http://127.0.0.1:${port}/made`, { method: 'PUT', body: 'x' })
    assert.equal(await (await fetch(made)).text(), 'PUT /made undefined x')
  } finally {
    server.close()
  }
})
