import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import {
  controlFileDirectory,
  hasToken,
  newControlPipe,
  readControlFile,
  removeControlFile,
  tokenField,
  writeControlFile,
} from '../../../src/supervisor/system/control-pipe.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function place(): string {
  return join(temporaryFolder('pipe'), 'below', '7.json')
}

test('a pipe has a name and a token that nobody can guess', () => {
  const [one, other] = [newControlPipe(7), newControlPipe(7)]
  assert.match(one.pipe, /^\\\\\.\\pipe\\starlight-7-[\w-]{32}$/)
  assert.notEqual(one.pipe, other.pipe)
  assert.notEqual(one.token, other.token)
  assert.ok(!one.pipe.includes(one.token))
})

test('the file says where a server is until that server removes it', () => {
  const [path, mine, others] = [place(), newControlPipe(7), newControlPipe(7)]
  writeControlFile(path, mine)
  assert.deepEqual(readControlFile(path), mine)
  removeControlFile(path, others)
  assert.ok(existsSync(path))
  removeControlFile(path, mine)
  assert.ok(!existsSync(path))
  removeControlFile(path, mine)
})

for (const content of ['', '{}', 'null', '{"pipe":"/tmp/x","token":"t"}', '{"pipe":"\\\\\\\\.\\\\pipe\\\\x"}'])
  test(`a file with ${JSON.stringify(content)} is none of a server`, () => {
    const path = place()
    writeControlFile(path, newControlPipe())
    writeFileSync(path, content)
    assert.throws(() => readControlFile(path))
  })

test('only the whole token is one', () => {
  const control = newControlPipe(7)
  assert.ok(hasToken(control, tokenField(control)))
  for (const wrong of [undefined, '', control.token, tokenField(newControlPipe(7)), `${tokenField(control)}x`, 'ä'])
    assert.ok(!hasToken(control, wrong))
})

test('the files lie in the local part of the profile', () => {
  const local = 'C:\\Users\\Jane Doe\\AppData\\Local'
  assert.equal(controlFileDirectory({ LOCALAPPDATA: local }), `${local}\\starlight`)
  assert.equal(controlFileDirectory({}, 'C:\\Users\\Jane Doe'), 'C:\\Users\\Jane Doe\\.starlight')
  assert.equal(
    controlFileDirectory({ LOCALAPPDATA: 'relative' }, '\\\\server\\homes\\jane'),
    '\\\\server\\homes\\jane\\.starlight',
  )
})
