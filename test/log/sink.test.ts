import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fdSink, writeFully } from '../../src/log/sink.ts'
import { createLog } from '../../src/log/stderr-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('fdSink writes at once', () => {
  const path = `${temporaryFolder('sink')}/out`
  const fd = openSync(path, 'a')
  fdSink(fd).write('one\n')
  assert.equal(readFileSync(path, 'utf8'), 'one\n')
  closeSync(fd)
})

test('fdSink on a closed descriptor throws nothing', () => {
  const fd = openSync(`${temporaryFolder('sink')}/out`, 'a')
  closeSync(fd)
  createLog({ sink: fdSink(fd) }).error('m', new Error('x'))
})

test('writeFully says what it could not write and why', {
  skip: process.platform !== 'linux' && 'needs /dev/full',
}, () => {
  const fd = openSync('/dev/full', 'a')
  const written = writeFully(fd, Buffer.from('abc'))
  closeSync(fd)
  assert.deepEqual(written, { done: false, rest: Buffer.from('abc'), code: 'ENOSPC' })
})
