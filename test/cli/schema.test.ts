import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from '../../src/cli/schema.ts'
import { OPTIONS, ROWS } from '../../src/config/options.ts'
import { OUTSIDE_FILE } from '../../src/config/sources/file.ts'
import { parseValue } from '../../src/config/values.ts'

interface Property {
  readonly description?: string
  readonly default?: unknown
  readonly pattern?: string
  readonly anyOf?: readonly object[]
}
const schema = JSON.parse(configSchema(ROWS)) as { additionalProperties: boolean; properties: Record<string, Property> }

test('the schema knows the keys of a config file and no others', () => {
  const keys = Object.entries(ROWS).filter(([key, row]) => !OUTSIDE_FILE.has(key) && row.commandLineOnly !== true)
  assert.deepEqual(Object.keys(schema.properties), ['$schema', ...keys.map(([key]) => key)])
  assert.equal(schema.additionalProperties, false)
})

test('every property is described and has the default of its option', () => {
  for (const [key, property] of Object.entries(schema.properties)) {
    if (key === '$schema') continue
    assert.match(property.description ?? '', /Environment: STARLIGHT_/, key)
    assert.deepEqual(property.default, ROWS[key]?.default, key)
  }
})

test('patterns accept what the parser accepts', () => {
  for (const [key, text, fits] of [
    ['limitRequestBody', '20m', true],
    ['limitRequestBody', 'inf', true],
    ['limitRequestBody', '1.5m', false],
    ['limitRequestHead', 'inf', false],
    ['timeout', '0.5', true],
    ['timeout', '5m', true],
    ['timeout', '-1', false],
    ['umask', '0027', true],
    ['umask', '0888', false],
  ] as const) {
    assert.equal(new RegExp(schema.properties[key]?.pattern ?? '').test(text), fits, `${key}=${text} in the schema`)
    if (fits) assert.notEqual(parseValue(OPTIONS[key], text, key), undefined)
    else assert.throws(() => parseValue(OPTIONS[key], text, key))
  }
})

test('an option that may come without a value may be true', () => {
  for (const key of ['inspect', 'compress'])
    assert.deepEqual(schema.properties[key]?.anyOf?.at(-1), { const: true }, key)
})

test('a repeatable option is one value or a list', () => assert.equal(schema.properties['listen']?.anyOf?.length, 2))
