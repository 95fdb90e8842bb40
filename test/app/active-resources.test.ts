import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNothingNew } from '../../src/app/active-resources.ts'

test('what was pending before is not new, and what has come since is', () => {
  const before = process.getActiveResourcesInfo()
  assert.equal(isNothingNew(before), true)
  const timer = setTimeout(() => undefined, 3_600_000)
  assert.equal(isNothingNew(before), false)
  assert.equal(isNothingNew([...before, 'Timeout']), true)
  const second = setTimeout(() => undefined, 3_600_000)
  assert.equal(isNothingNew([...before, 'Timeout']), false)
  clearTimeout(timer)
  clearTimeout(second)
  assert.equal(isNothingNew(before), true)
})

test('what is let go of keeps nothing pending', () => {
  const before = process.getActiveResourcesInfo()
  const timer = setTimeout(() => undefined, 3_600_000).unref()
  assert.equal(isNothingNew(before), true)
  clearTimeout(timer)
})
