import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasField } from '../../../src/app/shared/header-list.ts'

test('hasField finds a name in any case, and no value', () => {
  const headers = ['X', 'content-length', 'Content-LENGTH', '5']
  assert.equal(hasField(headers, 'content-length'), true)
  assert.equal(hasField(headers.slice(0, 2), 'content-length'), false)
  assert.equal(hasField([], 'content-length'), false)
})
