import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeEnv } from '../../../src/app/perl/env.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

/** What Perl's unpack('(N/a)*') makes of it; the last of two equal keys counts, as in a hash. */
function envOf(lines: readonly string[], contentLength = 0): Record<string, string> {
  const bytes = Buffer.from(encodeEnv(new FakeExchange(`${lines.join('\r\n')}\r\n\r\n`), contentLength), 'latin1')
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    texts.push(bytes.toString('latin1', at + 4, at + 4 + length))
    at += 4 + length
  }
  assert.equal(texts.length % 2, 0)
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

test('names beyond those that are remembered are encoded all the same', () => {
  for (let i = 0; i < 1100; i++) assert.equal(envOf(['GET / HTTP/1.1', 'Host: a', `X-N${i}: v`])[`HTTP_X_N${i}`], 'v')
})

test('a client on a Unix socket has an empty REMOTE_ADDR, not none and not one of this machine (RFC 3875 4.1.8)', () => {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const { peer } = exchange
  Object.defineProperty(exchange, 'peer', { value: { ...peer, remoteAddress: undefined, remotePort: undefined } })
  const text = encodeEnv(exchange, undefined)
  assert.ok(text.includes('REMOTE_ADDR\0\0\0\0'))
  assert.ok(text.includes('REMOTE_PORT\0\0\0\x010'))
})
