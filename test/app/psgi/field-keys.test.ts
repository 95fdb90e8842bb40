import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysOf } from '../../../src/app/psgi/field-keys.ts'
import { type FieldNames, type KnownNames, NewNames, noNames } from '../../../src/http1/request/field-names.ts'

function namesOf(names: readonly string[]): FieldNames {
  const behind = (list: KnownNames, name: string) => list.after(name, true)!
  return names.reduce(behind, noNames())
}

function walk(names: readonly string[]): [key: string, separator: string][] {
  return keysOf(namesOf(names)).map(({ key, separator }) => [key, separator])
}

const KEYS: readonly (readonly [name: string, key: string])[] = [
  ['Foo', 'HTTP_FOO'],
  ['X-Forwarded-For', 'HTTP_X_FORWARDED_FOR'],
  ['x.y', 'HTTP_X.Y'],
  ['content-TYPE', 'CONTENT_TYPE'],
  ['content-length', 'CONTENT_LENGTH'],
  ['HOST', ''],
  ['Transfer-Encoding', ''],
  ['Proxy', ''],
  ['X_Y', ''],
  ['__proto__', ''],
  ['constructor', 'HTTP_CONSTRUCTOR'],
  ['1', 'HTTP_1'],
]

for (const [name, key] of KEYS) {
  test(`keysOf gives "${key}" for "${name}", now and again`, () => {
    assert.deepEqual(walk([name]), [[key, '']])
    assert.deepEqual(walk([name]), [[key, '']])
  })
}

test('keysOf tells what stands between the values of a repeated field', () => {
  const expected = [
    ['HTTP_A', ''],
    ['HTTP_COOKIE', ''],
    ['HTTP_A', ', '],
    ['HTTP_COOKIE', '; '],
  ]
  assert.deepEqual(walk(['A', 'Cookie', 'a', 'COOKIE']), expected)
  assert.deepEqual(walk(['A', 'Cookie', 'a', 'COOKIE']), expected)
})

test('keysOf finds each repetition, wherever its others stand, in names that are known and in new ones', () => {
  const names = ['A', 'X-Long-Name-That-Nobody-Knows', 'a', 'B', 'x-long-name-that-nobody-knows', 'C', 'B', 'A', 'c']
  const counts = new Map<string, number>()
  const expected = names.map(name => {
    const key = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    return [key, counts.get(key) === 1 ? '' : ', ']
  })
  assert.deepEqual(walk(names), expected)
  const places = names.flatMap((name, i) => {
    const start = names.slice(0, i).join('').length
    return [start, start + name.length]
  })
  const areNew = new NewNames(noNames(), noNames().own, places)
  areNew.text = names.join('')
  assert.deepEqual(
    keysOf(areNew).map(({ key, separator }) => [key, separator]),
    expected,
  )
})

test('keysOf goes on when clients make so many names up that all are forgotten', () => {
  const first = noNames()
  for (let i = 0; i < 5000; i++) assert.deepEqual(walk([`X-Made-Up-${i}`]), [[`HTTP_X_MADE_UP_${i}`, '']])
  assert.notEqual(noNames(), first)
  assert.deepEqual(walk(['Foo']), [['HTTP_FOO', '']])
})

test('keysOf gives the same list for the same names', () => {
  assert.equal(keysOf(namesOf(['A', 'B'])), keysOf(namesOf(['A', 'B'])))
})
