import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { installLightGlobals } from '../../../../src/app/fetch/web/globals.ts'
import { headersOverHead, LightHeaders } from '../../../../src/app/fetch/web/light-headers.ts'
import { FakeExchange } from '../../../support/fake-exchange.ts'
import { sameOutcome, shapeOf } from '../outcome.ts'

const NativeHeaders = Headers
installLightGlobals()

type Maker = typeof Headers
const LIGHT = LightHeaders as unknown as Maker

const REPEATED: [string, string][] = [
  ['b', '1'],
  ['A', '2'],
  ['b', '3'],
  ['Set-Cookie', 'x=1'],
  ['set-cookie', 'y=2'],
  ['cookie', 'a=1'],
  ['cookie', 'b=2'],
]
const iterator = (make: Maker): object => Object.getPrototypeOf(new make().keys())
const of = (make: Maker): Headers => new make(REPEATED)

sameOutcome<Maker>('Headers', LIGHT, NativeHeaders, {
  'the shape of the class': make => shapeOf(make as never),
  'the shape of the iterator': make => Reflect.ownKeys(iterator(make)).map(String),
  'the name of the iterator': make => Object.prototype.toString.call(new make().entries()),
  'iterator[Symbol.iterator]': make => {
    const it = new make([['a', 'b']]).values()
    return it[Symbol.iterator]() === it
  },
  'next of a foreign iterator': make => (iterator(make) as Iterator<string>).next.call({} as never),
  'Symbol.toStringTag': make => String(new make()),
  'entries is [Symbol.iterator]': make => make.prototype.entries === make.prototype[Symbol.iterator],
  'a call without new': make => (make as unknown as () => unknown)(),
  'no init': make => [...new make()],
  'init undefined': make => [...new make(undefined)],
  'init null': make => new make(null as never),
  'init a string': make => new make('a: b' as never),
  'init a number': make => new make(1 as never),
  'init pairs, sorted and combined': make => [...of(make)],
  'init a pair of three': make => new make([['a', 'b', 'c']] as never),
  'init a pair of one': make => new make([['a']] as never),
  'init a pair that is a string': make => [...new make(['ab'] as never)],
  'init a pair of numbers': make => [...new make([[1, 2]] as never)],
  'init a map': make => [...new make(new Map([['a', 'b']]) as never)],
  'init an object': make => [...new make({ B: '1', a: '2' })],
  'init an object with names that differ in case': make => [...new make({ B: '1', b: '2' })],
  'init an object with a number': make => [...new make({ a: 1 } as never)],
  'init an object with undefined': make => [...new make({ a: undefined } as never)],
  'init an object without prototype': make => [...new make(Object.assign(Object.create(null), { a: 'b' }))],
  'init an object with inherited names': make => [...new make(Object.create({ a: 'b' }))],
  'init an instance': make => [
    ...new make(
      new (class A {
        x = 'y'
      })() as never,
    ),
  ],
  'init itself': make => [...new make(of(make))],
  'init light': make => [...new make(new LIGHT(REPEATED))],
  'init native': make => [...new make(new NativeHeaders(REPEATED))],
  'init with a bad name': make => new make({ 'a b': 'c' }),
  'init with an empty name': make => new make({ '': 'c' }),
  'init with a name beyond latin1': make => new make({ '\u0100': 'c' }),
  'init with a value beyond latin1': make => new make({ a: '\u0100' }),
  'init with LF in a value': make => new make({ a: 'b\nc' }),
  'init with NUL in a value': make => new make({ a: 'b\0c' }),
  'init with white space around a value': make => [...new make({ a: ' \t\r\n b c \t' })],
  'init with latin1': make => [...new make({ a: '\xe9\xff' })],
  'init with a control character': make => [...new make({ a: 'b\x01c' })],
  'init with an empty value': make => [...new make({ a: '' })],
  'get in any case': make => [of(make).get('B'), of(make).get('b'), of(make).get('a')],
  'get of cookies': make => [of(make).get('cookie'), of(make).get('set-cookie')],
  'get of what is absent': make => of(make).get('c'),
  'get without a name': make => (of(make).get as () => unknown)(),
  'get of undefined': make => of(make).get(undefined as never),
  'get of a number': make => new make({ 1: 'x' }).get(1 as never),
  'get of a bad name': make => of(make).get('a b'),
  'get of a symbol': make => of(make).get(Symbol('x') as never),
  'get on something else': make => make.prototype.get.call({} as never, 'a'),
  has: make => [of(make).has('A'), of(make).has('c'), of(make).has('set-cookie')],
  'has of a bad name': make => of(make).has(''),
  'set a new one': make => seen(of(make), it => it.set('C', 'x')),
  'set an old one': make => seen(of(make), it => it.set('B', 'x')),
  'set of set-cookie': make => seen(of(make), it => it.set('Set-Cookie', 'z=3')),
  'set trims': make => seen(of(make), it => it.set('a', '  x ')),
  'set a number': make => seen(of(make), it => it.set('a', 5 as never)),
  'set without a value': make => seen(of(make), it => (it.set as (name: string) => void)('a')),
  'set a bad value': make => seen(of(make), it => it.set('a', 'b\r\nc')),
  'set a bad name': make => seen(of(make), it => it.set('a:', 'b')),
  'append to an old one': make => seen(of(make), it => it.append('B', 'x')),
  'append a set-cookie': make => seen(of(make), it => it.append('set-COOKIE', 'z=3')),
  'append a bad value': make => seen(of(make), it => it.append('a', '\0')),
  'append without arguments': make => (of(make).append as () => void)(),
  'append gives nothing': make => of(make).append('x', 'y'),
  delete: make => seen(of(make), it => it.delete('B')),
  'delete of set-cookie': make => seen(of(make), it => it.delete('SET-cookie')),
  'delete of what is absent': make => seen(of(make), it => it.delete('zz')),
  'delete of a bad name': make => of(make).delete('ä ö'),
  getSetCookie: make => of(make).getSetCookie(),
  'getSetCookie without any': make => new make().getSetCookie(),
  keys: make => [...of(make).keys()],
  values: make => [...of(make).values()],
  'the pair is not ours to change': make => {
    const headers = of(make)
    for (const pair of headers) pair[1] = 'changed'
    return [...headers]
  },
  'iteration sees what is appended': make => {
    const headers = new make({ a: '1' })
    const names: string[] = []
    for (const [name] of headers) {
      names.push(name)
      if (name === 'a') headers.append('b', '2')
    }
    return names
  },
  forEach: make => {
    const calls: unknown[] = []
    const headers = of(make)
    headers.forEach(function (this: unknown, value, name, all) {
      calls.push([this, value, name, all === headers])
    }, 'this')
    return calls
  },
  'forEach without a function': make => of(make).forEach('x' as never),
  'forEach gives nothing': make => typeof of(make).forEach(value => void value),
  'Object.keys': make => Object.keys(of(make)),
  'for-in': make => {
    const names: string[] = []
    for (const name in of(make)) names.push(name)
    return names.sort()
  },
  'JSON.stringify': make => JSON.stringify(of(make)),
  'util.inspect': make => inspect(new make({ a: 'b', c: 'd' })),
  'a subclass': make => {
    const sub = new (class Mine extends make {})({ a: 'b' })
    return [sub instanceof make, sub.get('A'), sub.constructor.name]
  },
})

function seen(headers: Headers, change: (headers: Headers) => void): unknown {
  change(headers)
  return [...headers]
}

test('Headers: native and light ones are instances of both classes, taken before or after', () => {
  const native = Response.error().headers
  assert.equal(Headers, LightHeaders)
  assert.ok(native instanceof Headers)
  assert.ok(new NativeHeaders() instanceof Headers)
  assert.ok(new Headers() instanceof NativeHeaders)
  assert.equal(Headers.prototype.get.call(new NativeHeaders({ a: 'b' }), 'a'), 'b')
  assert.equal({} instanceof NativeHeaders, false)
})

test('Headers are refused by name and value in the words of the platform', () => {
  assert.throws(() => new Headers({ a: 'b\nc' }), /invalid header value/)
  assert.throws(() => new Headers().get('a b'), /invalid header name/)
})

const LINES = [
  'Host: h',
  'X-B: 1',
  'x-a: 2',
  'X-b: 3',
  'Cookie: a=1',
  'Cookie: b=2',
  'Set-Cookie: c',
  'set-cookie: d',
  'Z: \xe9',
]
const overHead = (): LightHeaders =>
  headersOverHead(new FakeExchange(`GET / HTTP/1.1\r\n${LINES.join('\r\n')}\r\n\r\n`).head)
const overNative = (): LightHeaders =>
  new NativeHeaders(LINES.map(line => line.split(': ') as [string, string])) as unknown as LightHeaders

sameOutcome<() => LightHeaders>('Headers of a request', overHead, overNative, {
  'all of them': make => [...make()],
  get: make => ['host', 'X-B', 'cookie', 'COOKIE', 'set-cookie', 'z', 'none'].map(name => make().get(name)),
  has: make => ['host', 'X-B', 'set-cookie', 'none'].map(name => make().has(name)),
  'get after all': make => {
    const headers = make()
    return [[...headers].length, headers.get('x-b'), headers.has('cookie'), headers.get('cookie')]
  },
  getSetCookie: make => make().getSetCookie(),
  set: make => {
    const headers = make()
    headers.set('x-B', 'new')
    headers.append('x-a', 'more')
    headers.delete('host')
    return [...headers]
  },
  'get of a bad name': make => make().get('\n'),
})

test('Headers of a request of one Cookie line with a comma are given as they came', () => {
  const { head } = new FakeExchange('GET / HTTP/1.1\r\nHost: h\r\nCookie: a=1, 2\r\n\r\n')
  assert.equal(headersOverHead(head).get('cookie'), 'a=1, 2')
})
