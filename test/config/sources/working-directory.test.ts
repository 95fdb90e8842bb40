import assert from 'node:assert/strict'
import { realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byName, directoryByName } from '../../../src/config/sources/working-directory.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('directoryByName keeps the name of a symlink, and believes no name of another directory', () => {
  const folder = realpathSync(temporaryFolder('directory'))
  const link = join(folder, 'current')
  symlinkSync(folder, link)
  assert.equal(directoryByName({ PWD: link }, folder), link)
  assert.equal(directoryByName({ PWD: '/' }, folder), folder)
  assert.equal(directoryByName({ PWD: 'current' }, folder), folder)
  assert.equal(directoryByName({}, folder), folder)
  assert.equal(directoryByName({}, folder, [`${link}/app.ts`]), link)
  assert.equal(directoryByName({}, folder, ['app.ts', '/usr/bin/starlight']), folder)
})

test('byName renames what lies in the directory, and nothing beside it', () => {
  const names = [['/srv/1', '/srv/current']] as const
  assert.equal(byName('/srv/1/node_modules/x.js', names), '/srv/current/node_modules/x.js')
  assert.equal(byName('/srv/10/x.js', names), '/srv/10/x.js')
  assert.equal(byName('/srv/1', names), '/srv/1')
})
