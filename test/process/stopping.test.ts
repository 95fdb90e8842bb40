// After TERM: who connects is answered or refused, and never accepted only to be reset.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { bindTcp, canReusePort } from '../../src/supervisor/sockets/bound-handle.ts'
import { isAlive, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, busyRequest, serve, until } from './supervisor-support.ts'

type Target = { port: number; host: string } | { socketPath: string }

const WAYS: readonly (readonly string[])[] = [
  ['--workers=1'],
  ['--workers=3'],
  ['--workers=2', '--balance=round-robin'],
  ['--workers=1', '--threads=2'],
  ['--workers=0'],
]

for (const way of WAYS) {
  test(`${way.join(' ')}: TERM under load, and each connection is answered or refused`, async t => {
    const server = await serve(t, [...way, '--graceful-timeout=3600'])
    const busy = await busyRequest(server.url)
    const outcomes = new Map<string, number>()
    const client = async (): Promise<void> => {
      for (let outcome = 'answered'; outcome === 'answered'; ) {
        outcome = await outcomeOf(server)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        if (outcomes.get('answered') === 100) server.signal('SIGTERM')
      }
    }
    await Promise.all(Array.from({ length: 8 }, client))
    t.diagnostic(JSON.stringify(Object.fromEntries(outcomes)))
    // Refused while a request is in work still: nobody hangs as long as the drain takes.
    assert.deepEqual([...outcomes.keys()].sort(), ['ECONNREFUSED', 'answered'])
    await busy.finish()
    assert.equal((await busy.answer).body, 'finished\n')
    assert.deepEqual(await server.exited, { code: 0, signal: null })
  })

  test(`${way.join(' ')}: what waits in the kernel at TERM is answered, TCP and Unix sockets`, async t => {
    const socketPath = join(temporaryFolder('test'), 'socket')
    const server = await serve(t, [...way, `--socket=${socketPath}`])
    const everybody = [server.pid, ...server.workers()]
    // They are connected, and nobody has accepted them when the signal comes.
    for (const pid of everybody) process.kill(pid, 'SIGSTOP')
    const targets = [{ port: server.port, host: '127.0.0.1' }, { socketPath }]
    const waiting = targets.flatMap(target => Array.from({ length: 20 }, () => visit(target)))
    await Promise.all(waiting.map(({ connected }) => connected))
    server.signal('SIGTERM')
    for (const pid of everybody) process.kill(pid, 'SIGCONT')
    assert.deepEqual(new Set(await Promise.all(waiting.map(({ outcome }) => outcome))), new Set(['answered']))
    assert.deepEqual(await server.exited, { code: 0, signal: null })
    assert.equal(existsSync(socketPath), false)
  })

  test(`${way.join(' ')}: with --drain-delay all is served after TERM, until the next one`, async t => {
    const server = await serve(t, [...way, '--drain-delay=3600', '--graceful-timeout=3600'])
    const busy = await busyRequest(server.url)
    server.signal('SIGTERM')
    await server.seen(/Stopping in 3600 s/)
    for (let i = 0; i < 3; i++) assert.equal(await outcomeOf(server), 'answered')
    server.signal('SIGINT')
    await until(async () => (await outcomeOf(server)) === 'ECONNREFUSED', 'the port is closed')
    await busy.finish()
    assert.equal((await busy.answer).body, 'finished\n')
    assert.deepEqual(await server.exited, { code: 0, signal: null })
  })
}

// With SO_REUSEPORT the kernel chooses the queue, so a socket cannot be filled while others live: a connection in the very moment
// of the close may be reset.
const REUSEPORT = { skip: canReusePort() ? false : 'sockets cannot share a port here' }
test('--balance=reuseport: after TERM the port is closed while a request in work goes on', REUSEPORT, async t => {
  const server = await serve(t, ['--workers=2', '--balance=reuseport', '--graceful-timeout=3600'])
  const busy = await busyRequest(server.url)
  server.signal('SIGTERM')
  await until(async () => (await outcomeOf(server)) === 'ECONNREFUSED', 'the port is closed')
  await busy.finish()
  assert.equal((await busy.answer).body, 'finished\n')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})

test('during --drain-delay /readyz is 503, and a worker that dies is replaced', async t => {
  const server = await serve(t, ['--workers=1', '--drain-delay=3600', '--admin=0'])
  const [, admin = ''] = await server.seen(/Metrics and health on (http:\S+)/)
  const status = async (path: string): Promise<number> => (await ask(admin + path)).status
  assert.equal(await status('/readyz'), 200)
  server.signal('SIGTERM')
  await server.seen(/Stopping in 3600 s/)
  assert.deepEqual([await status('/readyz'), await status('/healthz'), await status('/livez')], [503, 200, 200])
  const [worker = 0] = server.workers()
  process.kill(worker, 'SIGKILL')
  await server.seen(new RegExp(`worker ${worker} was killed`))
  assert.equal((await ask(server.url)).status, 200)
  server.signal('SIGINT')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})

test('the end comes by itself after --drain-delay', async t => {
  const server = await serve(t, ['--workers=1', '--drain-delay=1'])
  server.signal('SIGTERM')
  await server.seen(/Stopping in 1 s/)
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})

for (const way of [['--workers=2'], ['--workers=2', '--balance=round-robin'], ['--workers=0']]) {
  test(`${way.join(' ')}: a socket of whoever has started the server stays open for the next one`, async t => {
    const socket = bindTcp({ host: '127.0.0.1', family: 4, port: 0, ipv6Only: false })
    t.after(() => socket.close())
    const env = { SERVER_STARTER_PORT: `127.0.0.1:${socket.port}=3` }
    const first = await startStarlight([...way, APP], { env, fds: [socket.fd] })
    t.after(() => first.stop('SIGKILL'))
    assert.equal(await outcomeOf(first), 'answered')
    assert.equal((await first.stop()).code, 0)
    const between = visit({ port: socket.port, host: '127.0.0.1' })
    await between.connected
    const next = await startStarlight([...way, APP], { env, fds: [socket.fd] })
    t.after(() => next.stop('SIGKILL'))
    assert.equal(await between.outcome, 'answered')
  })
}

test('a master that has handed over closes its sockets, and connects of nobody are lost', async t => {
  const pidFile = join(temporaryFolder('test'), 'pid')
  const old = await serve(t, ['--workers=1', '--graceful-timeout=3600', `--pid=${pidFile}`])
  const busy = await busyRequest(old.url)
  old.signal('SIGUSR2')
  const [, next = ''] = await old.seen(/Upgraded: the new master (\d+) serves/)
  t.after(() => isAlive(Number(next)) && process.kill(Number(next), 'SIGKILL'))
  // The old one is there still; whoever connects is answered by the new one, and refused when that has gone.
  assert.equal(await outcomeOf(old), 'answered')
  process.kill(Number(next), 'SIGTERM')
  await until(async () => (await outcomeOf(old)) === 'ECONNREFUSED', 'the port is closed')
  await busy.finish()
  assert.equal((await busy.answer).body, 'finished\n')
})

/** One GET on a connection of its own. `outcome`: `answered`, or the code of what went wrong. */
function visit(target: Target): { connected: Promise<unknown>; outcome: Promise<string> } {
  const request = get({ ...target, path: '/', agent: false })
  const connected = new Promise(resolve => request.on('socket', socket => socket.once('connect', resolve)))
  const outcome = new Promise<string>(resolve => {
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    request.on('response', response => {
      response.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code} in the answer`))
      response.on('end', () => resolve('answered'))
      response.resume()
    })
  })
  return { connected, outcome }
}

function outcomeOf({ port }: { readonly port: number }): Promise<string> {
  return visit({ port, host: '127.0.0.1' }).outcome
}
