// The admin listener and the control socket live in the master: whatever their clients do, it goes on with its work, and what they cost is bounded.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { StarlightProcess } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, serve, until } from './supervisor-support.ts'

const SKIP = { skip: process.platform !== 'linux' && '/proc is needed' }
const CLIENTS = 130
/** Connections that a listener takes; the others are turned away. */
const TAKEN = 100
const MEGABYTE = 1024 * 1024
/** What all clients together may cost: a mebibyte for each connection, most of it answers that wait. */
const MOST_GROWTH = TAKEN * MEGABYTE

/** V8 lets what is dead lie, up to 48 MB of it in its young generation alone: with little room it looks early, so that what is held counts. */
const LITTLE_ROOM = { NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=48' }

interface Target {
  readonly server: StarlightProcess
  readonly place: NetConnectOpts
  /** A question in good faith. */
  status(): Promise<{ readonly status: number; readonly body: string }>
}

/** What a client does with its connection. */
type Attack = (socket: Socket) => void

const HEAD = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n'

const ATTACKS: Readonly<Record<string, Attack>> = {
  'say nothing': () => undefined,
  'send half a head': socket => socket.write(`${HEAD}X-Slow: `),
  'send a head without an end': socket => socket.write(`${HEAD}${'X: y\r\n'.repeat(200_000)}`),
  'send one endless field': socket => socket.write(`${HEAD}X: ${'y'.repeat(4 * MEGABYTE)}`),
  'send a body without an end': socket =>
    socket.write(
      `POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n${'x'.repeat(MEGABYTE)}`,
    ),
  'send chunks without an end': socket =>
    socket.write(
      `GET /status HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(50_000)}`,
    ),
  'pipeline questions and read no answer': socket => {
    socket.pause()
    socket.write(`${HEAD}\r\n`.repeat(2000))
  },
  'leave amid a question': socket => socket.write(`${HEAD}\r\n`, () => leave(socket)),
  'leave amid a pipeline': socket => socket.write(`${HEAD}\r\n`.repeat(50), () => socket.destroy()),
  'send no HTTP': socket => socket.write(Buffer.alloc(MEGABYTE, 0x16)),
}

/** With a reset where there is such a thing. */
function leave(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy()
  else socket.resetAndDestroy()
}

async function target(t: TestContext, kind: string): Promise<Target> {
  const control = join(temporaryFolder('test'), 'control')
  const server = await serve(t, ['--workers=2', '--admin=0', `--control-socket=${control}`, '--worker-timeout=20'], {
    env: LITTLE_ROOM,
  })
  const [, url = ''] = await server.seen(/Metrics and health on (http:\S+)/)
  if (kind === 'control socket')
    return { server, place: { path: control }, status: () => ask('http://localhost/status', { socketPath: control }) }
  const place = { host: '127.0.0.1', port: Number(new URL(url).port) }
  return { server, place, status: () => ask(`${url}/status`) }
}

/** Connects clients that attack, and gives their sockets; resolves when each is connected or was refused. */
async function attack(t: TestContext, { place }: Target, act: Attack): Promise<Socket[]> {
  const sockets = Array.from({ length: CLIENTS }, () => connect(place))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(
    sockets.map(async socket => {
      socket.on('error', () => undefined)
      await Promise.race([once(socket, 'connect'), once(socket, 'close')])
      act(socket)
    }),
  )
  return sockets
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** The most memory that the process has ever had. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024
}

/** The master replaces a worker that was killed, and all workers at a reload. */
async function works(server: StarlightProcess): Promise<void> {
  const [victim = 0] = server.workers()
  process.kill(victim, 'SIGKILL')
  await until(() => server.workers().length === 2 && !server.workers().includes(victim), 'a new worker')
  const said = server.stderr.length
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/, said)
  assert.equal((await ask(server.url)).status, 200)
}

for (const kind of ['admin listener', 'control socket']) {
  test(
    `more clients than it takes of the ${kind} that misbehave cost little, and the master goes on`,
    SKIP,
    async t => {
      const aim = await target(t, kind)
      const { server, status } = aim
      assert.equal((await status()).status, 200)
      // What the first answers of any kind need: compiled code, grown heap.
      for (const socket of await attack(t, aim, ATTACKS['say nothing']!)) socket.destroy()
      await until(async () => (await status().catch(() => undefined))?.status === 200, 'an answer')
      const [idle, before] = [descriptorsOf(server.pid), peakOf(server.pid)]
      for (const [name, act] of Object.entries(ATTACKS)) {
        const sockets = await attack(t, aim, act)
        assert.equal((await ask(server.url)).status, 200, name)
        const open = descriptorsOf(server.pid)
        // Those that were turned away are let go in stages.
        assert.ok(open <= idle + CLIENTS + 20, `${name}: ${open} descriptors, ${idle} before`)
        for (const socket of sockets) socket.destroy()
        await until(async () => (await status().catch(() => undefined))?.status === 200, `an answer after "${name}"`)
        const grown = peakOf(server.pid) - before
        t.diagnostic(`${name}: ${open - idle} descriptors, ${Math.round(grown / MEGABYTE)} MB at the peak`)
        assert.ok(grown <= MOST_GROWTH, `${name}: the master grew by ${grown} bytes`)
      }
      await until(() => descriptorsOf(server.pid) <= idle + 2, 'all connections are closed')
      assert.doesNotMatch(server.stderr, /Killed worker/)

      // With all places taken the master works on, too.
      const held = await attack(t, aim, ATTACKS['send half a head']!)
      assert.ok(held.length > TAKEN)
      await works(server)
      for (const socket of held) socket.destroy()
      await until(async () => (await status().catch(() => undefined))?.status === 200, 'an answer at the end')
    },
  )
}

test('questions that come at the same time have the same full answers', SKIP, async t => {
  const { status, server } = await target(t, 'control socket')
  assert.equal((await status()).status, 200)
  const socketPath = /--control-socket=(.*)/.exec(server.child.spawnargs.join('\n'))?.[1] ?? ''
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('http://localhost/stack', { socketPath })))
  for (const { body } of answers) assert.equal(Object.keys(JSON.parse(body) as object).length, 2, body)
})
