import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRangeWanted, judgeConditions } from '../../../src/server/files/conditions.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT'
const THEN = 'Sun, 06 Nov 1994 08:49:37 GMT'
const AFTER = 'Sun, 06 Nov 1994 08:49:38 GMT'
const file = { etag: '"a"', lastModified: THEN }

const CASES: readonly (readonly [fields: string, verdict: string])[] = [
  ['X: y', 'proceed'],
  ['If-None-Match: "a"', 'not-modified'],
  ['If-None-Match: W/"a"', 'not-modified'],
  ['If-None-Match: "b", "a"', 'not-modified'],
  ['If-None-Match: "b"\r\nIf-None-Match: "a"', 'not-modified'],
  ['If-None-Match: "b,\\", "a"', 'not-modified'],
  ['If-None-Match: *', 'not-modified'],
  ['If-None-Match: "b"', 'proceed'],
  ['If-None-Match: a', 'proceed'],
  ['If-None-Match: "', 'proceed'],
  ['If-None-Match: "x"a"x"', 'proceed'],
  [`If-None-Match: "b"\r\nIf-Modified-Since: ${THEN}`, 'proceed'],
  [`If-Modified-Since: ${THEN}`, 'not-modified'],
  [`If-Modified-Since: ${AFTER}`, 'not-modified'],
  [`If-Modified-Since: ${BEFORE}`, 'proceed'],
  ['If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT', 'not-modified'],
  ['If-Modified-Since: Sun Nov  6 08:49:37 1994', 'not-modified'],
  ['If-Modified-Since: Sun Nov  6 08:49:36 1994', 'proceed'],
  ['If-Modified-Since: tomorrow', 'proceed'],
  ['If-Modified-Since: 2027', 'proceed'],
  ['If-Match: "a"', 'proceed'],
  ['If-Match: *', 'proceed'],
  ['If-Match: W/"a"', 'failed'],
  ['If-Match: "b"', 'failed'],
  ['If-Match: "b", "a"', 'proceed'],
  ['If-Match: "a"\r\nIf-None-Match: "a"', 'not-modified'],
  [`If-Match: "a"\r\nIf-Unmodified-Since: ${BEFORE}`, 'proceed'],
  [`If-Unmodified-Since: ${BEFORE}`, 'failed'],
  [`If-Unmodified-Since: ${THEN}`, 'proceed'],
  ['If-Unmodified-Since: yesterday', 'proceed'],
]

for (const [fields, verdict] of CASES)
  test(`${JSON.stringify(fields)}: ${verdict} (RFC 9110 13.2.2)`, () => {
    const { head } = new FakeExchange(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`)
    assert.equal(judgeConditions(head, file), verdict)
  })

const RANGES: readonly (readonly [ifRange: string | undefined, isWanted: boolean])[] = [
  [undefined, true],
  ['"a"', true],
  ['"b"', false],
  ['W/"a"', false],
  [THEN, true],
  [AFTER, false],
  [BEFORE, false],
  ['x', false],
]
for (const [ifRange, isWanted] of RANGES)
  test(`If-Range: ${ifRange} ${isWanted ? 'sends the range' : 'sends all'} (RFC 9110 13.1.5)`, () => {
    assert.equal(isRangeWanted(ifRange, file, true), isWanted)
  })

test('a date within its second tells nothing', () => assert.equal(isRangeWanted(THEN, file, false), false))

test('a file without a date fails no condition on dates', () => {
  const { head } = new FakeExchange(`GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: ${THEN}\r\n\r\n`)
  assert.equal(judgeConditions(head, { etag: '"a"', lastModified: undefined }), 'proceed')
})
