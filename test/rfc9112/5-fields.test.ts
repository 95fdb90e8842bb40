// RFC 9112 section 5: field lines, and the limits of a head.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { RequestReader } from '../../src/http1/request/request-reader.ts'
import { eventsOf, requireEvents } from '../support/events.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const withFields = (...fields: string[]) =>
  bytes(`GET / HTTP/1.1\r\nHost: a\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n`)
const taken = (...fields: string[]) => [
  'request GET / HTTP/1.1',
  '  field Host: a',
  ...fields.map(field => `  field ${field}`),
  'end keep-alive',
]
const verdict = (input: Uint8Array) => eventsOf([input]).at(-1)

describe('RFC 9112 5.1 Field Line Parsing', () => {
  test('5.1 exactly the bytes of a token make a name', () => {
    const tchar = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/
    for (let byte = 0; byte < 256; byte++) {
      const letter = String.fromCharCode(byte)
      if (letter === ':') continue
      assert.equal(
        verdict(withFields(`X${letter}Y: z`)),
        tchar.test(letter) ? 'end keep-alive' : 'fault bad-field-name 400',
        `byte ${byte}`,
      )
    }
  })

  test('5.1 values take HTAB, SP, visible ASCII and obs-text', () => {
    for (let byte = 0; byte < 256; byte++) {
      const isGood = byte === 9 || (byte >= 0x20 && byte !== 0x7f)
      assert.equal(
        verdict(withFields(`X: a${String.fromCharCode(byte)}b`)) === 'end keep-alive',
        isGood,
        `byte ${byte}`,
      )
    }
  })

  test('5.1 white space around a value is cut off, inside it is kept', () => {
    requireEvents(withFields('X:a', 'X: \t a \t b \t ', 'X:\t', 'X:'), taken('X: a', 'X: a \t b', 'X:', 'X:'))
  })

  test('5.1 only SP and HTAB are white space: obs-text at the ends is kept', () => {
    requireEvents(withFields('X: \xa0a\x85', 'Y: \xff'), taken('X: \xa0a\x85', 'Y: \xff'))
  })

  test('5.1 no white space stands between name and colon', () => {
    for (const field of ['X : y', 'X\t: y', 'X  : y']) requireEvents(withFields(field), ['fault bad-field-name 400'])
  })
})

describe('RFC 9112 5.2 Obsolete Line Folding', () => {
  for (const fold of [' y', '\ty', ' ', '\t', '  X: y']) {
    test(`5.2 a line that is ${JSON.stringify(fold)} is refused`, () =>
      requireEvents(withFields('X: y', fold), ['fault obs-fold 400']))
  }
})

describe('RFC 9110 5.3 fields of one name', () => {
  test('5.3 lines are kept in order, and joined when asked for by name', () => {
    const reader = new RequestReader(DEFAULT_LIMITS)
    reader.receive(withFields('X-A: 1', 'x-b: 2', 'x-a: 3', 'X-A:'))
    const head = reader.next()
    assert.ok(head.type === 'request')
    assert.equal(head.fieldCount, 5)
    assert.equal(head.get('x-a'), '1, 3, ')
    assert.equal(head.get('x-b'), '2')
    assert.equal(head.get('x-c'), undefined)
    assert.equal(head.get('x_a'), undefined)
    assert.equal(head.name(3), 'x-a')
    assert.equal(head.value(3), '3')
  })
})

describe('names that were seen before', () => {
  test('a name is never taken for one that it begins with, ends with or spells in another case', () => {
    for (const names of [
      ['X-A', 'X-B'],
      ['X-AB', 'X-B'],
      ['X-', 'X-B'],
      ['x-a', 'X-B'],
      ['X-A', 'X-b'],
      ['X-A', 'X-B'],
    ]) {
      const fields = names.map((name, i) => `${name}: ${i}`)
      requireEvents(withFields(...fields), taken(...fields))
    }
    requireEvents(withFields('X-A : 1'), ['fault bad-field-name 400'])
    requireEvents(withFields('X-A'), ['fault bad-field-name 400'])
  })

  test('clients that make names up are read like any other, also when all names have been forgotten', () => {
    const long = `X-${'y'.repeat(100)}`
    for (let i = 0; i < 6000; i++) {
      const fields = [`X-Made-Up-${i}: 1`, `${long}${i}: 2`, 'Upgrade-Insecure-Requests: 3']
      assert.deepEqual(eventsOf([withFields(...fields)]), taken(...fields))
    }
  })

  test('the fields that the server needs are found wherever they stand, and as often as they come', () => {
    for (const before of [[], ['X: y'], ['X: y', 'Host: b'], ['X: y'], []]) {
      const expected = before.length > 1 ? ['fault bad-host 400'] : taken(...before)
      requireEvents(withFields(...before), expected)
    }
  })
})

describe('RFC 9110 5.4 Field Limits', () => {
  const field = (length: number) => `X: ${'y'.repeat(length - 3)}`

  test('5.4 a field line of exactly the limit is taken, one byte more is 431', () => {
    const limits = { ...DEFAULT_LIMITS, fieldBytes: 20 }
    requireEvents(withFields(field(20)), taken(field(20)), limits)
    for (const length of [21, 22, 23, 100])
      requireEvents(withFields(field(length)), ['fault head-too-large 431'], limits)
    requireEvents(withFields(`${'X'.repeat(20)}:`), ['fault head-too-large 431'], limits)
    requireEvents(withFields(`${'X'.repeat(19)}:`), taken(`${'X'.repeat(19)}:`), limits)
    requireEvents(withFields(`X:${' '.repeat(19)}`), ['fault head-too-large 431'], limits)
    requireEvents(withFields(`X:${' '.repeat(18)}`), taken('X:'), limits)
  })

  test('5.4 fields up to the count are taken, one more is 431 and never dropped', () => {
    const limits = { ...DEFAULT_LIMITS, fieldCount: 3 }
    requireEvents(withFields('X: 1', 'X: 2'), taken('X: 1', 'X: 2'), limits)
    requireEvents(withFields('X: 1', 'X: 2', 'X: 3'), ['fault head-too-large 431'], limits)
  })

  test('5.4 a head of exactly the limit is taken, one byte more is 431', () => {
    const length = withFields(field(20)).length
    requireEvents(withFields(field(20)), taken(field(20)), { ...DEFAULT_LIMITS, headBytes: length })
    for (let less = 1; less <= 24; less++) {
      requireEvents(withFields(field(20)), ['fault head-too-large 431'], {
        ...DEFAULT_LIMITS,
        headBytes: length - less,
      })
    }
  })

  test('5.4 a head without end is refused at its limit', () => {
    requireEvents(bytes(`GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(90)}`), ['fault head-too-large 431'], {
      ...DEFAULT_LIMITS,
      headBytes: 500,
    })
  })

  test('5.4 the defaults are 8192, 16384, 100, 65536 and 128 MiB', () => {
    assert.deepEqual(DEFAULT_LIMITS, {
      requestLineBytes: 8192,
      fieldBytes: 16384,
      fieldCount: 100,
      headBytes: 65536,
      bodyBytes: 134217728,
    })
  })
})

test('a head fed byte by byte costs no more than linear time', () => {
  const cost = (fields: number) => {
    const input = bytes(
      `GET / HTTP/1.1\r\nHost: a\r\n${'X: 0123456789012345678901234567890123456789\r\n'.repeat(fields)}\r\n`,
    )
    const limits = { ...DEFAULT_LIMITS, fieldCount: 1e6, headBytes: 1e9 }
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5; round++) {
      const reader = new RequestReader(limits)
      const before = process.cpuUsage()
      for (let at = 0; at < input.length; at++) {
        reader.receive(input.subarray(at, at + 1))
        reader.next()
      }
      const { user, system } = process.cpuUsage(before)
      best = Math.min(best, user + system)
    }
    return best
  }
  cost(100)
  // Sixteen times the bytes; quadratic would be 256 times the time.
  assert.ok(cost(1600) < 80 * Math.max(cost(100), 500))
})
