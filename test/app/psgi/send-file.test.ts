import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFileHandle } from '../../../src/app/psgi/send-file.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { GET, startFull, tryApp } from './try-app.ts'

const TEXT = ['Content-Type', 'text/plain'] as const
const HEAD = GET.replace('GET', 'HEAD')

async function fileOf(text: string) {
  const path = join(temporaryFolder('file-body'), 'body')
  writeFileSync(path, text)
  return open(path)
}

test('a FileHandle is sent whole, with its length, and closed', async () => {
  const text = 'file '.repeat(30_000)
  const file = await fileOf(text)
  const { exchange } = await tryApp(() => [200, TEXT, file])
  assert.deepEqual(exchange.answered?.headers, [...TEXT, 'Content-Length', String(text.length)])
  assert.equal(exchange.bodyText, text)
  assert.equal(file.fd, -1)
})

test('a FileHandle is not read for HEAD but tells its length, and is closed', async () => {
  const file = await fileOf('abc')
  const { exchange } = await tryApp(() => [200, TEXT, file], HEAD)
  assert.deepEqual(exchange.answered?.headers, [...TEXT, 'Content-Length', '3'])
  assert.equal(exchange.bodyText, '')
  assert.equal(file.fd, -1)
})

test('a FileHandle keeps the Content-Length that the app gave', async () => {
  const file = await fileOf('abc')
  const { exchange } = await tryApp(() => [200, { 'content-length': 3 }, file])
  assert.deepEqual(exchange.answered?.headers, ['content-length', '3'])
})

test('a FileHandle of no regular file is sent to its end, without a length', async () => {
  const file = await open('/dev/null')
  const { exchange } = await tryApp(() => [200, TEXT, file])
  assert.deepEqual(exchange.answered?.headers, TEXT)
  assert.equal(exchange.state, 'done')
  assert.equal(file.fd, -1)
})

test('a FileHandle beside bad headers is closed', async () => {
  const file = await fileOf('abc')
  const { exchange } = await tryApp(() => [200, ['A'], file])
  assert.equal(exchange.answered?.status, 500)
  await new Promise(setImmediate)
  assert.equal(file.fd, -1)
})

test('a FileHandle is closed when the client leaves', async () => {
  const file = await fileOf('x'.repeat(300_000))
  const running = startFull(() => [200, [], file])
  while (running.exchange.body.length === 0) await new Promise(setImmediate)
  running.exchange.leave()
  await running.pending
  assert.equal(running.exchange.body.length, 1)
  assert.equal(file.fd, -1)
})

test('isFileHandle knows a FileHandle from other things with a descriptor', async t => {
  const file = await fileOf('')
  t.after(() => file.close())
  assert.equal(isFileHandle(file), true)
  assert.equal(isFileHandle(file.createReadStream({ autoClose: false })), false)
  assert.equal(isFileHandle({ fd: 1 }), false)
})
