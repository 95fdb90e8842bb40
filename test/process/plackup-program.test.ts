// `plackup -s Starlight` in a program that has sockets, children and files of its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPerlTest, PLACKUP_SKIP as skip } from './plackup-support.ts'

test('program.t passes', { skip }, async t => {
  const { code, tap } = await runPerlTest(t, 'program.t')
  assert.equal(code, 0, tap)
  assert.doesNotMatch(tap, /^\s*not ok/m)
})
