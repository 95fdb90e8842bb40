import assert from 'node:assert/strict'
import { test } from 'node:test'
import { suggestName } from '../../src/config/suggest.ts'

const NAMES = ['workers', 'port', 'host', 'quiet', 'keepalive-timeout', 'max-reqs-per-child', 'Reload', 'reload']

for (const [name, nearest] of [
  ['worker', 'workers'],
  ['wrokers', 'workers'],
  ['prot', 'port'],
  ['Port', 'port'],
  ['quite', 'quiet'],
  ['keepalive', 'keepalive-timeout'],
  ['max-reqs', 'max-reqs-per-child'],
  ['max-req-per-childs', 'max-reqs-per-child'],
  ['xyzzy', undefined],
  ['ab', undefined],
  ['', undefined],
] as const) {
  test(`the name nearest to "${name}" is ${nearest}`, () => {
    assert.equal(suggestName(name, NAMES), nearest)
  })
}
