import assert from 'node:assert/strict'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { takePidFile } from '../../src/supervisor/pidfile.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a link that is planted beside the pid file is not followed', t => {
  const directory = temporaryFolder(t, 'pid')
  const [path, victim] = [join(directory, 'app.pid'), join(directory, 'victim')]
  writeFileSync(victim, 'precious')
  for (const name of [`${path}.${process.pid}`, `${path}.${process.pid}.stale`]) symlinkSync(victim, name)
  const file = takePidFile(path)
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
  file.release()
  assert.deepEqual(readdirSync(directory).sort(), [`app.pid.${process.pid}`, `app.pid.${process.pid}.stale`, 'victim'])
})
