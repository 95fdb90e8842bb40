import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitCodesPage } from '../../src/cli/exit-codes-page.ts'
import { EXIT } from '../../src/config/exit-codes.ts'

test('the page has a row for each exit code', () => {
  const codes = [...exitCodesPage().matchAll(/^\| (\d+) \| .+ \| .+ \|$/gm)].map(([, code]) => Number(code))
  assert.deepEqual(codes, Object.values(EXIT))
})

// Scripts and unit files rely on the numbers.
test('the exit codes are permanent', () => {
  const codes = {
    ok: 0,
    failure: 1,
    usage: 2,
    bind: 3,
    appLoad: 4,
    boot: 5,
    alreadyRunning: 6,
    privileges: 7,
    fetchStatus: 22,
  }
  assert.deepEqual({ ...EXIT }, codes)
})
