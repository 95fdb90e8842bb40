// Fields that a connection's last request had are not read a second time. What they say, and what is refused, must be what a
// connection of its own would have given each request.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS, type Limits } from '../../src/http1/limits.ts'
import { byteByByte, eventsOf } from '../support/events.ts'

const FIELDS = [
  'Host: shop.example.com',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/148.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.9',
  'Cookie: session=9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c; theme=dark',
]

function head(line: string, ...more: string[]): Buffer {
  return Buffer.from(`${[line, ...FIELDS, ...more].join('\r\n')}\r\n\r\n`, 'latin1')
}

/** One connection gives for all requests what one each would have given, in one piece, request by request and byte by byte. */
function requireSame(requests: readonly Buffer[], limits: Limits = DEFAULT_LIMITS): void {
  const expected: string[] = []
  for (const request of requests) {
    const events = eventsOf([request], limits)
    expected.push(...events)
    if (events.at(-1) !== 'end keep-alive') break
  }
  const all = Buffer.concat(requests)
  assert.deepEqual(eventsOf([all], limits), expected, 'pipelined')
  assert.deepEqual(eventsOf(requests, limits), expected, 'one by one')
  assert.deepEqual(eventsOf(byteByByte(all), limits), expected, 'byte by byte')
}

test('behind another request line the same fields say the same (RFC 9112 3)', () => {
  requireSame([
    head('GET / HTTP/1.1'),
    head('GET / HTTP/1.1'),
    head('DELETE /catalogue/lamps?page=3 HTTP/1.1'),
    head('GET http://www.example.com/absolute HTTP/1.1'),
    head('OPTIONS * HTTP/1.1'),
    Buffer.concat([Buffer.from('\r\n'), head('GET /behind-an-empty-line HTTP/1.1')]),
    // What a field means depends on the version (RFC 9112 9.3): here, that nothing follows.
    head('GET /old HTTP/1.0'),
    head('GET /never HTTP/1.1'),
  ])
})

test('fields that differ in one byte, wherever that is, are read (RFC 9112 5)', () => {
  const first = head('GET / HTTP/1.1')
  const from = first.indexOf('Host')
  for (let at = from; at < first.length; at++) {
    for (const byte of [0x21, 0x0d, 0x0a, 0x00]) {
      const other = Buffer.from(first)
      other[at] = byte
      if (byte !== first[at]) requireSame([first, first, other, first])
    }
  }
})

test('fields of another length, a part of the last ones or more than them, are read', () => {
  const first = head('GET / HTTP/1.1')
  requireSame([first, head('GET / HTTP/1.1', 'DNT: 1'), first, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), first])
  // Their end stands where a field line ends in longer ones.
  requireSame([first, head('GET / HTTP/1.1', '', 'DNT: 1')])
  requireSame([head('GET / HTTP/1.1', 'DNT: 1'), first])
})

test('bodies and trailers come between repeated fields as they are (RFC 9112 6, 7)', () => {
  const sized = head('POST /1 HTTP/1.1', 'Content-Length: 5')
  const chunked = head('POST /2 HTTP/1.1', 'Transfer-Encoding: chunked')
  const body = (bytes: string): Buffer => Buffer.from(bytes)
  requireSame([
    Buffer.concat([sized, body('hello')]),
    Buffer.concat([sized, sized.subarray(0, 5)]),
    Buffer.concat([chunked, body('3\r\nabc\r\n0\r\nHost: trailer\r\n\r\n')]),
    Buffer.concat([chunked, body('0\r\n\r\n')]),
    head('GET / HTTP/1.1'),
  ])
})

test('fields that are different each time, and of one length, are read however often', () => {
  const requests = Array.from({ length: 40 }, (_, i) => head('GET / HTTP/1.1', `X-Request-Id: ${1000 + i}`))
  requireSame([...requests, requests[39]!, requests[39]!, requests[0]!])
})

test('limits hold for repeated fields (RFC 9112 3, RFC 6585 5)', () => {
  const limits = { ...DEFAULT_LIMITS, headBytes: head('GET /12345 HTTP/1.1').length, requestLineBytes: 24 }
  requireSame([head('GET /12345 HTTP/1.1'), head('GET /12345 HTTP/1.1'), head('GET /123456 HTTP/1.1')], limits)
  requireSame([head('GET /12345 HTTP/1.1'), head('GET /12345678901234567890 HTTP/1.1')], limits)
})

test('a refused Host stays refused', () => {
  const bad = Buffer.from(head('GET / HTTP/1.1').toString('latin1').replace('shop.', 'shop/'), 'latin1')
  requireSame([head('GET / HTTP/1.1'), bad])
  requireSame([bad, bad])
})
