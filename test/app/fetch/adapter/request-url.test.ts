import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestUrl } from '../../../../src/app/fetch/adapter/request-url.ts'
import type { RequestHead } from '../../../../src/http1/request/request-head.ts'
import { fakePeer } from '../../../support/fake-exchange.ts'

const urlOf = (path: string, authority: string | undefined = 'h.example', changes = {}): string =>
  requestUrl({ path, authority } as RequestHead, fakePeer(changes))

const PIECES = [
  '/',
  '//',
  '.',
  '..',
  '%2e',
  '%2E',
  'a',
  'B',
  '%41',
  '%zz',
  '\\',
  ' ',
  '"',
  "'",
  '^',
  '|',
  '`',
  '{',
  '}',
]
const MORE = [
  '[',
  ']',
  '<',
  '~',
  '!',
  '$',
  '&',
  '(',
  '*',
  '+',
  ',',
  ';',
  '=',
  ':',
  '@',
  '-',
  '_',
  '?',
  '?a=b',
  '\xe9',
  '\x7f',
]

test('request.url is what URL makes of every path of two pieces', () => {
  const pieces = [...PIECES, ...MORE]
  for (const first of pieces) {
    for (const second of pieces) {
      for (const path of [`/${first}${second}`, `/x/${first}/${second}/y`, `/x?${first}${second}`]) {
        assert.equal(urlOf(path), new URL(`http://h.example${path}`).href, path)
      }
    }
  }
})

test('request.url has the host as URL writes it', () => {
  const hosts = [
    'H.Example',
    'h.example:80',
    'h.example:8080',
    'h.example:',
    '127.1',
    '0x7f.1:81',
    '[::1]:80',
    '[0:0::1]:81',
    'a_b',
    'xn--4ca.example',
    'h.',
    'a%41b',
  ]
  for (const host of hosts) {
    assert.equal(urlOf('/x', host), new URL(`http://${host}/x`).href, host)
    assert.equal(urlOf('/x', host, { isEncrypted: true }), new URL(`https://${host}/x`).href, host)
    assert.equal(urlOf('/x', host), new URL(`http://${host}/x`).href, `${host} again`)
  }
})

test('request.url drops the default port of its scheme and no other', () => {
  assert.equal(urlOf('/', 'h:443', { isEncrypted: true }), 'https://h/')
  assert.equal(urlOf('/', 'h:443'), 'http://h:443/')
  assert.equal(urlOf('/', 'h:80', { isEncrypted: true }), 'https://h:80/')
})

test('request.url takes the name of the listener when the client names none, or one that no URL can have', () => {
  assert.equal(urlOf('/x', ''), 'http://app.example:8080/x')
  assert.equal(requestUrl({ path: '/x', authority: undefined } as RequestHead, fakePeer()), 'http://app.example:8080/x')
  assert.equal(urlOf('/x', '1.2.3.999'), 'http://app.example:8080/x')
  assert.equal(urlOf('/x', 'h:99999'), 'http://app.example:8080/x')
  assert.equal(urlOf('/x', '', { serverName: '::1', serverPort: '81' }), 'http://[::1]:81/x')
  assert.equal(urlOf('/x', '', { serverName: '/run/a.sock', serverPort: '0' }), 'http://localhost/x')
})

test('request.url of OPTIONS * is a URL', () => {
  assert.equal(urlOf('*'), 'http://h.example/*')
})

test('request.url of many hosts is right for each', () => {
  for (let i = 0; i < 1000; i += 1) assert.equal(urlOf('/', `h${i}.example`), `http://h${i}.example/`)
})

test('request.url takes time in proportion to the length of the path', () => {
  const timeOf = (path: string): number => {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < 20; i += 1) {
      const started = performance.now()
      urlOf(path)
      best = Math.min(best, performance.now() - started)
    }
    return best
  }
  for (const piece of ['/', '/a', '/%', 'a']) {
    const short = timeOf(`/${piece.repeat(1000)}"`)
    const long = timeOf(`/${piece.repeat(32_000)}"`)
    // A quadratic search would take 1024 times as long.
    assert.ok(long < Math.max(short, 0.02) * 300, `${piece}: ${short} ms, ${long} ms`)
  }
})
