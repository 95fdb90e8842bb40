import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageOf } from '../../../src/supervisor/system/error-text.ts'

test('an error of an application is told with its stack, and by its title where its stack throws', () => {
  assert.match(messageOf(new TypeError('words')), /^TypeError: words\n {4}at /)
  const error = Object.defineProperty(new TypeError('words'), 'stack', { get: () => assert.fail() })
  assert.equal(messageOf(error), 'TypeError: words')
  assert.equal(messageOf(Object.create(null)), '[object Object]')
})
