import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Handler } from '../../src/app/handler.ts'
import { trustedNetworks } from '../../src/config/trusted-proxies.ts'
import { listening } from '../support/listening.ts'

const HELLO: Handler = exchange => exchange.answer(200, [], 'served') as undefined
const forwarding = {
  trusted: trustedNetworks(['loopback'], 'x'),
  isExplicit: true,
  field: 'x-forwarded',
  requestId: false,
} as const

/** The first line and the Location of an answer. */
const CASES: readonly (readonly [request: string, port: number, status: number, location: string | undefined])[] = [
  ['GET /a/b?c=%2F HTTP/1.1\r\nHost: example.org', 443, 308, 'https://example.org/a/b?c=%2F'],
  ['POST / HTTP/1.1\r\nHost: example.org:80\r\nContent-Length: 0', 8443, 308, 'https://example.org:8443/'],
  ['GET /x HTTP/1.1\r\nHost: [::1]:80', 443, 308, 'https://[::1]/x'],
  ['GET //evil.example/x HTTP/1.1\r\nHost: a', 443, 308, 'https://a//evil.example/x'],
  ['GET / HTTP/1.0', 443, 400, undefined],
  ['GET /health?x HTTP/1.1\r\nHost: a', 443, 200, undefined],
  ['GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https', 443, 200, undefined],
  ['GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: http', 443, 308, 'https://a/'],
]

for (const [request, port, status, location] of CASES) {
  test(`${JSON.stringify(request)} with https on ${port} is answered ${status}`, async t => {
    const { connect } = await listening(t, HELLO, { redirectToHttps: port, healthPaths: ['/health'], forwarding })
    const client = await connect(request.slice(0, request.indexOf(' ')))
    await client.send(`${request}\r\n\r\n`)
    const answer = await client.answer()
    const found = answer.fields.find(([name]) => name.toLowerCase() === 'location')?.[1]
    assert.deepEqual([answer.status, found], [status, location])
  })
}
