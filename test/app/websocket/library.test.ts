import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageFile, wsLibrary } from '../../../src/app/websocket/library.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testContext } from '../node/both.ts'

test('a package that is missing is named, with the command that installs it', () => {
  assert.throws(
    () => packageFile('no-such-package/part', 'no-such-package', testContext()),
    /^AppError: Cannot open a WebSocket: the package "no-such-package" is not installed \(npm install no-such-package\)$/,
  )
})

test("the application's own copy of a package comes first", () => {
  const directory = temporaryFolder('library')
  const own = join(directory, 'node_modules', 'crossws')
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'index.js'), '')
  assert.equal(packageFile('crossws', 'crossws', testContext({ directory })).pathname, join(own, 'index.js'))
  assert.equal(typeof wsLibrary(testContext()).WebSocketServer, 'function')
})
