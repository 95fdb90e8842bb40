import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRanges } from '../../../src/server/files/ranges.ts'

const many = (count: number): string =>
  `bytes=${Array.from({ length: count }, (_, i) => `${i * 2}-${i * 2}`).join(',')}`

/** Ranges of 1000 bytes as `first-last`; `all`: the field is ignored. */
const CASES: readonly (readonly [field: string, ranges: string])[] = [
  ['bytes=0-499', '0-499'],
  ['bytes=500-', '500-999'],
  ['bytes=-1', '999-999'],
  ['bytes=-5000', '0-999'],
  ['bytes=999-5000', '999-999'],
  ['bytes=0-99999999999999999999999999', '0-999'],
  ['BYTES=0-0', '0-0'],
  ['bytes= 0-0 ,\t2-2', '0-0 2-2'],
  ['bytes=500-600,0-10', '500-600 0-10'],
  ['bytes=0-10,5-20,100-110', '0-20 100-110'],
  ['bytes=0-10,5000-,-1', '0-10 999-999'],
  ['bytes=0-499,500-998', '0-499 500-998'],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=99999999999999999999999999-', 'unsatisfiable'],
  ['bytes=5000-6000,7000-', 'unsatisfiable'],
  ['', 'all'],
  ['bytes', 'all'],
  ['bytes=', 'all'],
  ['bytes=-', 'all'],
  ['bytes=a-b', 'all'],
  ['bytes=5-1', 'all'],
  ['bytes=0-0,', 'all'],
  ['bytes=0-0;1-1', 'all'],
  ['lines=0-1', 'all'],
  // In pieces it would be longer.
  ['bytes=0-499,500-999', 'all'],
  [many(32), Array.from({ length: 32 }, (_, i) => `${i * 2}-${i * 2}`).join(' ')],
  [many(33), 'all'],
  [many(1000), 'all'],
  [`bytes=${'0-,'.repeat(31)}0-`, '0-999'],
]

for (const [field, ranges] of CASES)
  test(`${JSON.stringify(field.slice(0, 40))} of 1000 bytes asks for ${ranges.slice(0, 40)} (RFC 9110 14)`, () => {
    const parsed = parseRanges(field, 1000)
    const text = typeof parsed === 'object' ? parsed.map(({ first, last }) => `${first}-${last}`).join(' ') : parsed
    assert.equal(text ?? 'all', ranges)
  })

test('an empty file has no range', () => assert.equal(parseRanges('bytes=0-', 0), 'unsatisfiable'))
