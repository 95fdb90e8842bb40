import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BufferedInput } from '../../../src/app/psgi/input.ts'
import { readInput } from '../../../src/app/psgi/read-input.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const MEMORY_BYTES = 1000

function spoolIn() {
  const directory = temporaryFolder('spool')
  return { memoryBytes: MEMORY_BYTES, directory }
}

function post(length: number, body: string): FakeExchange {
  return new FakeExchange(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n${body}`)
}

function chunked(body: string): FakeExchange {
  return new FakeExchange(`POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${body}`)
}

/** The body that came with its head. */
function readAtOnce(exchange: FakeExchange, spool: ReturnType<typeof spoolIn>): BufferedInput {
  const input = readInput(exchange, spool)
  assert.ok(!(input instanceof Promise))
  return input
}

async function readWith(
  exchange: FakeExchange,
  spool: ReturnType<typeof spoolIn>,
  later: readonly string[],
): Promise<BufferedInput> {
  const pending = readInput(exchange, spool)
  for (const piece of later) {
    await new Promise(setImmediate)
    exchange.give(piece)
  }
  return pending
}

test('readInput gives a body that has come with its head at once', () => {
  assert.equal(readAtOnce(post(3, 'abc'), spoolIn()).text(), 'abc')
  assert.equal(readAtOnce(chunked('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'), spoolIn()).text(), 'abcde')
})

test('readInput waits for the rest of a body', async () => {
  const input = await readWith(post(6, 'ab'), spoolIn(), ['cd', 'ef'])
  assert.equal(input.text(), 'abcdef')
})

test('readInput keeps up to the limit in memory and one byte more in a file', async () => {
  const spool = spoolIn()
  const inMemory = readAtOnce(post(MEMORY_BYTES, 'm'.repeat(MEMORY_BYTES)), spool)
  assert.equal(inMemory.close, undefined)
  const inFile = await readInput(post(MEMORY_BYTES + 1, 'f'.repeat(MEMORY_BYTES + 1)), spool)
  assert.equal(inFile.text(), 'f'.repeat(MEMORY_BYTES + 1))
  assert.notEqual(inFile.close, undefined)
  await inFile.close?.()
})

test('readInput moves a chunked body to a file when it outgrows the limit', async () => {
  const part = 'c'.repeat(600)
  const later = [`258\r\n${part}\r\n`, `258\r\n${part}\r\n`, '1\r\nz\r\n', '0\r\n\r\n']
  const input = await readWith(chunked(`258\r\n${part}\r\n`), spoolIn(), later)
  assert.equal(input.text(), `${part}${part}${part}z`)
  assert.notEqual(input.close, undefined)
  await input.close?.()
})

test('readInput leaves no name behind in the directory', async () => {
  const spool = spoolIn()
  const input = await readInput(post(2000, 'x'.repeat(2000)), spool)
  assert.deepEqual(readdirSync(spool.directory), [])
  await input.close?.()
})

test('readInput writes a large body in order', async () => {
  const body = Array.from({ length: 200_000 }, (_, i) => String(i).padStart(5))
    .join('')
    .slice(0, 1_000_000)
  const cuts = Array.from({ length: 20 }, (_, i) => body.slice(i * 50_000, (i + 1) * 50_000))
  const input = await readWith(post(body.length, ''), spoolIn(), cuts)
  assert.equal(input.length, body.length)
  assert.equal(input.text(), body)
  await input.close?.()
})

test('readInput rejects with ClientDisconnected when the client leaves, and closes the file', async () => {
  const spool = spoolIn()
  const exchange = post(5000, 'x'.repeat(2000))
  const before = openFiles()
  const pending = readInput(exchange, spool)
  while (openFiles() === before) await new Promise(setImmediate)
  await new Promise(setImmediate)
  exchange.leave()
  await assert.rejects(async () => pending, { name: 'ClientDisconnected' })
  assert.equal(openFiles(), before)
})

test('readInput rejects with the RequestError of a broken body', async () => {
  await assert.rejects(async () => readInput(chunked('zz\r\n'), spoolIn()), { name: 'RequestError', status: 400 })
})

test('readInput says where it needs a temporary file', async () => {
  const directory = join('/nowhere', 'at-all')
  const message = `Cannot keep the request body in "${directory}": a temporary file is needed`
  await assert.rejects(async () => readInput(post(2000, 'x'.repeat(2000)), { memoryBytes: 10, directory }), { message })
})

/** Unlinked files of ours that are open; always 1 where the system does not tell. */
function openFiles(): number {
  if (!existsSync('/proc/self/fd')) return Math.random()
  return readdirSync('/proc/self/fd').length
}

test('readInput writes on where the file took only a part', async t => {
  const spool = spoolIn()
  const file = await open(join(spool.directory, 'any'), 'w')
  const prototype = Object.getPrototypeOf(file) as typeof file
  await file.close()
  const writev = t.mock.method(
    prototype,
    'writev',
    async function (this: typeof file, pieces: Uint8Array[], at: number) {
      const { bytesWritten } = await this.write(Buffer.concat(pieces).subarray(0, 7001), null, null, at)
      return { bytesWritten, buffers: pieces }
    },
  )
  const pieces = ['a'.repeat(20_000), 'bc', 'd'.repeat(30_000), 'e'.repeat(16_384), 'f']
  const wanted = pieces.join('')
  const input = await readWith(post(wanted.length, ''), spool, pieces)
  assert.ok(writev.mock.callCount() > 5)
  assert.ok(input.text() === wanted)
  await input.close?.()
})
