// RFC 9112 section 7.1: the chunked coding, its extensions and its trailer section.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { RequestReader } from '../../src/http1/request/request-reader.ts'
import { eventsOf, requireEvents } from '../support/events.ts'

const HEAD = ['request POST / HTTP/1.1', '  field Host: a', '  field Transfer-Encoding: chunked']
const chunked = (text: string) =>
  Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${text}`, 'latin1')
const LAST = '0\r\n\r\n'

/** Requires `body` (none when empty) and a good end, or a fault behind it. */
function requireChunked(text: string, body: string, end = 'end keep-alive', limits = DEFAULT_LIMITS): void {
  requireEvents(chunked(text), [...HEAD, ...(body === '' ? [] : [`body ${body}`]), end], limits)
}

/** The pieces that a reader gives for what comes in reads of `cut` bytes. */
function piecesOf(text: string, cut: number): string[] {
  const reader = new RequestReader(DEFAULT_LIMITS)
  const bytes = chunked(text)
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += cut) {
    reader.receive(bytes.subarray(at, at + cut))
    for (let event = reader.next(); event.type !== 'need-data' && event.type !== 'paused'; event = reader.next()) {
      if (event.type === 'data') pieces.push(Buffer.from(event.chunk).toString())
      if (event.type === 'fault') return [...pieces, event.code]
    }
  }
  return pieces
}

describe('RFC 9112 7.1 Chunked Transfer Coding', () => {
  test('7.1 the chunks of one read are one piece, and what is wrong behind them comes after it', () => {
    assert.deepEqual(piecesOf(`1\r\na\r\n2;x="y"\r\nbc\r\n1\r\nd\r\n${LAST}`, 1e6), ['abcd'])
    assert.deepEqual(piecesOf('1\r\na\r\n1\r\nb\r\n1\r\ncXX', 1e6), ['abc', 'bad-chunk'])
    assert.deepEqual(piecesOf('1\r\na\r\n1\r\nb\r\nffffffffff\r\n', 1e6), ['ab', 'body-too-large'])
    assert.deepEqual(piecesOf('1\r\na\r\n1\r\nb\r\n1\r\nc\r\nx', 1e6), ['abc', 'bad-chunk'])
    assert.equal(piecesOf(`${'1\r\na\r\n'.repeat(40_000)}${LAST}`, 65_536).join('').length, 40_000)
    assert.equal(
      piecesOf(`${'1\r\na\r\n'.repeat(40_000)}${LAST}`, 65_536).length,
      Math.ceil((40_000 * 6 + 5 + 61) / 65_536),
    )
    const long = 'b'.repeat(100_000)
    assert.deepEqual(piecesOf(`1\r\na\r\n186a0\r\n${long}\r\n1\r\nc\r\n${LAST}`, 1e7).join(''), `a${long}c`)
  })

  test('7.1 chunks are joined in order', () => requireChunked(`3\r\nabc\r\n2\r\nde\r\n${LAST}`, 'abcde'))
  test('7.1 hexadecimal digits in both cases', () =>
    requireChunked(`a\r\n0123456789\r\nB\r\n0123456789a\r\n${LAST}`, '01234567890123456789a'))
  test('7.1 data may hold what looks like framing', () => requireChunked(`5\r\n0\r\n\r\n\r\n${LAST}`, '0\r\n\r\n'))
  test('7.1 up to twelve digits, leading zeros included', () => {
    requireChunked(`000000000001\r\nx\r\n${LAST}`, 'x')
    requireChunked(`0000000000001\r\nx\r\n${LAST}`, '', 'fault bad-chunk 400')
    requireChunked('1000000000000\r\nx', '', 'fault bad-chunk 400')
  })

  test('7.1 no byte but a digit, ";" and CR may stand in a size line', () => {
    for (let byte = 0; byte < 256; byte++) {
      const letter = String.fromCharCode(byte)
      if (/[0-9a-fA-F;\r]/.test(letter)) continue
      assert.equal(
        eventsOf([chunked(`1${letter}\r\nx\r\n${LAST}`)]).at(-1),
        'fault bad-chunk 400',
        `byte ${byte} behind`,
      )
      assert.equal(
        eventsOf([chunked(`${letter}1\r\nx\r\n${LAST}`)]).at(-1),
        'fault bad-chunk 400',
        `byte ${byte} before`,
      )
    }
  })

  test('7.1 both bytes behind the data are checked', () => {
    for (const end of ['\n', '\r', '\r\r', '\n\n', '\n\r', 'XX', '  ', '\0\0', '0\r\n', '\r\r\n'])
      requireChunked(`3\r\nabc${end}${LAST}`, 'abc', 'fault bad-chunk 400')
  })

  test('7.1 both bytes behind the last chunk are checked', () => {
    requireChunked('0\n\r\n', '', 'fault bad-chunk 400')
    requireChunked('0\r\r\n', '', 'fault bad-chunk 400')
    requireChunked('0\r\n\n', '', 'fault bad-field-name 400')
    requireChunked('0\r\n\rX', '', 'fault bad-line-end 400')
  })

  test('7.1 the sum of the chunks is limited, and judged when a size is declared', () => {
    const limits = { ...DEFAULT_LIMITS, bodyBytes: 4 }
    requireChunked(`2\r\nab\r\n2\r\ncd\r\n${LAST}`, 'abcd', 'end keep-alive', limits)
    requireChunked('2\r\nab\r\n3\r\n', 'ab', 'fault body-too-large 413', limits)
    requireChunked('ffffffff\r\n', '', 'fault body-too-large 413', limits)
  })

  test('7.1 a limit of 0 is none', () => {
    const limits = { ...DEFAULT_LIMITS, bodyBytes: 0 }
    requireChunked(`2\r\nab\r\n3\r\ncde\r\n${LAST}`, 'abcde', 'end keep-alive', limits)
  })
})

describe('RFC 9112 7.1.1 Chunk Extensions', () => {
  for (const extension of [';a', ';a=b', ';a="b"', ';a="\\""', ';a;b;c', '; a', ';\ta', ';a="b c";d']) {
    test(`7.1.1 ${JSON.stringify(extension)} is ignored`, () =>
      requireChunked(`1${extension}\r\nx\r\n0${extension}\r\n\r\n`, 'x'))
  }
  for (const extension of [
    ';',
    ';;',
    ';=',
    ';a=',
    ';a=;b',
    ' ;a',
    ';a ',
    ';a =b',
    ';a= b',
    ';a=b ',
    ';a="',
    ';a="b',
    ';a="b"c',
    ';a=b"c"',
    ';a="\n"',
    ';a="\r"',
    ';a\n',
    ';\n',
    ';a\r',
    ';a="\\\r"',
    ';\0',
    ';a=\x7f',
    ';"a"',
    ';a/b',
    '=a',
    ',a',
  ]) {
    test(`7.1.1 ${JSON.stringify(extension)} is refused`, () =>
      requireChunked(`1${extension}\r\nx\r\n${LAST}`, '', 'fault bad-chunk 400'))
  }

  test('7.1.1 the extensions of one body are limited to 4096 bytes in total', () => {
    const line = (length: number) => `1;${'a'.repeat(length - 1)}\r\nx\r\n`
    requireChunked(`${line(4095)}${LAST}`, 'x')
    requireChunked(`${line(4097)}${LAST}`, '', 'fault bad-chunk 400')
    // The CR that ends them counts as well: these are 4096.
    requireChunked(`${line(4096)}${LAST}`, 'x')
    requireChunked(`${line(2047)}${line(2047)}${LAST}`, 'xx')
    requireChunked(`${line(2047)}${line(2050)}${LAST}`, 'x', 'fault bad-chunk 400')
  })
})

describe('RFC 9112 7.1.2 Chunked Trailer Section', () => {
  const trailers = (...fields: string[]) => [
    ...HEAD,
    'body x',
    ...fields.map(field => `trailer ${field}`),
    'end keep-alive',
  ]
  const sent = (section: string) => chunked(`1\r\nx\r\n0\r\n${section}\r\n`)

  test('7.1.2 trailer fields come with the end, apart from the head', () =>
    requireEvents(sent('X: 1\r\nHost: b\r\nx:\r\n'), trailers('X: 1', 'Host: b', 'x:')))

  for (const [section, code] of [
    ['X\r\n', 'bad-field-name'],
    ['X : y\r\n', 'bad-field-name'],
    [': y\r\n', 'bad-field-name'],
    [' X: y\r\n', 'obs-fold'],
    ['X: y\r\n z\r\n', 'obs-fold'],
    ['X: \0\r\n', 'bad-field-value'],
    ['X: y\n', 'bad-line-end'],
    ['X: y\rz\r\n', 'bad-line-end'],
  ] as const) {
    test(`7.1.2 ${JSON.stringify(section)} is refused`, () =>
      requireEvents(sent(section), [...HEAD, 'body x', `fault ${code} 400`]))
  }

  test('7.1.2 trailers have the limits of fields, and 8192 bytes in total', () => {
    const tooLarge = [...HEAD, 'body x', 'fault head-too-large 431']
    requireEvents(sent('X: y\r\n'.repeat(3)), trailers('X: y', 'X: y', 'X: y'), { ...DEFAULT_LIMITS, fieldCount: 3 })
    requireEvents(sent('X: y\r\n'.repeat(4)), tooLarge, { ...DEFAULT_LIMITS, fieldCount: 3 })
    requireEvents(sent(`X: ${'y'.repeat(30)}\r\n`), tooLarge, { ...DEFAULT_LIMITS, fieldBytes: 30 })
    const filled = `X: ${'y'.repeat(8192 - 7)}`
    requireEvents(sent(`${filled}\r\n`), trailers(filled))
    requireEvents(sent(`${filled}y\r\n`), tooLarge)
  })

  test('7.1.2 the next request follows the trailers', () =>
    requireEvents(Buffer.concat([sent('X: y\r\n'), Buffer.from('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')]), [
      ...trailers('X: y'),
      'request GET /2 HTTP/1.1',
      '  field Host: a',
      'end keep-alive',
    ]))
})
