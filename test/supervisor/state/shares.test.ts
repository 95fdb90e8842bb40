import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareOf } from '../../../src/supervisor/state/shares.ts'

test('shares add up, differ by one at most, and none is empty', () => {
  for (let parts = 1; parts <= 8; parts++) {
    for (let total = parts; total <= 40; total++) {
      const shares = Array.from({ length: parts }, (_, index) => shareOf(total, parts, index))
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        total,
      )
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 1)
      assert.ok(Math.min(...shares) >= 1)
    }
  }
})
