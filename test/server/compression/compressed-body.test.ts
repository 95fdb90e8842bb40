// Streams through an encoder: in time, no faster than the client, and freed with it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import zlib from 'node:zlib'
import { ClientDisconnected } from '../../../src/app/errors.ts'
import { CompressedBody } from '../../../src/server/compression/compressed-body.ts'
import { availableCodings, createEncoder } from '../../../src/server/compression/encoder.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

function begun(): FakeExchange {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  exchange.begin(200, [])
  return exchange
}

const DECODERS = {
  gzip: zlib.createGunzip,
  br: zlib.createBrotliDecompress,
  zstd: zlib.createZstdDecompress,
}

for (const coding of availableCodings(['gzip', 'br', 'zstd']))
  test(`${coding}: what is written reaches the client before more is written`, async () => {
    const exchange = begun()
    const body = new CompressedBody(exchange, createEncoder(coding, undefined), () => undefined)
    const decoder = DECODERS[coding]()
    let text = ''
    decoder.on('data', piece => (text += piece))
    for (let i = 0; i < 5; i++) {
      body.write(Buffer.from(`data: ${i}\n\n`))
      while (!text.endsWith(`data: ${i}\n\n`)) {
        for (const piece of exchange.body.splice(0)) decoder.write(piece)
        await turn()
      }
    }
    body.end([])
    while (exchange.state !== 'done') await turn()
  })

test('a client that takes nothing stops the application, and goes on where it was', async () => {
  const exchange = begun()
  exchange.isFull = true
  let isClosed = false
  const body = new CompressedBody(exchange, createEncoder('gzip', undefined), () => (isClosed = true))
  const noise = (): Buffer => Buffer.from(Array.from({ length: 65_536 }, () => Math.floor(Math.random() * 256)))
  let room: Promise<void> | undefined
  let written = 0
  while (written < 50) {
    room = body.write(noise())
    written++
    if (room === undefined) continue
    let isOver = false
    void room.then(() => (isOver = true))
    // Long enough for the encoder to have given all that it may.
    for (let i = 0; i < 200 && !isOver; i++) await turn()
    if (!isOver) break
  }
  assert.ok(written < 10, `${written} pieces were taken`)
  exchange.isFull = false
  exchange.drain()
  await room
  body.end([])
  while (exchange.state !== 'done' || !isClosed) await turn()
})

test('a client that leaves frees the encoder, and who waits for room', async () => {
  const exchange = begun()
  exchange.isFull = true
  let closed = 0
  const body = new CompressedBody(exchange, createEncoder('br', undefined), () => closed++)
  let room: Promise<void> | undefined
  for (let i = 0; i < 100; i++) room = body.write(Buffer.alloc(65_536, 'abc')) ?? room
  exchange.isGone = true
  body.gone()
  await room
  while (closed === 0) await turn()
  assert.equal(closed, 1)
  assert.equal(body.whenWritable(), undefined)
})

test('an application that fails has its answer cut', async () => {
  const exchange = begun()
  let isClosed = false
  const body = new CompressedBody(exchange, createEncoder('gzip', undefined), () => (isClosed = true))
  body.write(Buffer.from('x'))
  body.fail(new ClientDisconnected())
  while (!isClosed) await turn()
  assert.equal(exchange.failures.length, 1)
  assert.equal(exchange.state, 'done')
})
