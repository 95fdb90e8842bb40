import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf, variableOf } from '../../src/config/option.ts'
import { OPTIONS } from '../../src/config/options.ts'

test('keyOf gives the camelCase of a long name', () => {
  assert.equal(keyOf('max-reqs-per-child'), 'maxReqsPerChild')
  assert.equal(keyOf('limit-request-field_size'), 'limitRequestFieldSize')
  assert.equal(keyOf('app'), 'app')
})

test('variableOf gives the name in the environment', () => {
  assert.equal(variableOf(OPTIONS.maxReqsPerChild), 'STARLIGHT_MAX_REQS_PER_CHILD')
})
