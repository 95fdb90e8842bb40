import assert from 'node:assert/strict'
import { test } from 'node:test'
import { print } from '../../src/cli/output.ts'

test('what is printed again and again, as by top, leaves no listener behind', async () => {
  const before = process.stdout.listenerCount('error')
  for (let i = 0; i < 3; i++) await print('')
  assert.equal(process.stdout.listenerCount('error'), before)
})
