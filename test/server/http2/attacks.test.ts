// What hostile clients of HTTP/2 do, frame by frame (RFC 9113 10.5).
import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import type { Handler } from '../../../src/app/handler.ts'
import { END_HEADERS, END_STREAM, FRAME, frame, GET_ROOT, type SeenFrame } from '../../support/http2-frames.ts'
import { http2Place } from '../../support/http2-place.ts'
import { deferred } from '../../support/listening.ts'

const ENHANCE_YOUR_CALM = 11
const isGoaway = ({ type }: SeenFrame): boolean => type === FRAME.goaway
const codeOf = (seen: SeenFrame | undefined): number | undefined => seen?.payload.readUInt32BE(4)
const get = (stream: number): Buffer => frame(FRAME.headers, END_HEADERS | END_STREAM, stream, GET_ROOT)

test('a client that opens no window for its answer is reset', async t => {
  const large: Handler = exchange => exchange.answer(200, [], Buffer.alloc(1_000_000)) as undefined
  const { raw, server } = await http2Place(t, large, { writeTimeoutMs: 200 })
  const stalled = raw(get(1))
  const reset = await stalled.frame(({ type }) => type === FRAME.rstStream)
  assert.equal(reset?.stream, 1)
  assert.equal(server.stats.inFlight, 0)
})

test('a client that resets its streams at once is sent away, and has had few of them served', async t => {
  let begun = 0
  const { raw, client, server } = await http2Place(t, () => {
    begun++
    return new Promise(() => undefined)
  })
  const streams = Array.from({ length: 300 }, (_, i) => 2 * i + 1)
  const pairs = streams.map(id => Buffer.concat([get(id), frame(FRAME.rstStream, 0, id, Buffer.from([0, 0, 0, 8]))]))
  const attacker = raw(Buffer.concat(pairs))
  assert.equal(codeOf(await attacker.frame(isGoaway)), ENHANCE_YOUR_CALM)
  await attacker.closed
  assert.ok(begun <= 200, `${begun} requests reached the application`)
  assert.equal(server.stats.inFlight, 0)
  assert.equal(server.stats.refused['too-many-resets'], 1)
  client()
})

/** What ends a connection before all of it has come; a byte count bounds what the server took. */
const FLOODS: Readonly<Record<string, readonly [first: Uint8Array, flood: Uint8Array]>> = {
  'CONTINUATION without an end': [
    frame(FRAME.headers, END_STREAM, 1, GET_ROOT),
    frame(FRAME.continuation, 0, 1, Buffer.from([0x40, 1, 0x78, 1, 0x79])),
  ],
  SETTINGS: [Buffer.alloc(0), frame(FRAME.settings, 0, 0)],
  PING: [Buffer.alloc(0), frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
  'WINDOW_UPDATE of nothing': [Buffer.alloc(0), frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(4))],
}

for (const [what, [first, flood]] of Object.entries(FLOODS)) {
  test(`a flood of ${what} ends its connection, and others are served`, async t => {
    const waits: Handler = async exchange => {
      while ((await exchange.read()) !== null);
      exchange.answer(200, [], 'hello')
    }
    const { raw, client } = await http2Place(t, waits)
    const attacker = raw(first)
    // Nobody reads the acknowledgements.
    attacker.socket.pause()
    const piece = Buffer.concat(Array.from({ length: 1000 }, () => flood))
    while (!attacker.socket.destroyed) {
      const isTaken = attacker.socket.write(piece)
      const goesOn = new Promise(resolve => (isTaken ? setImmediate(resolve) : attacker.socket.once('drain', resolve)))
      await Promise.race([goesOn, attacker.closed])
    }
    assert.equal((await client().get('/')).status, 200)
  })
}

test('empty DATA is no body: without bytes it is late', async t => {
  const reads: Handler = async exchange => {
    while ((await exchange.read()) !== null);
    exchange.answer(200, [], 'hello')
  }
  const { raw, client } = await http2Place(t, reads, { bodyTimeoutMs: 200 })
  const attacker = raw(frame(FRAME.headers, END_HEADERS, 1, GET_ROOT))
  const sending = setInterval(() => attacker.socket.write(frame(FRAME.data, 0, 1)), 10)
  t.after(() => clearInterval(sending))
  const answered = await attacker.frame(({ type, stream }) => type === FRAME.headers && stream === 1)
  assert.ok(answered !== undefined)
  assert.equal((await client().get('/')).status, 200)
})

/** That of `/index.html`. */
const GET_INDEX = Buffer.from([0x82, 0x86, 0x85, 0x41, 1, 0x61])
/** A body that the application does not read before `isWanted`, but for that of `/index.html`. */
function late(isWanted: Promise<unknown>): Handler {
  return async exchange => {
    if (exchange.head.path === '/') await isWanted
    let bytes = 0
    for (let piece = await exchange.read(); piece !== null; piece = await exchange.read()) bytes += piece.length
    exchange.answer(200, [], String(bytes))
  }
}

test('a window full of bodies in pieces of one byte, which nobody reads, ends their connection', async t => {
  const { raw, server } = await http2Place(t, late(new Promise(() => undefined)), { writeTimeoutMs: 200 })
  // On one stream more than may wait, on each of many fewer.
  for (const streams of [1, 50]) {
    const pieces = Array.from({ length: Math.floor(65_000 / streams) }, () => Buffer.from('x'))
    const bodies = Array.from({ length: streams }, (_, i) => {
      const id = 2 * i + 1
      return [frame(FRAME.headers, END_HEADERS, id, GET_ROOT), ...pieces.map(piece => frame(FRAME.data, 0, id, piece))]
    })
    const attacker = raw(Buffer.concat(bodies.flat()))
    assert.equal(codeOf(await attacker.frame(isGoaway)), ENHANCE_YOUR_CALM)
    await attacker.closed
  }
  assert.equal(server.stats.refused['too-many-pieces'], 2)
  assert.equal(server.stats.inFlight, 0)
})

test('a body in small pieces waits for an application that is late', async t => {
  const wanted = deferred()
  const { raw, server } = await http2Place(t, late(wanted.promise), { bodyTimeoutMs: 500 })
  const pieces = Array.from({ length: 6000 }, (_, i) =>
    frame(FRAME.data, i === 5999 ? END_STREAM : 0, 1, Buffer.alloc(10)),
  )
  const client = raw(frame(FRAME.headers, END_HEADERS, 1, GET_ROOT), Buffer.concat(pieces))
  // The server has looked at its streams several times when this one is late.
  await raw(frame(FRAME.headers, END_HEADERS, 1, GET_INDEX)).frame(({ type }) => type === FRAME.headers)
  wanted.resolve()
  const body = await client.frame(({ type, stream }) => type === FRAME.data && stream === 1)
  assert.equal(body?.payload.toString(), '60000')
  assert.equal(server.stats.refused['too-many-pieces'] ?? 0, 0)
})

test('more streams than are allowed are refused one by one', async t => {
  const { raw } = await http2Place(t, () => new Promise(() => undefined), { http2Streams: 5 })
  const greedy = raw(...[1, 3, 5, 7, 9, 11].map(get))
  const refused = await greedy.frame(({ type }) => type === FRAME.rstStream)
  assert.deepEqual([refused?.stream, refused?.payload.readUInt32BE(0)], [11, 7])
})

test('silent clients beyond the limit are few, and soon let go', async t => {
  const { port, server } = await http2Place(t, exchange => exchange.answer(200, [], '') as undefined, {
    connections: 10,
    headTimeoutMs: 60_000,
  })
  const sockets = Array.from({ length: 300 }, () => createConnection({ port, host: '127.0.0.1' }))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  let most = 0
  const open = (): number => sockets.filter(({ closed }) => !closed).length
  for (const socket of sockets) socket.on('error', () => undefined).resume()
  while (open() > 10) {
    most = Math.max(most, server.stats.connections)
    await new Promise(setImmediate)
  }
  assert.ok(most <= 110, `${most} connections`)
})
