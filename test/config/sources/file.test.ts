import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROWS } from '../../../src/config/options.ts'
import { parseFileObject } from '../../../src/config/sources/file.ts'
import { mistakeOf } from '../resolved.ts'

function parsed(object: unknown): object {
  return Object.fromEntries([...parseFileObject(object, 'c.json', ROWS)].map(([key, { value }]) => [key, value]))
}

test('keys are the camelCase of long names and aliases; numbers, texts and booleans are values', () => {
  const object = {
    $schema: 'x',
    maxWorkers: 4,
    ssl: true,
    quiet: 'no',
    limitRequestBody: '20m',
    timeout: 0.5,
    umask: '027',
    user: 33,
  }
  const values = {
    workers: 4,
    ssl: true,
    quiet: false,
    limitRequestBody: 20_971_520,
    timeout: 0.5,
    umask: 0o27,
    user: '33',
  }
  assert.deepEqual(parsed(object), values)
})

test('a repeatable option takes one value or a list', () => {
  assert.deepEqual(parsed({ listen: ':80', include: ['a', 'b,c'] }), { listen: [':80'], include: ['a', 'b,c'] })
  assert.deepEqual(parsed({ listen: 80 }), { listen: ['80'] })
})

test('a key that is undefined says nothing', () => assert.deepEqual(parsed({ workers: undefined }), {}))

test('true is the option without a value, where it may have none', () => {
  const values = parseFileObject({ inspect: true, compress: true }, 'c.json', ROWS)
  assert.equal(values.get('inspect')?.value, '127.0.0.1:9229')
  assert.deepEqual(values.get('compress')?.value, ['zstd', 'br', 'gzip'])
})

for (const [object, message] of [
  [{ worker: 3 }, 'Cannot use "worker" in c.json: there is no such key, the nearest is "workers"'],
  [
    { 'max-reqs-per-child': 3 },
    'Cannot use "max-reqs-per-child" in c.json: there is no such key, the nearest is "maxReqsPerChild"',
  ],
  [{ xyzzy: 3 }, 'Cannot use "xyzzy" in c.json: there is no such key, docs/options.md lists them all'],
  [{ checkConfig: true }, 'Cannot use "checkConfig" in c.json: there is no such key, docs/options.md lists them all'],
  [{ config: 'x' }, 'Cannot use "config" in c.json: there is no such key, docs/options.md lists them all'],
  [{ workers: 'many' }, 'Cannot use "many" for "workers" in c.json: a whole number from 0 to 4096 is needed'],
  [{ workers: true }, 'Cannot use true for "workers" in c.json: a text or a number is needed'],
  [{ workers: [1] }, 'Cannot use a list for "workers" in c.json: a text or a number is needed'],
  [{ app: () => undefined }, 'Cannot use a function for "app" in c.json: a text or a number is needed'],
  [{ ssl: 1 }, 'Cannot use 1 for "ssl" in c.json: true or false is needed'],
  [{ umask: 27 }, 'Cannot use 27 for "umask" in c.json: a text such as "0660" is needed'],
  [undefined, 'Cannot use "c.json": it gives a undefined, an object of options as its default export is needed'],
  [null, 'Cannot use "c.json": it gives null, an object of options as its default export is needed'],
  [[], 'Cannot use "c.json": it gives a list, an object of options as its default export is needed'],
] as const) {
  test(message, () =>
    assert.equal(
      mistakeOf(() => parsed(object)),
      message,
    ),
  )
}
