import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../../src/config/errors.ts'
import { accessLogFormatter } from '../../src/log/access-log.ts'
import type { AccessRecord } from '../../src/log/access-record.ts'

process.env['TZ'] = 'UTC'

interface Changes extends Partial<Omit<AccessRecord, 'head' | 'peer'>> {
  readonly head?: Partial<AccessRecord['head']>
  readonly peer?: Partial<AccessRecord['peer']>
  readonly fields?: Readonly<Record<string, string>>
}

function record({ head, peer, fields = {}, ...rest }: Changes = {}): AccessRecord {
  const target = head?.target ?? '/a/b?c=d&e'
  return {
    head: {
      method: 'GET',
      target,
      path: target,
      protocol: 'HTTP/1.1',
      authority: 'example.org:8080',
      get: name => fields[name],
      ...head,
    },
    peer: {
      remoteAddress: '192.0.2.7',
      remotePort: 50123,
      localAddress: '192.0.2.1',
      localPort: 8080,
      serverName: '0.0.0.0',
      serverPort: '8080',
      ...peer,
    },
    status: 200,
    bodyBytes: 2326,
    startedAt: Date.UTC(2026, 10, 3, 20, 7, 9, 45),
    durationMs: 1234.5678,
    isComplete: true,
    ...rest,
  }
}

const BROWSER = { referer: 'http://example.com/start', 'user-agent': 'Mozilla/5.0' }

test('accessLogFormatter writes the combined format of Apache', () => {
  assert.equal(
    accessLogFormatter('combined')(record({ fields: BROWSER })),
    '192.0.2.7 - - [03/Nov/2026:20:07:09 +0000] "GET /a/b?c=d&e HTTP/1.1" 200 2326 "http://example.com/start" "Mozilla/5.0"',
  )
})

test('accessLogFormatter writes the common format, - for what is missing', () => {
  const line = accessLogFormatter('common')(
    record({ bodyBytes: 0, status: 304, peer: { remoteAddress: undefined }, head: { protocol: 'HTTP/1.0' } }),
  )
  assert.equal(line, '- - - [03/Nov/2026:20:07:09 +0000] "GET /a/b?c=d&e HTTP/1.0" 304 -')
})

const directives: readonly (readonly [format: string, expected: string, changes?: Changes])[] = [
  ['%h', '192.0.2.7'],
  ['%a %A', '192.0.2.7 192.0.2.1'],
  ['%l', '-'],
  ['%u', '-'],
  ['%u', 'alice', { fields: { authorization: 'Basic YWxpY2U6c2VjcmV0' } }],
  ['%u', 'a\\x20\\x22b', { fields: { authorization: `basic ${Buffer.from('a "b:x').toString('base64')}` } }],
  ['%u', '-', { fields: { authorization: 'Bearer YWxpY2U6c2VjcmV0' } }],
  ['%t', '[03/Nov/2026:20:07:09 +0000]'],
  ['%{%Y-%m-%dT%H:%M:%S%z}t', '2026-11-03T20:07:09+0000'],
  ['%{%F %T}t', '2026-11-03 20:07:09'],
  [
    '%{%a %A %b %B %e %I %p %j %y %D %R %s %%}t',
    'Tue Tuesday Nov November  3 08 PM 307 26 11/03/26 20:07 1793736429 %',
  ],
  ['%{sec}t %{msec}t %{usec}t', '1793736429 1793736429045 1793736429045000'],
  ['%{msec_frac}t %{usec_frac}t', '045 045000'],
  ['%r', 'GET /a/b?c=d&e HTTP/1.1'],
  ['%s %>s %<s', '200 200 200'],
  ['%b %B', '2326 2326'],
  ['%b %B', '- 0', { bodyBytes: 0 }],
  ['%D', '1234568'],
  ['%T %{s}T %{ms}T %{us}T', '1 1 1235 1234568'],
  ['%m', 'GET'],
  ['%U', '/a/b'],
  ['%q', '?c=d&e'],
  ['[%q]', '[]', { head: { target: '/a' } }],
  ['%H', 'HTTP/1.1'],
  ['%p %{canonical}p %{local}p %{remote}p', '8080 8080 8080 50123'],
  ['%v', '0.0.0.0'],
  ['%V', 'example.org'],
  ['%V', '[::1]', { head: { authority: '[::1]:80' } }],
  ['%V', '0.0.0.0', { head: { authority: undefined } }],
  ['%P', String(process.pid)],
  ['%X', '+'],
  ['%X', '-', { isPersistent: false }],
  ['%X', 'X', { isComplete: false }],
  ['%{X-Forwarded-For}i', '203.0.113.9', { fields: { 'x-forwarded-for': '203.0.113.9' } }],
  ['%{X-Forwarded-For}i', '-'],
  ['%{X-Id}o', 'r7', { responseField: name => (name === 'x-id' ? 'r7' : undefined) }],
  ['%{X-Id}o', '-'],
  ['100%%', '100%'],
  ['plain text', 'plain text'],
  ['', ''],
]

for (const [format, expected, changes] of directives) {
  test(`accessLogFormatter "${format}" gives "${expected}"`, () => {
    assert.equal(accessLogFormatter(format)(record(changes)), expected)
  })
}

for (const format of [
  '%Q',
  '%',
  '%{x}',
  '%{x}y',
  '%{fortnight}T',
  '%{constructor}p',
  '%400{Referer}i',
  '%{%Q}t',
  '%>b',
]) {
  test(`accessLogFormatter refuses "${format}" and names what it does not know`, () => {
    assert.throws(
      () => accessLogFormatter(format),
      (error: Error) =>
        error instanceof ConfigError && /^Cannot use the .* format.*"%.*" is unknown/.test(error.message),
    )
  })
}

test('accessLogFormatter escapes quotes, backslashes, control bytes and non-ASCII, so that no client writes its own entry', () => {
  const evil = 'x"\\\r\n127.0.0.1 - - \x1b[31m\x7f\xe9'
  const line = accessLogFormatter('combined')(record({ fields: { referer: evil, 'user-agent': '' } }))
  assert.match(line, /"x\\x22\\x5C\\x0D\\x0A127\.0\.0\.1 - - \\x1B\[31m\\x7F\\xE9" "-"$/)
  assert.doesNotMatch(line, /[^ -~]/)
})

test('accessLogFormatter escapes the target and the authority too', () => {
  assert.equal(
    accessLogFormatter('%r|%U|%q|%V')(record({ head: { target: '/"?\xff', authority: 'a"b' } })),
    'GET /\\x22?\\xFF HTTP/1.1|/\\x22|?\\xFF|a\\x22b',
  )
})

test('accessLogFormatter follows the clock from second to second', () => {
  const format = accessLogFormatter('%{%S}t')
  const at = (second: number): string => format(record({ startedAt: second * 1000 + 999 }))
  assert.deepEqual([1, 1, 2, 59, 60, 1].map(at), ['01', '01', '02', '59', '00', '01'])
})

test('accessLogFormatter json gives one ASCII object with the facts of the request', () => {
  const line = accessLogFormatter('json')(
    record({ fields: { 'user-agent': 'M\xfcller"\n', authorization: 'Basic YWxpY2U6c2VjcmV0' } }),
  )
  assert.doesNotMatch(line, /[^ -~]/)
  assert.deepEqual(JSON.parse(line), {
    time: '2026-11-03T20:07:09.045Z',
    remoteAddress: '192.0.2.7',
    user: 'alice',
    method: 'GET',
    target: '/a/b?c=d&e',
    httpVersion: '1.1',
    host: 'example.org:8080',
    status: 200,
    bodyBytes: 2326,
    durationUs: 1234568,
    referer: null,
    userAgent: 'Müller"\n',
    isComplete: true,
    pid: process.pid,
  })
})
