// Whatever a client repeats, the work that it makes grows with the bytes that it sends and no faster: nobody stops a worker with a few
// kilobytes. Counted, not timed. What counts has to be there before what is counted.

import '../support/work.ts'

import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { errorPage } from '../../src/app/development/error-page.ts'
import { fetchHandler } from '../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../src/app/handler.ts'
import { nodeHandler } from '../../src/app/node/handler.ts'
import { encodeEnv } from '../../src/app/perl/env.ts'
import { psgiHandler } from '../../src/app/psgi/handler.ts'
import type { PsgiEnv } from '../../src/app/psgi/types.ts'
import { accessLogFormatter } from '../../src/log/access-log.ts'
import { contextOf } from '../../src/server/library/app-context.ts'
import { OpenTransport, SILENT } from '../support/open-transport.ts'
import { superLinear, workOf } from '../support/work.ts'

/** Bytes of a field at first; then twice and four times as many. */
const SIZE = 600
/** Nothing ends at a limit here. */
const LIMITS = { requestLineBytes: 1e6, fieldBytes: 1e6, fieldCount: 1e4, headBytes: 1e6, bodyBytes: 1e6 }
/** What may be repeated: blanks, members and parts of members, escapes, the special characters of every syntax there is. */
const FILLERS = [
  ...[
    ' ',
    '\t',
    ',',
    ', ',
    ' ,',
    'a',
    'A',
    '0',
    '1',
    '-',
    '_',
    '.',
    ':',
    ';',
    '=',
    '/',
    '?',
    '#',
    '%',
    '&',
    '@',
    '+',
    '"',
    '\\',
    '\\"',
  ],
  ...[
    '[',
    ']',
    '::',
    '(',
    '<',
    '\x80',
    'a,',
    'a ,',
    'a b',
    'a=b; ',
    '1, ',
    '%41',
    '%2',
    '%%',
    '%2e',
    '../',
    '//',
    '?a',
    'a.',
    'a:',
    '1.',
  ],
  ...['chunked,', 'close, ', 'upgrade,', '100-continue, ', 'websocket ', 'gzip, chunked, ', 'keep-alive ', 'Basic '],
]
type Shape = (text: string) => string
const field =
  (name: string): Shape =>
  text =>
    `POST /p?q HTTP/1.1\r\nHost: a\r\n${name}: ${text}\r\n\r\n`
const chunked = (body: string): string => `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`

/** Where a client may repeat something that every application sees. */
const SEEN_BY_ALL: Readonly<Record<string, Shape>> = {
  'the path': text => `GET /${text} HTTP/1.1\r\nHost: a\r\n\r\n`,
  'the query': text => `GET /?${text} HTTP/1.1\r\nHost: a\r\n\r\n`,
  'the path of an absolute target': text => `GET http://a/${text} HTTP/1.1\r\nHost: a\r\n\r\n`,
  Host: text => `GET / HTTP/1.1\r\nHost: ${text}\r\n\r\n`,
  Cookie: field('Cookie'),
  'a quoted value': text => field('Cookie')(`a="${text}"`),
  Accept: field('Accept'),
  Authorization: field('Authorization'),
  'the credentials of Authorization': text => field('Authorization')(`Basic ${text}!`),
  Referer: field('Referer'),
  'the name of a field': text => `GET / HTTP/1.1\r\nHost: a\r\n${text}: b\r\n\r\n`,
}
/** And where only the server looks. */
const OWN: Readonly<Record<string, Shape>> = {
  'the method': text => `${text} / HTTP/1.1\r\nHost: a\r\n\r\n`,
  'the authority of a target': text => `GET http://${text}/ HTTP/1.1\r\nHost: a\r\n\r\n`,
  'a port': text => `GET / HTTP/1.1\r\nHost: a:${text}\r\n\r\n`,
  'an IPv6 address': text => `GET / HTTP/1.1\r\nHost: [${text}]\r\n\r\n`,
  Connection: field('Connection'),
  'Content-Length': field('Content-Length'),
  'Transfer-Encoding': field('Transfer-Encoding'),
  Expect: field('Expect'),
  Upgrade: text => field('Upgrade')(`${text}\r\nConnection: upgrade`),
  'the size of a chunk': text => chunked(`${text}\r\n`),
  'the extension of a chunk': text => chunked(`1;${text}\r\na\r\n0\r\n\r\n`),
  'a value in an extension': text => chunked(`1;a="${text}"\r\na\r\n0\r\n\r\n`),
  'the name of a trailer': text => chunked(`0\r\n${text}: b\r\n\r\n`),
  'a trailer': text => chunked(`0\r\na: ${text}\r\n\r\n`),
  'what is before a request': text => `${text}GET / HTTP/1.1\r\nHost: a\r\n\r\n`,
}

/** What a client may send many of. */
const MANY: Readonly<Record<string, (count: number) => string>> = {
  'empty lines': count => '\r\n'.repeat(count),
  'equal fields': count => field('b')(`c${'\r\nb: c'.repeat(count)}`),
  'empty fields': count => field('b')('\r\nb:'.repeat(count)),
  cookies: count => field('Cookie')(`a=b${'\r\nCookie: a=b'.repeat(count)}`),
  'different fields': count => field('b')(`c${numbered(count, i => `\r\nd${i}: c`)}`),
  'Connection fields': count => field('Connection')(`a${'\r\nConnection: a'.repeat(count)}`),
  'Expect fields': count => field('Expect')(`100-continue${'\r\nExpect: 100-continue'.repeat(count)}`),
  'Upgrade fields': count => field('Connection')(`upgrade${'\r\nUpgrade: a'.repeat(count)}`),
  'Transfer-Encoding fields': count => field('Transfer-Encoding')(`a${'\r\nTransfer-Encoding: a'.repeat(count)}`),
  'chunks of one byte': count => chunked(`${'1\r\na\r\n'.repeat(count)}0\r\n\r\n`),
  'chunks with extensions': count => chunked(`${'1;a=b\r\na\r\n'.repeat(count)}0\r\n\r\n`),
  trailers: count => chunked(`0\r\n${'a: b\r\n'.repeat(count)}\r\n`),
  'pipelined requests': count => 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count),
  'pipelined requests with new fields': count => numbered(count, i => `GET / HTTP/1.1\r\nHost: a\r\nd${i}: c\r\n\r\n`),
}

function numbered(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join('')
}

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())

/** Every kind of application, reading everything that it is given. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(
    (env: PsgiEnv) => [200, [], [JSON.stringify({ ...env, 'psgi.input': env['psgi.input'].text() })]],
    CONTEXT,
  ),
  fetch: fetchHandler(request => new Response(`${request.url}${[...request.headers].join('')}`), CONTEXT),
  node: nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    res.end(`${req.url}${JSON.stringify(req.headers)}${req.rawHeaders.join('')}`)
  }, CONTEXT),
  perl: exchange => exchange.answer(200, [], encodeEnv(exchange, 0)) as undefined,
  'a mistake in development': exchange => {
    const page = errorPage(new Error(exchange.head.target), exchange.head)
    return exchange.answer(500, [], page.body) as undefined
  },
}

const FORMATS = ['json', '%h %u %t "%r" %U %q %V %v "%{Referer}i" "%{Cookie}i" "%{x}o" %X'].map(accessLogFormatter)

/** Gives a client's bytes, in pieces of `cut`, to a connection of its own. */
function serve(handler: Handler, bytes: string, cut: number): void {
  const user = OpenTransport.connect(handler, LIMITS, record => void FORMATS.map(format => format(record)))
  const all = Buffer.from(bytes, 'latin1')
  for (let at = 0; at < all.length; at += cut) user.received(all.subarray(at, at + cut))
  user.lost()
}

const WHOLE = Number.POSITIVE_INFINITY

/** Requires that the work for texts in `place` grows as they do: first of all of them together, then, to name it, of each. */
function requireLinear(handler: Handler, shape: Shape, texts: readonly Repeated[]): void {
  if (superLinear(size => workFor(handler, shape, texts, size), SIZE) === undefined) return
  const wrong = texts.flatMap(text => {
    const found = superLinear(size => workFor(handler, shape, [text], size), SIZE)
    return found === undefined ? [] : [`${JSON.stringify(text)}: ${found}`]
  })
  assert.deepEqual(wrong, [])
}

function workFor(handler: Handler, shape: Shape, texts: readonly Repeated[], size: number): number {
  const requests = texts.map(({ before, filler, behind }) =>
    shape(before + filler.repeat(size / filler.length) + behind),
  )
  return workOf(() => {
    for (const request of requests) serve(handler, request, WHOLE)
  })
}

interface Repeated {
  readonly before: string
  readonly filler: string
  readonly behind: string
}

const WITHIN: readonly Repeated[] = FILLERS.map(filler => ({ before: 'a', filler, behind: 'b' }))
const MEMBER: readonly Repeated[] = FILLERS.map(filler => ({ before: 'a,b', filler, behind: ',c' }))
const ALONE: readonly Repeated[] = FILLERS.map(filler => ({ before: '', filler, behind: '' }))

describe('work of the server itself', () => {
  for (const [place, shape] of Object.entries(OWN)) {
    test(`grows with ${place}`, () => requireLinear(HANDLERS['psgi']!, shape, [...MEMBER, ...ALONE]))
  }
})

for (const [kind, handler] of Object.entries(HANDLERS)) {
  test(`a chunked body of 1-byte chunks takes at most 10 steps for each byte that comes for ${kind}, however it is read`, () => {
    const bytes = 20_000
    const work = (text: string): number => workOf(() => serve(handler, text, 65_536))
    const chunks = work(chunked(`${'1\r\na\r\n'.repeat(bytes)}0\r\n\r\n`))
    const whole = work(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n${'a'.repeat(bytes)}`)
    assert.ok(chunks - whole <= 10 * 6 * bytes, `${chunks} steps, and ${whole} with Content-Length`)
  })
}

test('a head of names that nobody has seen takes at most three times the work of one with known names', () => {
  const ignore: Handler = exchange => exchange.answer(200, [], '') as undefined
  for (const length of [8, 20, 58]) {
    const heads = (first: number): string =>
      numbered(
        20,
        i =>
          `GET / HTTP/1.1\r\nHost: a\r\n${numbered(99, k => `${`n${first + i * 99 + k}-`.padEnd(length, 'n')}: v\r\n`)}\r\n`,
      )
    const again = heads(0)
    for (let i = 0; i < 30; i++) serve(ignore, again, WHOLE)
    const known = workOf(() => serve(ignore, again, WHOLE))
    const unknown = workOf(() => serve(ignore, heads(10_000), WHOLE))
    assert.ok(unknown <= 3 * known, `${unknown} steps, and ${known} for known names of ${length} bytes`)
  }
})

for (const [kind, handler] of Object.entries(HANDLERS)) {
  describe(`work for a client of ${kind}`, () => {
    for (const [place, shape] of Object.entries(SEEN_BY_ALL)) {
      test(`grows with ${place}`, () => requireLinear(handler, shape, WITHIN))
    }
    for (const [what, many] of Object.entries(MANY)) {
      test(`grows with the number of ${what}, whole and byte by byte`, () => {
        for (const cut of [WHOLE, 1]) {
          const work = (count: number): number => {
            const request = many(count)
            return workOf(() => serve(handler, request, cut))
          }
          assert.equal(superLinear(work, 200), undefined, `in pieces of ${cut}`)
        }
      })
    }
  })
}
