import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { enableCompileCache, flushCompileCache } from '../../../src/app/load/compile-cache.ts'

const root = mkdtempSync(join(tmpdir(), 'starlight-compile-cache-'))
process.env['TMPDIR'] = root
after(() => rmSync(root, { recursive: true, force: true }))

test('the compile cache lies in a directory of our own, where Node has one', () => {
  enableCompileCache()
  flushCompileCache()
  const directory = nodeModule.getCompileCacheDir?.()
  const hasCache = typeof nodeModule.enableCompileCache === 'function'
  assert.equal(directory?.startsWith(join(root, 'starlight-cache-')) ?? false, hasCache)
})
