// What clients make the process remember is bounded for all of them together, and by little for each: measured on the process, behind a
// garbage collection, for the server with each kind of application.

import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { before, describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fetchHandler } from '../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../src/app/handler.ts'
import { nodeHandler } from '../../src/app/node/handler.ts'
import { encodeEnv } from '../../src/app/perl/env.ts'
import { perlHandler } from '../../src/app/perl/handler.ts'
import { psgiHandler } from '../../src/app/psgi/handler.ts'
import { noNames } from '../../src/http1/request/field-names.ts'
import { contextOf } from '../../src/server/library/app-context.ts'
import type { TransportUser } from '../../src/transport/transport.ts'
import { OpenTransport, SILENT } from '../support/open-transport.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())
const KB = 1024
/** So many that what comes and goes in the rest of the process (some 250 kB) is little for each. */
const CONNECTIONS = 150
/** What is kept is kept in each measurement; what only came and went is not. */
const MEASUREMENTS = 3

const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(env => [200, [], [JSON.stringify(env)]], CONTEXT),
  fetch: fetchHandler(request => new Response(`${request.url}${[...request.headers].join('')}`), CONTEXT),
  node: nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    res.end(`${req.url}${JSON.stringify(req.headers)}${req.rawHeaders.join('')}`)
  }, CONTEXT),
  perl: exchange => exchange.answer(200, [], encodeEnv(exchange, 0)) as undefined,
}

let made = 0
/** A text of `length` that has never been there. */
const fresh = (length: number): string => `${(made++).toString(36)}-`.padEnd(length, 'n')
const head = (lines: readonly string[], target = '/', host = 'a'): string =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** What a client sends on its connection, which it then leaves open. */
const CLIENTS: Readonly<Record<string, () => string>> = {
  'many heads of names of their own': () => times(12, () => head(times(99, () => `${fresh(58)}: v`))).join(''),
  'two heads of names that others sent': () => head(times(99, i => `X-Known-${i}: v`)).repeat(2),
  'two equal heads of names of its own': () => head(times(60, () => `${fresh(40)}: v`)).repeat(2),
  'heads with long names': () => times(3, () => head(times(3, () => `${fresh(16_000)}: v`))).join(''),
  'a head with large values': () => head(times(4, i => `X-Large-${i}: ${fresh(14_000)}`)),
  'the same head with large values, again and again': () =>
    head(times(4, i => `X-Large-${i}: ${'v'.repeat(14_000)}`)).repeat(5),
  'a head of many small values': () => head(times(99, i => `X-Known-${i}: ${fresh(20)}`)).repeat(3),
  'long names of hosts': () => times(3, () => head([], '/', fresh(16_000))).join(''),
  'a long path': () => head([], `/${fresh(8000)}`),
  'a long absolute target': () => head([], `http://${fresh(4000)}/${fresh(3000)}`),
  'a long method': () => head([]).replace('GET', fresh(8000)),
  'a chunked body with trailers': () =>
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(500)}0\r\n${times(90, () => `${fresh(40)}: ${fresh(40)}\r\n`).join('')}\r\n`,
}

/** What the process has in use, in bytes, without the names that it knows. */
async function inUse(): Promise<number> {
  // What is kept of names for the whole process comes and goes: here it has just gone.
  const first = noNames()
  while (noNames() === first) first.after(fresh(20), true)
  // Memory outside of the heap goes with its owner, a turn later.
  for (let i = 0; i < 2; i++) {
    collectGarbage()
    await new Promise(setImmediate)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Lets clients send what they do, in one piece or in small ones, and gives what the process keeps for each while they idle. */
async function keptFor(handler: Handler, client: () => string, cut: number, count: number): Promise<number> {
  const users: TransportUser[] = []
  const atFirst = await inUse()
  for (let i = 0; i < count; i++) {
    const user = OpenTransport.connect(handler)
    send(user, Buffer.from(client(), 'latin1'), cut)
    users.push(user)
    // The handlers answer in the same turn, or the next.
    await new Promise(setImmediate)
  }
  const kept = ((await inUse()) - atFirst) / count
  for (const user of users) user.lost()
  return kept
}

/** As the transports do: bytes that are borrowed, or given in memory of their own. */
function send(user: TransportUser, bytes: Buffer, cut: number): void {
  const buffer = Buffer.alloc(Math.min(cut, bytes.length))
  for (let at = 0; at < bytes.length; at += cut) {
    const piece = bytes.subarray(at, at + cut)
    if (at % 2 === 0) user.receivedBorrowed(buffer, piece.copy(buffer))
    else user.received(Buffer.from(new Uint8Array(piece).buffer))
  }
}

/** A connection takes 2 to 3 kB, what it keeps of its last head 5 at most. */
const MOST = 10 * KB

for (const [kind, handler] of Object.entries(HANDLERS)) {
  describe(`an idle connection to a ${kind} application`, () => {
    // The caches fill once, and V8 learns.
    before(async () => {
      for (const client of Object.values(CLIENTS)) await keptFor(handler, client, 65_536, 10)
    })
    for (const [what, client] of Object.entries(CLIENTS)) {
      // How a head came makes no difference to the application.
      for (const cut of kind === 'psgi' ? [65_536, 1001] : [65_536]) {
        test(`keeps little of ${what}, in pieces of ${cut} bytes`, async () => {
          let kept = Infinity
          for (let i = 0; i < MEASUREMENTS && kept > MOST; i++)
            kept = Math.min(kept, await keptFor(handler, client, cut, CONNECTIONS))
          assert.ok(kept <= MOST, `${Math.round(kept)} bytes`)
        })
      }
    }
  })
}

/** Body bytes of each client, and so many clients. */
const BODY_BYTES = 200 * KB
const SENDERS = 10
/** Read-ahead of a body that nobody reads ends here. */
const UNREAD_BYTES = 50 * KB

const collected: unknown[] = []

/** Every kind of application, waiting for the end of a body. What it has of it is kept. */
const READERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(env => [200, [], [String(env['psgi.input'].length)]], CONTEXT),
  'fetch, as text': fetchHandler(async request => new Response(await request.text()), CONTEXT),
  'fetch, as a stream': fetchHandler(async request => {
    const pieces: Uint8Array[] = []
    collected.push(pieces)
    for await (const piece of request.body ?? []) pieces.push(piece)
    return new Response(String(pieces.length))
  }, CONTEXT),
  node: nodeHandler((req: IncomingMessage) => {
    const pieces: Buffer[] = []
    collected.push(pieces)
    req.on('data', piece => pieces.push(piece)).on('error', () => undefined)
  }, CONTEXT),
  perl: perlHandler({ submit: () => undefined }, CONTEXT, false),
}

const chunkedHead = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
const lengthHead = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n'

/** How a body may come: the head, its text for so many bytes, and how long the pieces are. */
const WAYS: Readonly<Record<string, readonly [head: string, text: (bytes: number) => string, cut: number]>> = {
  'in chunks of one byte': [chunkedHead, bytes => '1\r\na\r\n'.repeat(bytes), 65_536],
  'in chunks of one byte with extensions': [
    chunkedHead,
    bytes => '1;a\r\na\r\n'.repeat(bytes - 2000) + '1\r\na\r\n'.repeat(2000),
    4096,
  ],
  'in chunks of a hundred bytes': [chunkedHead, bytes => `64\r\n${'a'.repeat(100)}\r\n`.repeat(bytes / 100), 1000],
}

async function keptOfBodies(handler: Handler, head: string, text: string, cut: number): Promise<number> {
  const users: TransportUser[] = []
  collected.length = 0
  const bytes = Buffer.from(text, 'latin1')
  const atFirst = await inUse()
  for (let i = 0; i < SENDERS; i++) {
    const user = OpenTransport.connect(handler)
    users.push(user)
    send(user, Buffer.from(head, 'latin1'), 65_536)
    for (let at = 0; at < bytes.length; at += 65_536) {
      send(user, bytes.subarray(at, at + 65_536), cut)
      await new Promise(setImmediate)
    }
  }
  const kept = ((await inUse()) - atFirst) / SENDERS
  for (const user of users) user.lost()
  collected.length = 0
  return kept
}

for (const [kind, handler] of Object.entries(READERS)) {
  describe(`a body on its way to a ${kind} application`, () => {
    for (const [way, [head, text, cut]] of Object.entries(WAYS)) {
      test(`takes at most three times its bytes ${way}`, async () => {
        await keptOfBodies(handler, head, text(10_000), cut)
        const kept = await keptOfBodies(handler, head, text(BODY_BYTES), cut)
        assert.ok(kept <= 3 * BODY_BYTES, `${Math.round(kept)} bytes for ${BODY_BYTES}`)
      })
    }
  })
}

test('a body that nobody reads takes at most three times its bytes in segments of one byte', async () => {
  const wait: Handler = () => new Promise(() => undefined)
  for (const head of [lengthHead, chunkedHead]) {
    await keptOfBodies(wait, head, 'a'.repeat(1000), 1)
    const kept = await keptOfBodies(wait, head, 'a'.repeat(UNREAD_BYTES), 1)
    assert.ok(kept <= 3 * UNREAD_BYTES, `${Math.round(kept)} bytes for ${UNREAD_BYTES}`)
  }
})

for (const kind of ['psgi', 'fetch, as text', 'perl']) {
  test(`a body in segments of one byte takes at most three times its bytes, for ${kind}`, async () => {
    const kept = await keptOfBodies(READERS[kind]!, lengthHead, 'a'.repeat(UNREAD_BYTES), 1)
    assert.ok(kept <= 3 * UNREAD_BYTES, `${Math.round(kept)} bytes for ${UNREAD_BYTES}`)
  })
}
