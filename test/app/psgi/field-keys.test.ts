import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FieldKeys } from '../../../src/app/psgi/field-keys.ts'

function walk(keys: FieldKeys, names: readonly string[]): [key: string, separator: string][] {
  const found: [string, string][] = []
  let field = keys.first()
  for (const name of names) {
    field = keys.after(field, name)
    found.push([field.key, field.separator])
  }
  return found
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
  test(`FieldKeys gives "${key}" for "${name}", now and again`, () => {
    const keys = new FieldKeys()
    assert.deepEqual(walk(keys, [name]), [[key, '']])
    assert.deepEqual(walk(keys, [name]), [[key, '']])
  })
}

test('FieldKeys tells what stands between the values of a repeated field', () => {
  const keys = new FieldKeys()
  const expected = [
    ['HTTP_A', ''],
    ['HTTP_COOKIE', ''],
    ['HTTP_A', ', '],
    ['HTTP_COOKIE', '; '],
  ]
  assert.deepEqual(walk(keys, ['A', 'Cookie', 'a', 'COOKIE']), expected)
  assert.deepEqual(walk(keys, ['A', 'Cookie', 'a', 'COOKIE']), expected)
})

test('FieldKeys forgets when clients make too many names up, and goes on', () => {
  const keys = new FieldKeys()
  const first = keys.first()
  for (let i = 0; i < 5000; i++) walk(keys, [`X-Made-Up-${i}`])
  assert.notEqual(keys.first(), first)
  assert.deepEqual(walk(keys, ['Foo']), [['HTTP_FOO', '']])
})
