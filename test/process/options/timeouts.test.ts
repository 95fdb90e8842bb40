// What the options of src/config/options/timeouts.ts do. Those of 0 are looked at when an answer of two seconds has come: the
// slowest clock of a server has then ticked four times.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { TIMEOUT_OPTIONS } from '../../../src/config/options/timeouts.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { effectsOf, type Row, type Served, served } from './effects.ts'

const HEAD = 'GET / HTTP/1.1\r\n'
const REST = 'Host: a\r\n\r\n'
const LARGE = 50_000_000
const post = (length: number): string => `POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`

async function statusAfter(server: Served, bytes: string): Promise<number> {
  const client = await server.connect()
  await client.send(bytes)
  const { status } = await client.answer()
  await client.ended()
  client.destroy()
  return status
}

const slowHead = async (server: Served): Promise<void> => {
  const silent = await server.connect()
  assert.deepEqual([await statusAfter(server, HEAD), await silent.ended()], [408, 'fin'])
}

const slowBody = async (server: Served): Promise<void> =>
  assert.equal(await statusAfter(server, `${post(10)}12345`), 408)

/** A client that takes nothing of a large answer. */
async function asksLarge(server: Served): Promise<Socket> {
  const socket = createConnection(server.server.port, '127.0.0.1').pause()
  await once(socket, 'connect')
  socket.write(`GET /large?${LARGE} HTTP/1.1\r\nConnection: close\r\n${REST}`)
  return socket
}

/** How many bytes come until there are `enough`, or the end. */
async function taken(socket: Socket, enough = Infinity): Promise<number> {
  let bytes = 0
  await new Promise<void>(resolve => {
    socket.on('data', piece => {
      bytes += piece.length
      if (bytes >= enough) resolve()
    })
    socket.on('close', resolve).on('error', () => undefined)
    socket.resume()
  })
  socket.destroy()
  return bytes
}

async function slowReader(server: Served): Promise<void> {
  const socket = await asksLarge(server)
  for (const _ of [1, 2]) assert.equal((await server.ask('/slow')).status, 200)
  const bytes = await taken(socket)
  assert.ok(bytes < LARGE, `${bytes} bytes came of an answer that is cut`)
}

/** Begins, lets two seconds pass, and finishes. */
const waits =
  (begin: (server: Served) => Promise<RawClient>, finish: (client: RawClient) => Promise<unknown>) =>
  async (server: Served): Promise<void> => {
    const client = await begin(server)
    assert.equal((await server.ask('/slow')).status, 200)
    assert.equal(client.ending, undefined)
    await finish(client)
    client.destroy()
  }

const begun =
  (bytes: string) =>
  async (server: Served): Promise<RawClient> => {
    const client = await server.connect()
    await client.send(bytes)
    return client
  }

async function ends(client: RawClient, bytes: string, answers = 1): Promise<void> {
  await client.send(bytes)
  assert.equal((await client.answers(answers)).at(-1)?.status, 200)
}

async function takesLate(server: Served): Promise<void> {
  const socket = await asksLarge(server)
  assert.equal((await server.ask('/slow')).status, 200)
  assert.ok((await taken(socket, LARGE)) >= LARGE)
}

const FOREVER: readonly Row<Served>[] = [
  ['--head-timeout=0', 'a head may take any time', waits(begun(HEAD), client => ends(client, REST))],
  ['--body-timeout=0', 'a body may take any time', waits(begun(`${post(10)}12345`), client => ends(client, '67890'))],
  ['--write-timeout=0', 'a client may take any time', takesLate],
  [
    '--request-timeout=0',
    'an answer may take any time',
    waits(begun(''), client => ends(client, `GET /slow HTTP/1.1\r\n${REST}`)),
  ],
  [
    '--keepalive-timeout=0',
    'an idle connection is kept',
    waits(
      async server => {
        const client = await begun(HEAD + REST)(server)
        await client.answer()
        return client
      },
      client => ends(client, HEAD + REST, 2),
    ),
  ],
]

const ONE = { args: ['--workers=1'] }

effectsOf(TIMEOUT_OPTIONS, [
  // The longest ones first: the others run meanwhile.
  served({ args: ['--workers=1', '--body-timeout=15'] }, [
    '--body-min-rate=1k',
    'a body that drips for 20 seconds gets 408',
    async server => assert.equal(await drip(server), 408),
  ]),
  served({ args: ['--workers=1', '--body-timeout=15'] }, [
    '--body-min-rate=0',
    'a body may drip for longer',
    async server => assert.equal(await drip(server), 200),
  ]),
  // Long enough for a busy machine to send what it begins with.
  served(
    ONE,
    ['--body-timeout=2', 'a body that stops gets 408', slowBody],
    ['--write-timeout=2', 'a client that takes nothing is cut', slowReader],
    [
      '--keepalive-timeout=2',
      'an idle connection is closed',
      async server => {
        const client = await begun(HEAD + REST)(server)
        assert.equal((await client.allAnswers()).length, 1)
      },
    ],
  ),
  served(ONE, ['--head-timeout=2', 'a slow head gets 408, and silence is ended', slowHead]),
  served(ONE, ['--read-timeout=2', 'the same as --head-timeout', slowHead]),
  served(ONE, [
    '--timeout=2',
    'a body that stops gets 408, a client that takes nothing is cut',
    async server => void (await Promise.all([slowBody(server), slowReader(server)])),
  ]),
  served(ONE, [
    '--request-timeout=0.3',
    'an answer that does not begin becomes 504',
    async server => assert.equal((await server.ask('/never')).status, 504),
  ]),
  served(ONE, ...FOREVER),
  served(ONE, [
    '--timeout=0',
    'bodies and clients may take any time',
    async server => {
      await Promise.all([waits(begun(`${post(10)}12345`), client => ends(client, '67890'))(server), takesLate(server)])
    },
  ]),
])

/** A byte each half second, for a little longer than a body may be slow; gives the status. */
async function drip(server: Served): Promise<number> {
  const bytes = 46
  const client = await begun(post(bytes))(server)
  let sent = 0
  const timer = setInterval(() => {
    if (++sent <= bytes) void client.send('b')
  }, 500)
  // Until 15 seconds have passed there is nothing to wait for.
  while (client.ending === undefined && sent < bytes) await new Promise(resolve => setTimeout(resolve, 100))
  clearInterval(timer)
  const { status } = await client.answer()
  client.destroy()
  return status
}
