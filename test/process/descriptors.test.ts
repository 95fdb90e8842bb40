// A server that runs out of file descriptors: nobody is closed without an answer or a line, nothing dies, and it serves on when
// there is room again.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { writeCertificate } from '../support/certificate.ts'
import { runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, fixture, until } from './supervisor-support.ts'

const LIMIT = 64
const FLOOD = 100
const OUT = /Out of file descriptors \(64 at most\)|Out of file descriptors: new connections/

interface Client {
  readonly socket: Socket
  text: string
  isClosed: boolean
}

/** Connections that are opened and then say nothing. */
async function flood(t: TestContext, port: number, count: number): Promise<Client[]> {
  const clients: Client[] = []
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1')
    const client = { socket, text: '', isClosed: false }
    clients.push(client)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      client.isClosed = true
    })
    socket.setEncoding('latin1').on('data', text => {
      client.text += text
    })
    await once(socket, 'connect')
  }
  t.after(() => clients.forEach(({ socket }) => void socket.destroy()))
  return clients
}

async function start(t: TestContext, args: readonly string[], app = APP): Promise<StarlightProcess> {
  const options = { descriptors: LIMIT }
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--head-timeout=0', ...args, app], options)
  t.after(() => server.stop('SIGKILL'))
  return server
}

function portOf(server: StarlightProcess): number {
  return Number(new URL(server.url).port)
}

/** Requests that the master knows of: a heartbeat has told them. */
async function requestsTold(server: StarlightProcess): Promise<number> {
  const { stdout } = await runStarlight(['status', '--json', `--control-socket=${socketOf(server)}`])
  return (JSON.parse(stdout) as { totals: { requests: number } }).totals.requests
}

const sockets = new WeakMap<StarlightProcess, string>()
function socketOf(server: StarlightProcess): string {
  return sockets.get(server) ?? ''
}

async function startControlled(t: TestContext, args: readonly string[], app?: string): Promise<StarlightProcess> {
  const path = `${temporaryFolder('test')}/control`
  const server = await start(t, [`--control-socket=${path}`, ...args], app)
  sockets.set(server, path)
  return server
}

for (const [name, args] of [
  ['one worker', ['--workers=1']],
  ['two workers', ['--workers=2']],
  ['two workers with sockets of their own', ['--workers=2', '--balance=reuseport']],
] as const) {
  test(`connections beyond the descriptors of ${name} wait in the queue, and are served when others go`, async t => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    if (args.join().includes('reuseport') && (major < 22 || (major === 22 && minor < 12)))
      return t.skip('needs Node 22.12')
    const server = await start(t, args)
    const workers = server.workers()
    const clients = await flood(t, portOf(server), FLOOD)
    await server.seen(OUT)
    const waiting = ask(server.url)
    for (const { socket } of clients.slice(0, FLOOD - 10)) socket.destroy()
    assert.equal((await waiting).status, 200)
    assert.deepEqual(
      clients.slice(FLOOD - 10).filter(({ isClosed }) => isClosed),
      [],
      'nobody was closed',
    )
    assert.deepEqual(server.workers(), workers, 'no worker has ended')
    const lines = server.stderr.split('\n').filter(line => OUT.test(line))
    assert.ok(lines.length <= workers.length, 'each worker says it once')
  })
}

for (const [name, args] of [
  ['no workers', ['--workers=0']],
  ['connections that the master deals out', ['--workers=1', '--balance=round-robin']],
  ['threads', ['--workers=1', '--threads=1']],
] as const) {
  test(`with ${name}, connections beyond the descriptors get 503, and others are served when there is room`, async t => {
    const server = await start(t, args)
    const clients = await flood(t, portOf(server), FLOOD)
    await server.seen(OUT)
    const closed = clients.filter(({ isClosed }) => isClosed)
    await until(() => closed.every(({ text }) => /^HTTP\/1\.1 503 [\s\S]*Retry-After: 1/.test(text)), 'all have a 503')
    for (const { socket } of clients) socket.destroy()
    await until(async () => (await ask(server.url).catch(() => undefined))?.status === 200, 'it serves again')
    assert.equal(server.stderr.split('\n').filter(line => OUT.test(line)).length, 1, 'said once')
    assert.doesNotMatch(server.stderr, /nothing caught/)
  })
}

test('with TLS, connections whose handshake has not begun count too', async t => {
  const { keyFile, certFile } = writeCertificate(temporaryFolder('test'))
  const server = await start(t, [
    '--workers=1',
    '--head-timeout=3',
    '--ssl',
    `--ssl-key-file=${keyFile}`,
    `--ssl-cert-file=${certFile}`,
  ])
  const clients = await flood(t, portOf(server), FLOOD)
  await server.seen(OUT)
  for (const { socket } of clients) socket.destroy()
  const { status } = await new Promise<{ status: number }>((resolve, reject) => {
    import('node:https').then(({ get }) =>
      get(server.url, { rejectUnauthorized: false, agent: false }, response => {
        response.resume()
        resolve({ status: response.statusCode ?? 0 })
      }).on('error', reject),
    )
  })
  assert.equal(status, 200)
})

test('an app that takes every descriptor does not end its worker: heartbeats go on, and so does serving', async t => {
  const server = await startControlled(t, ['--workers=1'], fixture('hog.mjs'))
  const [worker] = server.workers()
  // While there are no descriptors, nobody comes in any more.
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  assert.equal((await ask(`${server.url}/take`, { agent })).body, `EMFILE ${worker}\n`)
  await server.seen(OUT)
  await until(async () => (await requestsTold(server)) >= 1, 'a heartbeat came through')
  assert.equal((await ask(`${server.url}/give`, { agent })).status, 200)
  assert.equal((await ask(server.url)).status, 200)
  assert.deepEqual(server.workers(), [worker])
  assert.doesNotMatch(server.stderr, /nothing caught/)
})

test('a limit of descriptors below --max-connections is said at the start', async t => {
  const server = await start(t, ['--workers=1'])
  assert.match(
    server.stderr,
    /warn: --max-connections=10000 cannot be reached: A process may have 64 file descriptors, and stops accepting when 56 are in use/,
  )
  const fitting = await start(t, ['--workers=1', '--max-connections=50'])
  assert.doesNotMatch(fitting.stderr, /descriptors/)
})

test('a master without descriptors for a worker says so and gives up the start', async () => {
  // A worker costs its master two.
  const args = ['--host=127.0.0.1', '--port=0', '--workers=12', APP]
  const { code, stderr } = await runStarlight(args, { descriptors: 42 })
  assert.equal(code, 5)
  assert.match(stderr, /Cannot start: worker \d+ could not be started: no file descriptors are left for it/)
  assert.doesNotMatch(stderr, /TypeError/)
})

test('a flood of its admin listener leaves the master descriptors for its workers', async t => {
  const server = await start(t, ['--workers=1', '--admin=127.0.0.1:0'])
  const [, port] = /Metrics and health on http:\/\/127\.0\.0\.1:(\d+)/.exec(server.stderr) ?? []
  await flood(t, Number(port), FLOOD)
  const [worker = 0] = server.workers()
  process.kill(worker, 'SIGKILL')
  await until(() => server.workers().some(pid => pid !== worker), 'the worker is replaced')
  assert.equal((await ask(server.url)).status, 200)
})
