import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeEnv } from '../../../src/app/perl/env.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

/** What Perl's split makes of it; the last of two equal keys counts, as in a hash. */
function envOf(lines: readonly string[], contentLength = 0): Record<string, string> {
  return hashOf(encodeEnv(new FakeExchange(`${lines.join('\r\n')}\r\n\r\n`), contentLength))
}

function hashOf(env: string): Record<string, string> {
  const texts = env.split('\0')
  assert.equal(texts.length % 2, 0)
  // Perl leaves empty texts at the end out.
  assert.notEqual(texts.at(-1), '')
  return Object.fromEntries(Array.from({ length: texts.length / 2 }, (_, i) => [texts[2 * i]!, texts[2 * i + 1]!]))
}

test('the request line becomes the variables of PSGI', () => {
  const env = envOf(['GET /a%20b%2f/c?x=%41&y HTTP/1.1', 'Host: example.com:8080'])
  assert.equal(env['REQUEST_METHOD'], 'GET')
  assert.equal(env['REQUEST_URI'], '/a%20b%2f/c?x=%41&y')
  assert.equal(env['PATH_INFO'], '/a b//c')
  assert.equal(env['QUERY_STRING'], 'x=%41&y')
  assert.equal(env['SERVER_PROTOCOL'], 'HTTP/1.1')
  assert.equal(env['HTTP_HOST'], 'example.com:8080')
  assert.equal(env['psgi.url_scheme'], 'http')
})

test('a broken escape in the path is what is written, as URI::Escape leaves it', () => {
  const env = envOf(['GET /50%/%zz%41?sale=50% HTTP/1.1', 'Host: a'])
  assert.deepEqual([env['PATH_INFO'], env['QUERY_STRING']], ['/50%/%zzA', 'sale=50%'])
})

test('fields come under their names, repeated ones joined', () => {
  const env = envOf([
    'GET / HTTP/1.1',
    'Host: a',
    'X-One: 1',
    'Cookie: a=1',
    'X-Two: 2',
    'x-one: 3',
    'Cookie: b=2',
    'Content-Type: text/x',
  ])
  assert.equal(env['HTTP_X_ONE'], '1, 3')
  assert.equal(env['HTTP_COOKIE'], 'a=1; b=2')
  assert.equal(env['HTTP_X_TWO'], '2')
  assert.equal(env['CONTENT_TYPE'], 'text/x')
})

test('what an attacker could pass off as another variable is left out', () => {
  const env = envOf(['GET / HTTP/1.1', 'Host: a', 'Proxy: http://evil', 'X_Forwarded_For: 1.2.3.4'])
  assert.deepEqual(
    Object.keys(env).filter(key => key.startsWith('HTTP_')),
    ['HTTP_HOST'],
  )
})

test('a chunked body has the length that was read, and no Transfer-Encoding', () => {
  const env = envOf(['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked'], 12)
  assert.equal(env['CONTENT_LENGTH'], '12')
  assert.equal(env['HTTP_TRANSFER_ENCODING'], undefined)
})

test('an absolute target gives the host, and no scheme in the path', () => {
  const env = envOf(['GET http://other.example/p?q HTTP/1.1', 'Host: other.example'])
  assert.equal(env['HTTP_HOST'], 'other.example')
  assert.equal(env['PATH_INFO'], '/p')
})

test('names that are new each time are encoded as well', () => {
  for (let i = 0; i < 1100; i++) assert.equal(envOf(['GET / HTTP/1.1', 'Host: a', `X-N${i}: v`])[`HTTP_X_N${i}`], 'v')
})

test('a client on a Unix socket has an empty REMOTE_ADDR, not none and not one of this machine (RFC 3875 4.1.8)', () => {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const { peer } = exchange
  Object.defineProperty(exchange, 'peer', { value: { ...peer, remoteAddress: undefined, remotePort: undefined } })
  const env = hashOf(encodeEnv(exchange, undefined))
  assert.deepEqual([env['REMOTE_ADDR'], env['REMOTE_PORT']], ['', '0'])
})

test('a NUL in what a proxy tells does not end its text', () => {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const { peer } = exchange
  Object.defineProperty(exchange, 'peer', { value: { ...peer, proxyHeader: { uniqueId: 'a\0b', alpn: '' } } })
  const env = hashOf(encodeEnv(exchange, undefined))
  assert.equal(env['starlight.proxy_header.unique_id'], 'a\\x00b')
  assert.equal(env['psgi.url_scheme'], 'http')
})
