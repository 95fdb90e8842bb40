// RFC 9112 section 9 and RFC 9110 7.8, 10.1.1: what a head says about its connection.

import { describe, test } from 'node:test'
import { requireEvents } from '../support/events.ts'

function requireHead(version: string, fields: readonly string[], facts: readonly string[], end: string): void {
  const bytes = Buffer.from(
    `GET / HTTP/${version}\r\nHost: a\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n`,
    'latin1',
  )
  requireEvents(bytes, [
    `request GET / HTTP/${version}`,
    ...facts.map(fact => `  ${fact}`),
    '  field Host: a',
    ...fields.map(field => `  field ${field}`),
    `end ${end}`,
  ])
}

describe('RFC 9112 9.3 Persistence', () => {
  for (const [version, values, end] of [
    ['1.1', [], 'keep-alive'],
    ['1.1', ['close'], 'close'],
    ['1.1', ['Close'], 'close'],
    ['1.1', ['keep-alive'], 'keep-alive'],
    ['1.1', ['keep-alive, close'], 'close'],
    ['1.1', ['close, keep-alive'], 'close'],
    ['1.1', ['keep-alive', 'close'], 'close'],
    ['1.1', ['close', 'keep-alive'], 'close'],
    ['1.1', ['TE\t,\tclose'], 'close'],
    ['1.1', [',,close,,'], 'close'],
    ['1.1', ['closed'], 'keep-alive'],
    ['1.1', ['close x'], 'keep-alive'],
    ['1.1', ['\xa0close'], 'keep-alive'],
    ['1.0', [], 'close'],
    ['1.0', ['keep-alive'], 'keep-alive'],
    ['1.0', ['Keep-Alive'], 'keep-alive'],
    ['1.0', ['TE', 'keep-alive'], 'keep-alive'],
    ['1.0', ['keep-alive, close'], 'close'],
    ['1.0', ['keep-alive', 'close'], 'close'],
    ['1.0', ['x'], 'close'],
  ] as const) {
    test(`9.3 HTTP/${version} with Connection ${JSON.stringify(values)}: ${end}`, () =>
      requireHead(
        version,
        values.map(value => `Connection: ${value}`),
        [],
        end,
      ))
  }
})

describe('RFC 9110 7.8 Upgrade', () => {
  test('7.8 an offer needs Upgrade and the connection option, in any case and any list', () => {
    requireHead('1.1', ['Connection: Upgrade', 'Upgrade: websocket'], ['upgrade websocket'], 'keep-alive')
    requireHead(
      '1.1',
      ['Connection: keep-alive', 'Connection: x, UPGRADE', 'Upgrade: a', 'Upgrade: b'],
      ['upgrade a, b'],
      'keep-alive',
    )
  })
  test('7.8 one of the two alone is nothing', () => {
    requireHead('1.1', ['Upgrade: websocket'], [], 'keep-alive')
    requireHead('1.1', ['Connection: upgrade'], [], 'keep-alive')
  })
  test('7.8 HTTP/1.0 cannot upgrade', () =>
    requireHead('1.0', ['Connection: upgrade', 'Upgrade: websocket'], [], 'close'))
})

describe('RFC 9110 10.1.1 Expect', () => {
  const post = (version: string, fields: readonly string[]) =>
    Buffer.from(`POST / HTTP/${version}\r\nHost: a\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n`)
  const waits = (field: string) => [
    'request POST / HTTP/1.1',
    '  expects 100-continue',
    '  field Host: a',
    '  field Content-Length: 1',
    `  field ${field}`,
  ]

  test('10.1.1 the expectation is case-insensitive and a list', () => {
    for (const field of [
      'Expect: 100-continue',
      'Expect: 100-CONTINUE',
      'Expect: ,100-continue',
      'Expect: 100-continue,100-continue',
    ]) {
      requireEvents(post('1.1', ['Content-Length: 1', field]), waits(field))
    }
  })
  test('10.1.1 an expectation that is not known is 417', () => {
    for (const value of ['x', '100-continue, x', '100-continue x', '200-ok'])
      requireEvents(post('1.1', ['Content-Length: 1', `Expect: ${value}`]), ['fault unknown-expectation 417'])
  })
  test('10.1.1 HTTP/1.0 expects nothing', () =>
    requireEvents(post('1.0', ['Content-Length: 1', 'Expect: 100-continue']), [
      'request POST / HTTP/1.0',
      '  field Host: a',
      '  field Content-Length: 1',
      '  field Expect: 100-continue',
    ]))
  test('10.1.1 without a body nothing is waited for', () =>
    requireEvents(post('1.1', ['Expect: 100-continue']), [
      'request POST / HTTP/1.1',
      '  field Host: a',
      '  field Expect: 100-continue',
      'end keep-alive',
    ]))
  test('10.1.1 a body over the limit is refused before it is asked for', () =>
    requireEvents(post('1.1', ['Content-Length: 134217729', 'Expect: 100-continue']), ['fault body-too-large 413']))
})
