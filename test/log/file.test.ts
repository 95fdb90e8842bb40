import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError } from '../../src/config/errors.ts'
import { LogFile, openLogFile } from '../../src/log/file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('openLogFile appends to what is there', () => {
  const path = join(temporaryFolder('log'), 'access')
  writeFileSync(path, 'old\n')
  const file = openLogFile(path)
  file.writeLine('new')
  file.close()
  assert.equal(readFileSync(path, 'utf8'), 'old\nnew\n')
})

test('openLogFile names the file that cannot be opened', () => {
  const folder = temporaryFolder('log')
  assert.throws(
    () => openLogFile(folder),
    (error: Error) =>
      error instanceof ConfigError && error.message.startsWith(`Cannot open the log file "${folder}": EISDIR`),
  )
})

test('LogFile keeps lines for a moment and writes them together', async () => {
  const path = join(temporaryFolder('log'), 'access')
  const file = openLogFile(path, { delayMs: 1 })
  file.writeLine('one')
  file.writeLine('two')
  assert.equal(readFileSync(path, 'utf8'), '')
  while (statSync(path).size === 0) await new Promise(resolve => setImmediate(resolve))
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
  file.writeLine('three')
  while (statSync(path).size === 8) await new Promise(resolve => setImmediate(resolve))
  file.close()
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n')
})

test('LogFile with no delay writes every line at once', () => {
  const path = join(temporaryFolder('log'), 'error')
  const file = openLogFile(path, { delayMs: 0 })
  file.writeLine('now')
  assert.equal(readFileSync(path, 'utf8'), 'now\n')
  file.close()
})

test('LogFile writes whole lines when 4096 bytes have gathered', () => {
  const path = join(temporaryFolder('log'), 'access')
  const file = openLogFile(path, { delayMs: 60_000 })
  for (let line = 0; line < 41; line++) file.writeLine('x'.repeat(99))
  assert.equal(statSync(path).size, 4000)
  file.close()
  assert.equal(statSync(path).size, 4100)
})

test('LogFile writes a line longer than 4096 bytes in one piece', () => {
  const path = join(temporaryFolder('log'), 'access')
  const file = openLogFile(path)
  file.writeLine('x'.repeat(10_000))
  file.close()
  assert.equal(statSync(path).size, 10_001)
})

test('LogFile.reopen leaves the rotated file with its lines and goes on in a new one', () => {
  const path = join(temporaryFolder('log'), 'access')
  const file = openLogFile(path)
  file.writeLine('before')
  renameSync(path, `${path}.1`)
  file.writeLine('still before')
  file.reopen()
  file.writeLine('after')
  file.close()
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'before\nstill before\n')
  assert.equal(readFileSync(path, 'utf8'), 'after\n')
})

test('LogFile.reopen that fails complains and goes on with the old file', () => {
  const folder = join(temporaryFolder('log'), 'logs')
  mkdirSync(folder)
  const complaints: string[] = []
  const file = openLogFile(join(folder, 'access'), { complain: message => complaints.push(message) })
  rmSync(folder, { recursive: true })
  file.reopen()
  file.writeLine('kept by the open descriptor')
  file.close()
  assert.equal(complaints.length, 1)
  assert.match(complaints[0]!, /^Cannot reopen the log file ".*access": ENOENT.*; going on with the old one$/)
})

test('LogFile on a full disk drops and counts lines, and complains once', {
  skip: process.platform !== 'linux' && 'needs /dev/full',
}, () => {
  const complaints: string[] = []
  const file = new LogFile(openSync('/dev/full', 'a'), '/dev/full', { complain: message => complaints.push(message) })
  file.writeLine('one')
  file.flush()
  file.write('two\nthree\n')
  file.flush()
  assert.equal(file.lostLines, 3)
  assert.deepEqual(complaints, [
    'Cannot write to the log file "/dev/full": ENOSPC; lines are lost until it works again',
  ])
  file.close()
})

test('LogFile says how many lines were lost once writing works again', {
  skip: process.platform !== 'linux' && 'needs /dev/full',
}, () => {
  const path = join(temporaryFolder('log'), 'access')
  const complaints: string[] = []
  const full = openSync('/dev/full', 'a')
  const file = new LogFile(full, path, { complain: message => complaints.push(message) })
  file.writeLine('lost')
  file.reopen()
  file.writeLine('written')
  file.close()
  assert.match(complaints[1]!, /works again: 1 lines were lost$/)
  assert.equal(readFileSync(path, 'utf8'), 'written\n')
})

test('LogFile keeps what a slow reader of a pipe does not take yet, and writes it in order later', {
  skip: process.platform === 'win32' && 'needs a FIFO',
}, async () => {
  const path = join(temporaryFolder('log'), 'fifo')
  execFileSync('mkfifo', [path])
  const { O_NONBLOCK, O_RDWR } = (await import('node:fs')).constants
  // Read-write, so that opening does not wait for the reader; non-blocking, as standard output of a pipeline often is.
  const file = new LogFile(openSync(path, O_RDWR | O_NONBLOCK), undefined, { delayMs: 1 })
  const lines = Array.from({ length: 3000 }, (_, number) => `${number} ${'x'.repeat(90)}`)
  for (const line of lines) file.writeLine(line)
  file.flush()
  assert.equal(file.lostLines, 0)
  const reader = spawn('head', ['-n', String(lines.length), path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let read = ''
  reader.stdout.setEncoding('latin1').on('data', text => {
    read += text
  })
  // The log's own timer keeps no process alive; here the test waits for the reader.
  await once(reader, 'close')
  assert.equal(read, `${lines.join('\n')}\n`)
  file.close()
})

test('LogFile writes what waits when the process exits', () => {
  const path = join(temporaryFolder('log'), 'access')
  const script = `import { openLogFile } from ${JSON.stringify(new URL('../../src/log/file.js', import.meta.url).href)}
    openLogFile(${JSON.stringify(path)}, { delayMs: 60000 }).writeLine('last words')
    process.exit(0)`
  execFileSync(process.execPath, ['--input-type=module', '-e', script])
  assert.equal(readFileSync(path, 'utf8'), 'last words\n')
})
