import assert from 'node:assert/strict'
import { closeSync, lchownSync, readFileSync, symlinkSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openToAppend } from '../../src/log/append.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const AS_ROOT = { skip: process.getuid?.() !== 0 && 'root is needed' }
const NOBODY = 65_534

function append(path: string, text: string): void {
  const fd = openToAppend(path)
  writeSync(fd, text)
  closeSync(fd)
}

test('a file is made, and appended to afterwards', () => {
  const path = join(temporaryFolder('log'), 'error.log')
  append(path, 'one\n')
  append(path, 'two\n')
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
})

test('links of the own user are followed, relative ones and several, to files that are there or not', () => {
  const folder = temporaryFolder('log')
  symlinkSync('second', join(folder, 'first'))
  symlinkSync(join(folder, 'log'), join(folder, 'second'))
  append(join(folder, 'first'), 'one\n')
  append(join(folder, 'first'), 'two\n')
  assert.equal(readFileSync(join(folder, 'log'), 'utf8'), 'one\ntwo\n')
})

test('a link to itself is an error', () => {
  const path = join(temporaryFolder('log'), 'loop')
  symlinkSync('loop', path)
  assert.throws(() => openToAppend(path), { code: 'ELOOP' })
})

test('what is open has a name that can be opened', { skip: process.platform !== 'linux' }, t => {
  const folder = temporaryFolder('log')
  const fd = openToAppend(join(folder, 'log'))
  t.after(() => closeSync(fd))
  symlinkSync(`/dev/fd/${fd}`, join(folder, 'link'))
  for (const path of [`/dev/fd/${fd}`, `/proc/self/fd/${fd}`, join(folder, 'link')]) append(path, 'x')
  assert.equal(readFileSync(join(folder, 'log'), 'utf8'), 'xxx')
})

for (const isThere of [true, false]) {
  test(`root follows no link of another user, to a file that is ${isThere ? '' : 'not '}there`, AS_ROOT, () => {
    const folder = temporaryFolder('log')
    const [victim, own, planted] = ['victim', 'own', 'planted'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ]
    if (isThere) writeFileSync(victim, 'precious')
    symlinkSync(victim, planted)
    lchownSync(planted, NOBODY, NOBODY)
    symlinkSync(planted, own)
    for (const path of [planted, own]) {
      assert.throws(() => openToAppend(path), {
        message: /is a symbolic link of user 65534, which root does not follow/,
      })
    }
    if (isThere) assert.equal(readFileSync(victim, 'utf8'), 'precious')
    else assert.throws(() => readFileSync(victim), { code: 'ENOENT' })
  })
}
