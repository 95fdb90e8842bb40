// What becomes of a file that changes while a slow client takes it.
import assert from 'node:assert/strict'
import { renameSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Representation } from '../../../src/server/files/representation.ts'
import { type Part, sendParts } from '../../../src/server/files/send-parts.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const CONTENT = Buffer.alloc(1_200_000, 'abcdefghijklm')
const DESCRIBED = { contentType: 'text/plain', cacheControl: undefined, isNegotiated: false }

interface Sending {
  readonly path: string
  readonly exchange: FakeExchange
  /** Resolves with what sendParts says. */
  readonly sent: Promise<boolean>
  /** Lets the client take all that comes. */
  takeAll(): void
  readonly body: () => Buffer
}

/** Begins to send to a client that takes nothing behind the first piece. */
async function sending(t: TestContext, parts?: readonly Part[]): Promise<Sending> {
  const path = join(temporaryFolder('send'), 'file')
  writeFileSync(path, CONTENT)
  const file = new Representation({ path, about: statSync(path), root: undefined }, undefined, DESCRIBED)
  const handle = await open(path)
  t.after(() => handle.close())
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  exchange.begin(200, [])
  exchange.isFull = true
  const hasWritten = new Promise<void>(resolve => {
    const write = exchange.write.bind(exchange)
    exchange.write = chunk => {
      resolve()
      // Pieces are in use until the client has them.
      return write(typeof chunk === 'string' ? chunk : Buffer.from(chunk))
    }
  })
  const sent = sendParts(exchange, file, handle, parts ?? [{ first: 0, last: CONTENT.length - 1 }])
  await hasWritten
  const takeAll = (): void => {
    exchange.isFull = false
    exchange.drain()
  }
  return { path, exchange, sent, takeAll, body: () => Buffer.concat(exchange.body) }
}

test('a slow client has one piece of the file waiting for it, and gets all of it', async t => {
  const { exchange, sent, takeAll, body } = await sending(t)
  assert.equal(exchange.body.length, 1)
  assert.ok(body().length < 300_000)
  takeAll()
  assert.equal(await sent, true)
  assert.ok(body().equals(CONTENT))
  assert.equal(exchange.state, 'done')
})

test('a file that shrinks is cut', async t => {
  const { exchange, path, sent, takeAll, body } = await sending(t)
  truncateSync(path, 300_000)
  takeAll()
  assert.equal(await sent, false)
  assert.ok(body().length <= 300_000)
  assert.equal(exchange.state, 'body')
})

test('a file that is written to is cut before its last byte', async t => {
  const { path, sent, takeAll, body } = await sending(t)
  writeFileSync(path, CONTENT)
  utimesSync(path, 1, 1)
  takeAll()
  assert.equal(await sent, false)
  assert.ok(body().length < CONTENT.length)
})

test('a file that another one takes the place of is sent as it was', async t => {
  const { path, sent, takeAll, body } = await sending(t)
  writeFileSync(`${path}.next`, 'other')
  renameSync(`${path}.next`, path)
  takeAll()
  assert.equal(await sent, true)
  assert.ok(body().equals(CONTENT))
})

test('of several ranges none is complete when the file has changed', async t => {
  const parts = ['--x\r\n', { first: 0, last: 800_000 }, '\r\n--x\r\n', { first: 900_000, last: 900_009 }, '\r\n--x--']
  const { path, sent, takeAll, body } = await sending(t, parts)
  writeFileSync(path, CONTENT)
  utimesSync(path, 1, 1)
  takeAll()
  assert.equal(await sent, false)
  assert.doesNotMatch(body().toString(), /--x--/)
})

test('nothing more is read for a client that has gone', async t => {
  const { exchange, sent, body } = await sending(t)
  const before = body().length
  exchange.isGone = true
  exchange.drain()
  assert.equal(await sent, true)
  assert.equal(body().length, before)
})
