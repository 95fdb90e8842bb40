// RFC 9112 sections 6 and 8: where a body ends, and what an end of the connection in the middle means.

import { describe, test } from 'node:test'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { requireEvents } from '../support/events.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const post = (fields: readonly string[], body = '', version = '1.1') =>
  bytes(`POST / HTTP/${version}\r\nHost: a\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n${body}`)
const head = (fields: readonly string[], version = '1.1') => [
  `request POST / HTTP/${version}`,
  '  field Host: a',
  ...fields.map(field => `  field ${field}`),
]
const CHUNKED = 'Transfer-Encoding: chunked'

describe('RFC 9112 6.1 Transfer-Encoding', () => {
  for (const [fields, code] of [
    [['Transfer-Encoding:'], 'bad-transfer-encoding 400'],
    [['Transfer-Encoding: ,'], 'bad-transfer-encoding 400'],
    [['Transfer-Encoding: chunked, chunked'], 'bad-transfer-encoding 400'],
    [['Transfer-Encoding: chunked, gzip'], 'bad-transfer-encoding 400'],
    [['Transfer-Encoding: gzip, chunked, br'], 'bad-transfer-encoding 400'],
    [[CHUNKED, CHUNKED], 'bad-transfer-encoding 400'],
    [[CHUNKED, 'Transfer-Encoding: identity'], 'bad-transfer-encoding 400'],
    [['Transfer-Encoding:', CHUNKED], 'bad-transfer-encoding 400'],
    [['Transfer-Encoding: gzip'], 'unknown-transfer-coding 501'],
    [['Transfer-Encoding: gzip, chunked'], 'unknown-transfer-coding 501'],
    [['Transfer-Encoding: gzip, br, chunked'], 'unknown-transfer-coding 501'],
    [['Transfer-Encoding: xchunked'], 'unknown-transfer-coding 501'],
    [['Transfer-Encoding: "chunked"'], 'unknown-transfer-coding 501'],
    [[CHUNKED, 'Content-Length: 5'], 'conflicting-framing 400'],
    [['Content-Length: 5', CHUNKED], 'conflicting-framing 400'],
    [['Content-Length: 5', 'Transfer-Encoding:'], 'conflicting-framing 400'],
  ] as const) {
    test(`6.1 ${fields.join(' and ')}: ${code}`, () => requireEvents(post(fields, 'hello'), [`fault ${code}`]))
  }

  test('6.1 Transfer-Encoding on HTTP/1.0 is faulty framing', () =>
    requireEvents(post([CHUNKED], '0\r\n\r\n', '1.0'), ['fault conflicting-framing 400']))
})

describe('RFC 9112 6.2 Content-Length', () => {
  const limits = { ...DEFAULT_LIMITS, bodyBytes: 5 }
  test('6.2 a body of exactly the limit is taken', () =>
    requireEvents(
      post(['Content-Length: 5'], 'hello'),
      [...head(['Content-Length: 5']), 'body hello', 'end keep-alive'],
      limits,
    ))

  for (const value of [
    '6',
    '10',
    '00006',
    '4294967296',
    '4294967301',
    '9007199254740993',
    '18446744073709551616',
    '9'.repeat(300),
  ]) {
    test(`6.2 a length of ${value.slice(0, 24)} is above the limit: 413 before any byte of it`, () =>
      requireEvents(post([`Content-Length: ${value}`]), ['fault body-too-large 413'], limits))
  }

  for (const value of ['', '+5', '-5', '5 5', '5,5', '5, 5', '0x5', '5.', '5e0', '\xb2', '5\xa0', 'five', '5;']) {
    test(`6.2 a length of ${JSON.stringify(value)} is not 1*DIGIT`, () =>
      requireEvents(post([`Content-Length: ${value}`], 'hello'), ['fault bad-content-length 400']))
  }

  test('6.2 two lengths are refused, equal or not', () => {
    for (const second of ['5', '6', '05']) {
      requireEvents(post(['Content-Length: 5', `Content-Length: ${second}`], 'hello'), ['fault bad-content-length 400'])
    }
  })

  for (const bodyBytes of [0, Number.POSITIVE_INFINITY]) {
    const unlimited = { ...DEFAULT_LIMITS, bodyBytes }
    test(`6.2 a limit of ${bodyBytes} is none, but a length is still bounded by what a number can hold`, () => {
      requireEvents(
        post(['Content-Length: 5'], 'hello'),
        [...head(['Content-Length: 5']), 'body hello', 'end keep-alive'],
        unlimited,
      )
      requireEvents(post(['Content-Length: 9007199254740993']), ['fault body-too-large 413'], unlimited)
      requireEvents(post([`Content-Length: ${'9'.repeat(400)}`]), ['fault body-too-large 413'], unlimited)
    })
  }
})

describe('RFC 9112 6.3 Message Body Length', () => {
  test('6.3 without framing fields there is no body, whatever the method', () =>
    requireEvents(post([], 'GET /2 HTTP/1.1\r\nHost: a\r\n\r\n'), [
      ...head([]),
      'end keep-alive',
      'request GET /2 HTTP/1.1',
      '  field Host: a',
      'end keep-alive',
    ]))

  test('6.3 the byte behind a body begins the next request', () =>
    requireEvents(post(['Content-Length: 2'], 'abGET /2 HTTP/1.1\r\nHost: a\r\n\r\n'), [
      ...head(['Content-Length: 2']),
      'body ab',
      'end keep-alive',
      'request GET /2 HTTP/1.1',
      '  field Host: a',
      'end keep-alive',
    ]))
})

describe('RFC 9112 8 Handling Incomplete Messages', () => {
  for (const [name, text, events] of [
    ['an end before any byte closes', '', ['closed']],
    ['an end inside the request line cuts', 'GET', ['cut']],
    ['an end inside the head cuts', 'GET / HTTP/1.1\r\nHost: a\r\n', ['cut']],
    [
      'an end inside a body by length cuts: never handed on as complete',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell',
      [...head(['Content-Length: 5']), 'body hell', 'cut'],
    ],
    [
      'an end before a body by length cuts',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n',
      [...head(['Content-Length: 5']), 'cut'],
    ],
    [
      'an end inside a chunk cuts',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe',
      [...head([CHUNKED]), 'body he', 'cut'],
    ],
    [
      'an end behind a chunk cuts',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n',
      [...head([CHUNKED]), 'body he', 'cut'],
    ],
    [
      'an end behind the last chunk, before the trailers end, cuts',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n',
      [...head([CHUNKED]), 'cut'],
    ],
    [
      'an end inside a trailer cuts',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n',
      [...head([CHUNKED]), 'cut'],
    ],
    [
      'an end behind a request closes',
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      ['request GET / HTTP/1.1', '  field Host: a', 'end keep-alive', 'closed'],
    ],
    [
      'an end behind a body closes',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhe',
      [...head(['Content-Length: 2']), 'body he', 'end keep-alive', 'closed'],
    ],
  ] as const) {
    test(`8 ${name}`, () => requireEvents(bytes(text), events, DEFAULT_LIMITS, true))
  }
})
