// The file is long because it compares the light object with the real one, observation by observation.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { installLightGlobals } from '../../../../src/app/fetch/web/globals.ts'
import { isLightResponse, LightResponse, sendLight } from '../../../../src/app/fetch/web/light-response.ts'
import { FakeExchange } from '../../../support/fake-exchange.ts'
import { outcome, sameOutcome, shapeOf } from '../outcome.ts'

const NativeResponse = Response
const NativeHeaders = Headers
installLightGlobals()

type Maker = typeof Response
const LIGHT = LightResponse as unknown as Maker

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values)
const streamOf = (...pieces: string[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    },
  })
const headOf = (response: Response): unknown => ({
  status: response.status,
  statusText: response.statusText,
  ok: response.ok,
  headers: [...response.headers],
  type: response.type,
  url: response.url,
  redirected: response.redirected,
  bodyUsed: response.bodyUsed,
  body: response.body === null ? null : response.body instanceof ReadableStream,
})
const formOf = (): FormData => {
  const form = new FormData()
  form.append('a', 'b')
  return form
}

const BODIES: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  'an empty string': () => '',
  'a string': () => 'h\u00e9llo \u20ac',
  'a string with a lone surrogate': () => 'a\ud800b',
  'a string with a byte order mark': () => '\ufeffx',
  bytes: () => bytes(1, 2, 255),
  'no bytes': () => bytes(),
  'a Buffer': () => Buffer.from('xyz').subarray(1),
  'an ArrayBuffer': () => bytes(1, 2).buffer,
  'a DataView': () => new DataView(bytes(1, 2, 3).buffer, 1),
  'a Uint16Array': () => new Uint16Array([1, 2]),
  'a Blob': () => new Blob(['x'], { type: 'text/x' }),
  'a Blob without type': () => new Blob(['x']),
  URLSearchParams: () => new URLSearchParams({ a: 'b c' }),
  'a stream': () => streamOf('a', 'b'),
  'a number': () => 5,
  'an object': () => ({}),
  'an array': () => ['a', 'b'],
  'a symbol': () => Symbol('x'),
}
const INITS: Record<string, unknown> = {
  null: null,
  'an empty object': {},
  'a string': 'x',
  'a number': 5,
  'a function': () => undefined,
  'undefined members': { status: undefined, statusText: undefined, headers: undefined },
  'status 200': { status: 200 },
  'status 599': { status: 599 },
  'status 600': { status: 600 },
  'status 99': { status: 99 },
  'status 101': { status: 101 },
  'status 199': { status: 199 },
  'status 0': { status: 0 },
  'status 204': { status: 204 },
  'status 205': { status: 205 },
  'status 304': { status: 304 },
  'status null': { status: null },
  'status as text': { status: '404' },
  'status that is no number': { status: 'x' },
  'status with a fraction': { status: 200.7 },
  'status NaN': { status: Number.NaN },
  'status that wraps': { status: 65736 },
  statusText: { statusText: 'Very Good' },
  'statusText with latin1': { statusText: '\xe9' },
  'statusText with LF': { statusText: 'a\nb' },
  'statusText with a control character': { statusText: 'a\x01b' },
  'statusText beyond latin1': { statusText: '\u20ac' },
  'statusText null': { statusText: null },
  'statusText a number': { statusText: 5 },
  'headers object': { headers: { B: '1', 'content-TYPE': 'text/html' } },
  'headers pairs': {
    headers: [
      ['set-cookie', 'a'],
      ['Set-Cookie', 'b'],
    ],
  },
  'headers light': { headers: new Headers({ a: 'b' }) },
  'headers native': { headers: new NativeHeaders({ a: 'b' }) },
  'headers bad name': { headers: { 'a b': '' } },
  'headers bad value': { headers: { a: '\n\0' } },
  'headers null': { headers: null },
  'headers a string': { headers: 'a: b' },
  'a native response': new NativeResponse('y', { status: 201, statusText: 'Z', headers: { q: 'r' } }),
  'a light response': new LightResponse('y', { status: 201, statusText: 'Z', headers: { q: 'r' } }),
  everything: { status: 404, statusText: 'Nope', headers: { a: 'b' }, url: 'x', more: 1 },
}
const isSame = (read: () => unknown): boolean => Object.is(read(), read())
const make = (maker: Maker, body: unknown, ...init: unknown[]): Response =>
  new (maker as unknown as new (...args: unknown[]) => Response)(body, ...init)

for (const [bodyName, body] of Object.entries(BODIES)) {
  sameOutcome<Maker>(`Response of ${bodyName}`, LIGHT, NativeResponse, {
    'the head': maker => headOf(make(maker, body())),
    text: maker => make(maker, body()).text(),
    bytes: async maker => [...(await make(maker, body()).bytes())],
    arrayBuffer: async maker => (await make(maker, body()).arrayBuffer()).byteLength,
    blob: async maker => {
      const blob = await make(maker, body()).blob()
      return [blob.type, blob.size, await blob.text()]
    },
    json: maker => make(maker, body()).json(),
    formData: maker => make(maker, body()).formData(),
    'the stream': async maker => {
      const stream = make(maker, body()).body
      return stream === null ? null : Buffer.concat(await all(stream)).toString('hex')
    },
    'null body statuses': maker => make(maker, body(), { status: 204 }).status,
    'a given type': maker => headOf(make(maker, body(), { headers: { 'Content-Type': 'a/b' } })),
    'read twice': async maker => {
      const response = make(maker, body())
      const first = await outcome(() => response.text())
      return [first, response.bodyUsed, await outcome(() => response.text()), await outcome(() => response.blob())]
    },
    clone: async maker => {
      const response = make(maker, body(), { status: 201, headers: { a: 'b' } })
      const copy = response.clone()
      copy.headers.set('a', 'c')
      return [headOf(copy), headOf(response), await copy.text(), response.bodyUsed, await response.text()]
    },
    'clone after reading': async maker => {
      const response = make(maker, body())
      await response.text()
      return response.clone().status
    },
    'clone while locked': maker => {
      const response = make(maker, body())
      response.body?.getReader()
      return response.clone().status
    },
    'clone with the body looked at': async maker => {
      const response = make(maker, body())
      void response.body
      return [await response.clone().text(), await response.text()]
    },
  })
}

async function all(stream: ReadableStream): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

for (const [initName, init] of Object.entries(INITS)) {
  sameOutcome<Maker>(`Response with init ${initName}`, LIGHT, NativeResponse, {
    'and a string': maker => headOf(make(maker, 'x', init)),
    'and bytes': maker => headOf(make(maker, bytes(1), init)),
    'and a blob': maker => headOf(make(maker, new Blob(['x'], { type: 'text/x' }), init)),
    'and nothing': maker => headOf(make(maker, null, init)),
    'in json': maker => headOf((maker.json as (...args: unknown[]) => Response)({ a: 1 }, init)),
  })
}

sameOutcome<Maker>('Response', LIGHT, NativeResponse, {
  'the shape of the class': maker => shapeOf(maker as never),
  'Symbol.toStringTag': maker => String(new maker()),
  'a call without new': maker => (maker as unknown as () => unknown)(),
  'no arguments': maker => headOf(new maker()),
  json: async maker => [headOf(maker.json({ a: 1 })), await maker.json([1]).json()],
  'json of undefined': maker => maker.json(undefined),
  'json of a function': maker => maker.json((() => 1) as never),
  'json of a cycle': maker => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    return maker.json(cycle)
  },
  'json of a BigInt': maker => maker.json(1n),
  'json without arguments': maker => (maker.json as () => unknown)(),
  'json of null': maker => maker.json(null).text(),
  'json with 204': maker => maker.json({}, { status: 204 }),
  redirect: maker => headOf(maker.redirect('http://a.example/b')),
  'redirect 307': maker => headOf(maker.redirect('http://a.example/b', 307)),
  'redirect 200': maker => maker.redirect('http://a.example/b', 200 as never),
  'redirect to no URL': maker => maker.redirect('/relative'),
  'redirect without arguments': maker => (maker.redirect as unknown as () => unknown)(),
  'redirect headers are immutable': maker => maker.redirect('http://a.example/').headers.set('a', 'b'),
  error: maker => headOf(maker.error()),
  'error headers are immutable': maker => maker.error().headers.append('a', 'b'),
  'headers can be changed': maker => {
    const response = new maker('x')
    response.headers.set('a', 'b')
    response.headers.delete('content-type')
    return [headOf(response), headOf(new maker('x')), isSame(() => response.headers)]
  },
  'the same init twice': maker => {
    const headers = { a: 'b' }
    new maker('x', { headers }).headers.append('a', 'c')
    return headOf(new maker('x', { headers }))
  },
  'headers of the init are copied': maker => {
    const headers = new Headers({ a: 'b' })
    const response = new maker('x', { headers })
    headers.set('a', 'changed')
    response.headers.set('z', 'y')
    return [[...headers], [...response.headers]]
  },
  'bytes are copied': async maker => {
    const source = bytes(1, 2)
    const response = new maker(source)
    source[0] = 9
    return [...(await response.bytes())]
  },
  'status cannot be set': maker => {
    const response = new maker('x') as { status: number }
    response.status = 5
  },
  'body is the same each time': maker => {
    const response = new maker('x')
    return isSame(() => response.body)
  },
  'the stream of the body is the one that was given': maker => {
    const stream = streamOf('x')
    return new maker(stream).body === stream
  },
  'a locked stream': maker => {
    const stream = streamOf('x')
    stream.getReader()
    return new maker(stream)
  },
  'a stream that was read': async maker => {
    const stream = streamOf('x')
    await all(stream)
    return new maker(stream)
  },
  'bodyUsed while reading': async maker => {
    const response = new maker('x')
    const reading = response.text()
    const used = [response.bodyUsed, response.body?.locked]
    return [used, await reading]
  },
  'bodyUsed after cancel': async maker => {
    const response = new maker('x')
    await response.body?.cancel()
    return [response.bodyUsed, await outcome(() => response.text())]
  },
  'text while locked': async maker => {
    const response = new maker('x')
    const reader = response.body?.getReader()
    const locked = await outcome(() => response.text())
    reader?.releaseLock()
    return [locked, response.bodyUsed, await response.text()]
  },
  'text after reading from the stream': async maker => {
    const response = new maker('x')
    const reader = response.body?.getReader()
    await reader?.read()
    reader?.releaseLock()
    return [response.bodyUsed, await outcome(() => response.text())]
  },
  "the body with a buffer of one's own": async maker => {
    const reader = new maker('hello').body?.getReader({ mode: 'byob' })
    const first = await reader?.read(new Uint8Array(3))
    const second = await reader?.read(new Uint8Array(3))
    const last = await reader?.read(new Uint8Array(3))
    return [first, second, last?.done]
  },
  tee: async maker => {
    const response = new maker('x')
    const [left, right] = response.body?.tee() ?? []
    return [await new maker(left as never).text(), await new maker(right as never).text(), response.bodyUsed]
  },
  pipeThrough: async maker => {
    const response = new maker('x'.repeat(100))
    const piped = response.body?.pipeThrough(new TextDecoderStream() as never)
    return [(await all(piped as ReadableStream)).join(''), response.bodyUsed]
  },
  'Readable.fromWeb': async maker => {
    const stream = Readable.fromWeb(new maker('x').body as never)
    return Buffer.concat(await stream.toArray()).toString()
  },
  'passing the body on': async maker => {
    const first = new maker('x', { status: 201, headers: { a: 'b' } })
    const second = new maker(first.body, first)
    second.headers.set('c', 'd')
    const third = new maker(second.body, second)
    const text = await third.text()
    return [headOf(third), text, first.bodyUsed, second.bodyUsed, await outcome(() => first.text())]
  },
  'passing the body on and reading the first': async maker => {
    const first = new maker('x')
    const second = new maker(first.body)
    return [await first.text(), second.bodyUsed, await outcome(() => second.text())]
  },
  'blob with the type of the moment': async maker => {
    const response = new maker('x')
    response.headers.set('content-type', 'text/y')
    return (await response.blob()).type
  },
  'formData of a form': async maker => {
    const form = await new maker(formOf() as never).formData()
    return [...form]
  },
  'formData of text': async maker => {
    const init = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    return [...(await new maker('a=b&c=d+e', init).formData())]
  },
  'a stream of strings': maker => new maker(new ReadableStream({ pull: c => c.enqueue('x' as never) })).text(),
  'a stream that fails': maker => new maker(new ReadableStream({ pull: c => c.error(new RangeError('x')) })).text(),
  'Object.keys': maker => Object.keys(new maker('x')),
  'JSON.stringify': maker => JSON.stringify(new maker('x')),
  'util.inspect': maker => inspect(new maker('x', { status: 201 }), { depth: 1 }),
  'a getter on something else': maker => Object.getOwnPropertyDescriptor(maker.prototype, 'status')?.get?.call({}),
  'text on something else': maker => maker.prototype.text.call({} as never),
  'a subclass': async maker => {
    class Mine extends maker {
      extra = 1
    }
    const mine = new Mine('x', { status: 202 })
    return [
      mine instanceof maker,
      mine.constructor.name,
      mine.status,
      mine.extra,
      await mine.text(),
      mine.clone() instanceof Mine,
    ]
  },
})

test('Response: native and light ones are instances of both classes, taken before or after', async () => {
  const fetched = await fetch('data:text/plain,hello')
  assert.ok(fetched instanceof Response)
  assert.equal(fetched.constructor, Response)
  assert.equal(isLightResponse(fetched), false)
  assert.ok(new Response('x') instanceof NativeResponse)
  assert.ok(fetched.headers instanceof Headers)
  assert.equal(await Response.prototype.text.call(fetched), 'hello')
  class Old extends NativeResponse {}
  assert.ok(new Old('x') instanceof Response)
  assert.equal(new Response('x') instanceof Old, false)
})

test('Response of a string is not made of anything native until its body is asked for', () => {
  assert.ok(isLightResponse(new Response('x')))
  assert.ok(isLightResponse(Response.json({})))
})

async function sent(response: Response): Promise<FakeExchange> {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await sendLight(response as unknown as LightResponse, exchange)
  return exchange
}

test('Response whose body was passed on to another is sent in one piece', async () => {
  const first = new Response('hello')
  const second = new Response(first.body, first)
  second.headers.set('x-a', 'b')
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.equal(sendLight(second as unknown as LightResponse, exchange), undefined)
  assert.equal(exchange.bodyText, 'hello')
  assert.deepEqual(exchange.answered?.headers, ['content-type', 'text/plain;charset=UTF-8', 'x-a', 'b'])
})

test('Response that was read cannot be sent, whatever its body is made of', async () => {
  for (const body of ['text', bytes(1), new Blob(['x']), streamOf('x')]) {
    const response = new Response(body as never)
    await response.text()
    await assert.rejects(sent(response), { name: 'AppError', message: /body has been read already/ })
  }
})

test('Response of a string may be sent again and again', async () => {
  const response = new Response('x')
  assert.equal((await sent(response)).bodyText, 'x')
  assert.equal((await sent(response)).bodyText, 'x')
})

test('Response sends each Set-Cookie as a line of its own', async () => {
  const response = new Response(null, {
    headers: [
      ['set-cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['x', '1'],
      ['X', '2'],
    ],
  })
  const exchange = await sent(response)
  assert.deepEqual(exchange.answered?.headers, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x', '1, 2'])
})

test('Response sends its status and its reason', async () => {
  const { answered } = await sent(new Response('x', { status: 418, statusText: 'Teapot' }))
  assert.deepEqual([answered?.status, answered?.reason], [418, 'Teapot'])
})

// Node 20 clones native ones to {} as well; later ones refuse, which would cost a mark on every object here.
test('Response and Headers have nothing that structuredClone could copy', () => {
  assert.deepEqual(structuredClone(new Response('x')), {})
  assert.deepEqual(structuredClone(new Headers({ a: 'b' })), {})
})
