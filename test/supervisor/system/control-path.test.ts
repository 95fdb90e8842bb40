import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  controlDirectories,
  controlPathOf,
  isPrivate,
  makeControlDirectory,
} from '../../../src/supervisor/system/control-path.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const OWN = process.getuid?.() ?? 0
const SOMEBODY = 65_534
const AS_ROOT = { skip: OWN !== 0 && 'root is needed' }

test('the directory of control sockets is for its user alone', () => {
  const directory = join(temporaryFolder('control'), 'run')
  assert.equal(makeControlDirectory({ userId: OWN }, [directory]), directory)
  chmodSync(directory, 0o777)
  assert.equal(makeControlDirectory({ userId: OWN }, [directory]), directory)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  assert.equal(controlPathOf(7, directory), join(directory, '7.sock'))
})

test("the next place is taken where one cannot be had: a file, a link, somebody else's", () => {
  const parent = temporaryFolder('control')
  const [file, link, good] = ['file', 'link', 'good'].map(name => join(parent, name)) as [string, string, string]
  writeFileSync(file, '')
  mkdirSync(good)
  symlinkSync(good, link)
  assert.equal(makeControlDirectory({ userId: OWN }, [file, link, good]), good)
  assert.throws(() => makeControlDirectory({ userId: OWN }, [file]))
  assert.throws(() => makeControlDirectory({ userId: OWN }, [link]))
})

test('a directory that somebody else has made is not used', AS_ROOT, () => {
  const directory = join(temporaryFolder('control'), 'run')
  mkdirSync(directory)
  chownSync(directory, SOMEBODY, SOMEBODY)
  assert.throws(() => makeControlDirectory({ userId: OWN }, [directory]), /belongs to somebody else/)
  assert.equal(statSync(directory).uid, SOMEBODY)
})

test('root makes the directory of a user for whom it will serve', AS_ROOT, () => {
  const directory = join(temporaryFolder('control'), 'run')
  makeControlDirectory({ userId: SOMEBODY, groupId: SOMEBODY }, [directory])
  const { uid, gid, mode } = statSync(directory)
  assert.deepEqual([uid, gid, mode & 0o777], [SOMEBODY, SOMEBODY, 0o700])
})

test('a place is private when its user or root has it and nobody else can write', AS_ROOT, () => {
  const directory = temporaryFolder('control')
  assert.equal(isPrivate(directory, OWN), true)
  assert.equal(isPrivate(directory, SOMEBODY), true)
  chmodSync(directory, 0o770)
  assert.equal(isPrivate(directory, OWN), false)
  chmodSync(directory, 0o700)
  chownSync(directory, SOMEBODY, -1)
  assert.equal(isPrivate(directory, OWN), false)
  assert.equal(isPrivate(directory, SOMEBODY), true)
})

test('/run comes before the directory for temporary files', () => {
  const places = controlDirectories(SOMEBODY)
  assert.equal(places[0], `/run/starlight/${SOMEBODY}`)
  assert.match(places.at(-1) ?? '', /starlight-run-65534$/)
})
