import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { controlPathOf, makeControlDirectory } from '../../src/supervisor/control-path.ts'

test('the directory of control sockets is for its user alone', t => {
  const parent = mkdtempSync(join(tmpdir(), 'starlight-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const directory = join(parent, 'run')
  makeControlDirectory(directory)
  makeControlDirectory(directory)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  assert.equal(controlPathOf(7, directory), join(directory, '7.sock'))
})

test('a file in its place is refused', t => {
  const parent = mkdtempSync(join(tmpdir(), 'starlight-'))
  t.after(() => rmSync(parent, { recursive: true }))
  writeFileSync(join(parent, 'run'), '')
  assert.throws(() => makeControlDirectory(join(parent, 'run')))
})
