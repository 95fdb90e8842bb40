import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flatHeaders } from '../../../src/app/psgi/headers.ts'

const GOOD: readonly (readonly [form: string, headers: unknown, list: readonly string[]])[] = [
  ['an empty list', [], []],
  ['a flat list', ['A', '1', 'a', '2'], ['A', '1', 'a', '2']],
  ['a flat list with numbers', ['A', 1, 'B', '2'], ['A', '1', 'B', '2']],
  [
    'pairs',
    [
      ['A', '1'],
      ['B', 2],
    ],
    ['A', '1', 'B', '2'],
  ],
  ['an object', { A: '1', B: 2 }, ['A', '1', 'B', '2']],
  [
    'an object with lists',
    { 'Set-Cookie': ['a=1', 'b=2'], C: '3' },
    ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'C', '3'],
  ],
  [
    'a Map',
    new Map<string, unknown>([
      ['A', '1'],
      ['B', ['2', '3']],
    ]),
    ['A', '1', 'B', '2', 'B', '3'],
  ],
  [
    'Headers',
    new Headers([
      ['A', '1'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]),
    ['a', '1', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
  ],
  ['an empty object', {}, []],
]

for (const [form, headers, list] of GOOD) {
  test(`flatHeaders takes ${form}`, () => assert.deepEqual(flatHeaders(headers), list))
}

const BAD: readonly (readonly [form: string, headers: unknown, message: RegExp])[] = [
  [
    'an odd list',
    ['A', '1', 'B'],
    /^Cannot send the headers: the list has 3 elements, a value for every name is needed$/,
  ],
  ['an odd list with a number', ['A', 1, 'B'], /the list has 3 elements/],
  ['a name that is a number', [1, 'A'], /one of the names is the number 1, a string is needed/],
  [
    'a value that is undefined',
    ['A', undefined],
    /Cannot send the header "A": its value is undefined, a string is needed/,
  ],
  ['a value that is an object', { A: {} }, /Cannot send the header "A": its value is an Object, a string is needed/],
  ['a value that is NaN', { A: Number.NaN }, /its value is the number NaN/],
  ['a pair of three', [['A', '1', '2']], /one of the pairs is an array of 3/],
  ['pairs, then strings', [['A', '1'], 'B', '2'], /one of the pairs is the string "B"/],
  ['undefined', undefined, /they are undefined, an array or an object is needed/],
  ['a string', 'A: 1', /they are the string "A: 1"/],
  ['null', null, /they are null/],
]

for (const [form, headers, message] of BAD) {
  test(`flatHeaders refuses ${form}`, () => {
    assert.throws(() => flatHeaders(headers), { name: 'AppError', message })
  })
}
