import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isThenable } from '../../../src/app/shared/is-thenable.ts'

test('isThenable knows promises of any make', () => {
  const own: object = Object.fromEntries([['then', () => {}]])
  for (const value of [Promise.resolve(), own, Object.assign(() => {}, own)]) assert.equal(isThenable(value), true)
  for (const value of [undefined, null, 1, 'then', {}, Object.fromEntries([['then', 1]]), () => {}]) {
    assert.equal(isThenable(value), false)
  }
})
