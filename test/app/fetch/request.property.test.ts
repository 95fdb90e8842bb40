import { test } from 'node:test'
import fc from 'fast-check'
import { installLightGlobals } from '../../../src/app/fetch/web/globals.ts'
import { LightRequest, requestOf } from '../../../src/app/fetch/web/light-request.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { type Step, Steps, stepsOf } from './body-steps.ts'
import { type Argument, argument, holds, inspected, made, outcomeOf, same, TEXT } from './properties.ts'

const NativeRequest = Request
const NativeResponse = Response
installLightGlobals()

type Maker = typeof Request
const LIGHT = LightRequest as unknown as Maker

/** A request as a client sends it. Its body comes in two pieces. */
interface Sent {
  readonly method: string
  readonly path: string
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string | undefined
}
const SENT: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'),
  path: fc.constantFrom('/', '/a?b=c', '/a/../b', '/%7e/ü?x=[1]'.replace('ü', '%C3%BC')),
  fields: fc.array(
    fc.constantFrom<[string, string][]>(
      ['X-A', '1'],
      ['x-a', '0'],
      ['cookie', 'a=1'],
      ['Cookie', 'b=2'],
      ['content-type', 'application/x-www-form-urlencoded'],
      ['content-type', 'text/plain; charset=latin1'],
      ['Accept', '*/*'],
    ),
    { maxLength: 4 },
  ),
  body: fc.constantFrom(undefined, 'a=b&c=d+e', '{"a":[1]}', '\xef\xbb\xbfh\xc3\xa9\xff', 'x'.repeat(3000)),
})

function light({ method, path, fields, body }: Sent): Request {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const length = body === undefined ? '' : `Content-Length: ${body.length}\r\n`
  return requestOf(
    new FakeExchange(`${method} ${path} HTTP/1.1\r\nHost: h.example\r\n${lines}${length}\r\n${body ?? ''}`),
  ) as unknown as Request
}

function native({ method, path, fields, body }: Sent): Request {
  const length: [string, string][] = body === undefined ? [] : [['Content-Length', String(body.length)]]
  const headers = [['Host', 'h.example'], ...fields, ...length] as [string, string][]
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD'
  // A request from outside has a body of unknown source: a stream.
  const source = hasBody ? { body: new NativeResponse(Buffer.from(body, 'latin1')).body, duplex: 'half' } : {}
  return new NativeRequest(new URL(path, 'http://h.example'), { method, headers, ...source } as RequestInit)
}

/** What an application gives as the second argument of `new Request`. */
const INITS: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  'an empty object': () => ({}),
  'a method': () => ({ method: 'post' }),
  'a bad method': () => ({ method: 'a b' }),
  'a forbidden method': () => ({ method: 'TRACE' }),
  'a custom method': () => ({ method: 'purge' }),
  'a body': () => ({ method: 'POST', body: 'new body' }),
  'a body with GET': () => ({ method: 'GET', body: 'new body' }),
  bytes: () => ({ method: 'PUT', body: new Uint8Array([1, 2]) }),
  'a form': () => ({ method: 'PUT', body: new URLSearchParams({ a: 'b' }) }),
  'a stream': () => ({ method: 'POST', body: new NativeResponse('streamed').body, duplex: 'half' }),
  'a stream without duplex': () => ({ method: 'POST', body: new NativeResponse('streamed').body }),
  headers: () => ({ headers: { 'X-New': 'y', 'content-type': 'text/x' } }),
  'light headers': () => ({ headers: new Headers({ a: 'b' }) }),
  'bad headers': () => ({ headers: { 'a b': 'c' } }),
  'an aborted signal': () => ({ signal: AbortSignal.abort() }),
  'no signal': () => ({ signal: null }),
  'no-cors': () => ({ mode: 'no-cors', headers: { 'x-a': 'b', accept: 'text/x' } }),
  'a bad mode': () => ({ mode: 'navigate' }),
  'all else': () => ({
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'manual',
    referrer: '',
    referrerPolicy: 'origin',
    integrity: 'x',
    keepalive: true,
  }),
  'a bad enumeration': () => ({ redirect: 'sometimes' }),
}
const MEMBERS = [
  ...['head', 'head', 'inspect', 'change', 'retype', 'names', 'values'],
  ...Object.keys(INITS).map(name => `of itself with ${name}`),
  'as the init',
  'as the init of a response',
]

async function run(make: Maker, first: () => Request, list: readonly Step[]): Promise<unknown> {
  const steps = new Steps<Request>()
  steps.objects.push(first())
  void steps.note(() => headOf(steps.objects[0] as Request))
  await steps.perform(list, (member, it, on) => {
    switch (member) {
      case 'head':
        return headOf(it)
      case 'inspect':
        return inspected(it, { depth: 0 })
      case 'names':
        return [...it.headers.keys()]
      case 'values':
        return [it.headers.get('cookie'), it.headers.get('X-A'), it.headers.has('content-type')]
      case 'change':
        return it.headers.append('changed', String(on))
      case 'retype':
        return it.headers.set('content-type', 'application/x-www-form-urlencoded')
      case 'as the init':
        return void steps.objects.push(new make('http://other.example/', it as RequestInit))
      case 'as the init of a response':
        return [...new Response('', { headers: it.headers }).headers]
      default:
        return void steps.objects.push(new make(it, initOf(member) as RequestInit))
    }
  })
  return steps.trace
}

function initOf(member: string): unknown {
  return (INITS[member.replace('of itself with ', '')] as () => unknown)()
}

function headOf(it: Request): unknown {
  const { method, url, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive } = it
  const members = { method, url, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive }
  const body = it.body === null ? null : [it.body instanceof ReadableStream, it.body.locked]
  const more = it as unknown as Record<string, unknown>
  return {
    ...members,
    body,
    bodyUsed: it.bodyUsed,
    headers: [...it.headers],
    isAborted: it.signal.aborted,
    duplex: more['duplex'],
    destination: more['destination'],
    tag: String(it),
    isRequest: [it instanceof LIGHT, it instanceof NativeRequest],
  }
}

test('Request of a client is what the platform would make of it, whatever is called in whatever order', () =>
  holds(
    fc.asyncProperty(SENT, stepsOf(MEMBERS), async (sent, steps) =>
      same(await run(LIGHT, () => light(sent), steps), await run(NativeRequest, () => native(sent), steps)),
    ),
    120,
  ))

const INPUT: fc.Arbitrary<Argument> = argument(
  fc.oneof(TEXT, fc.webUrl(), fc.constantFrom('/relative', 'http://u:p@h/', 'HTTP://H:80/a b?\u20ac#f')),
)

test("Request that an application makes is the platform's, whatever it is made of", () =>
  holds(
    fc.asyncProperty(
      INPUT,
      fc.oneof(fc.constantFrom(...Object.keys(INITS)), argument(TEXT)),
      stepsOf(MEMBERS),
      async (input, init, steps) => {
        const observed = (make: Maker): Promise<unknown> | string => {
          const request = outcomeOf(
            () =>
              new make(made(input) as string, (typeof init === 'string' ? initOf(init) : made(init)) as RequestInit),
          )
          return 'error' in request ? request.error : run(make, () => request.value, steps)
        }
        same(await observed(LIGHT), await observed(NativeRequest))
      },
    ),
    100,
  ))

test('Request takes every character in its method, its URL and its headers that the platform takes, and no other', () => {
  for (let code = 0; code < 0x180; code++) {
    const character = String.fromCharCode(code)
    const observations = (make: Maker): unknown => [
      outcomeOf(() => new make('http://h.example/', { method: `a${character}b` }).method),
      outcomeOf(() => new make(`http://h.example/a${character}b?c${character}#d${character}`).url),
      outcomeOf(() => [
        ...new make('http://h.example/', { headers: { a: character, [`a${character}`]: 'b' } }).headers,
      ]),
    ]
    same({ code, seen: observations(LIGHT) }, { code, seen: observations(NativeRequest) })
  }
})
