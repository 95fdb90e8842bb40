import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../../src/app/shared/describe-value.ts'

const CASES: readonly (readonly [value: unknown, words: string])[] = [
  [undefined, 'undefined'],
  [null, 'null'],
  ['a"b', 'the string "a\\"b"'],
  ['x'.repeat(100), `the string "${'x'.repeat(60)}..."`],
  [5, 'the number 5'],
  [5n, 'the bigint 5'],
  [true, 'the boolean true'],
  [Symbol('s'), 'the symbol Symbol(s)'],
  [[1, 2], 'an array of 2'],
  [() => 1, 'a function'],
  [new Map(), 'a Map'],
  [new Error('x'), 'an Error'],
  [Object.create(null), 'an object'],
]

for (const [value, words] of CASES) {
  test(`describe says ${words.slice(0, 30)}`, () => assert.equal(describe(value), words))
}
