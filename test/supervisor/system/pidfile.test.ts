import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inheritPidFile, takePidFile } from '../../../src/supervisor/system/pidfile.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('a link that is planted beside the pid file is not followed', () => {
  const directory = temporaryFolder('pid')
  const [path, victim] = [join(directory, 'app.pid'), join(directory, 'victim')]
  writeFileSync(victim, 'precious')
  for (const name of [`${path}.${process.pid}`, `${path}.${process.pid}.stale`]) symlinkSync(victim, name)
  const file = takePidFile(path)
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
  file.release()
  assert.deepEqual(readdirSync(directory).sort(), [`app.pid.${process.pid}`, `app.pid.${process.pid}.stale`, 'victim'])
})

/** What another user, or a slip of the pen, puts where the pid file shall be. */
const PLANTED: Readonly<Record<string, { plant(path: string, victim: string): void; reason: RegExp }>> = {
  'a link to a file': { plant: (path, victim) => symlinkSync(victim, path), reason: /it is a symbolic link/ },
  'a link to nothing': { plant: path => symlinkSync(`${path}.nothing`, path), reason: /it is a symbolic link/ },
  'a directory': { plant: path => mkdirSync(path), reason: /it is not a regular file/ },
  'a FIFO': { plant: path => void execFileSync('mkfifo', [path]), reason: /it is not a regular file/ },
  'a link to a device': { plant: path => symlinkSync('/dev/zero', path), reason: /it is a symbolic link/ },
  'a file of somebody else': { plant: path => writeFileSync(path, 'export default {}\n'), reason: /something else/ },
  'a huge file': {
    plant: path => {
      writeFileSync(path, '')
      truncateSync(path, 2 ** 40)
    },
    reason: /something else/,
  },
}

for (const [name, { plant, reason }] of Object.entries(PLANTED)) {
  test(`${name} in the place of the pid file is refused and left as it is`, () => {
    const directory = temporaryFolder('pid')
    const [path, victim] = [join(directory, 'app.pid'), join(directory, 'victim')]
    writeFileSync(victim, '1\n')
    plant(path, victim)
    const before = lstatSync(path).ino
    assert.throws(() => takePidFile(path), { name: 'ConfigError', exitCode: 2, message: reason })
    assert.equal(lstatSync(path).ino, before)
    assert.equal(readFileSync(victim, 'utf8'), '1\n')
    assert.deepEqual(readdirSync(directory).sort(), ['app.pid', 'victim'])
  })
}

for (const [name, text] of Object.entries({
  empty: '',
  blank: '\n\n',
  stale: '2147483647\n',
  'without an end of line': '2147483647',
})) {
  test(`a pid file that is ${name} is replaced`, () => {
    const path = join(temporaryFolder('pid'), 'app.pid')
    writeFileSync(path, text)
    const file = takePidFile(path)
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
    file.release()
    assert.deepEqual(readdirSync(join(path, '..')), [])
  })
}

test('a master that takes over replaces the file at its claim, and not before', () => {
  const path = join(temporaryFolder('pid'), 'app.pid')
  const old = takePidFile(path, process.ppid)
  const file = inheritPidFile(path, process.ppid, old.fd)
  assert.equal(readFileSync(path, 'utf8'), `${process.ppid}\n`)
  file.claim()
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  file.release()
  assert.deepEqual(readdirSync(join(path, '..')), [])
})
