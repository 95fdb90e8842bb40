import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { runStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, busyRequest, serve, until, whileReloading } from './supervisor-support.ts'

const [MAJOR = 0, MINOR = 0] = process.versions.uv.split('.').map(Number)
const CAN_REUSE = process.platform === 'linux' && (MAJOR > 1 || MINOR >= 49)

test('round-robin gives connections to the workers in turn', async t => {
  const server = await serve(t, ['--workers=4', '--balance=round-robin'])
  // Long enough for reports of life to come in between: they must not change whose turn it is.
  for (let round = 0; round < 20; round++) {
    const counts = new Map<string, number>()
    for (let i = 0; i < 40; i++) {
      const { body } = await ask(server.url)
      counts.set(body, (counts.get(body) ?? 0) + 1)
    }
    assert.equal(counts.size, 4)
    for (const count of counts.values()) assert.ok(count >= 5 && count <= 15, `${[...counts.values()]}`)
  }
})

test('round-robin gives a connection to the worker that has the fewest', async t => {
  const server = await serve(t, ['--workers=2', '--balance=round-robin'])
  const kept = Array.from({ length: 6 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  t.after(() => {
    for (const agent of kept) agent.destroy()
  })
  const pids: string[] = []
  for (const agent of kept) pids.push((await ask(server.url, { agent })).body)
  const [first = '', second = ''] = pids
  assert.deepEqual(pids, [first, second, first, second, first, second])
  for (const [i, agent] of kept.entries()) if (pids[i] === second) agent.destroy()
  await until(async () => {
    for (let i = 0; i < 20; i++) if ((await ask(server.url)).body !== second) return false
    return true
  }, 'twenty connections in a row to the one without')
})

test('round-robin loses no connection in a reload, and queues while nobody serves', async t => {
  const server = await serve(t, ['--workers=2', '--balance=round-robin'])
  await whileReloading(server, async () => assert.equal((await ask(server.url)).status, 200))
  server.signal('SIGWINCH')
  await until(() => server.workers().length === 0, 'nobody serves')
  const waiting = ask(server.url)
  server.signal('SIGTTIN')
  assert.equal((await waiting).status, 200)
  assert.equal((await server.stop()).code, 0)
})

test('round-robin gives connections to others that wait for a worker which is killed', async t => {
  const server = await serve(t, ['--workers=2', '--balance=round-robin', '--worker-timeout=0'])
  const [stopped = 0] = server.workers()
  process.kill(stopped, 'SIGSTOP')
  // Six are on their way to it: one at a time is under way, the others wait for that.
  const asked = Array.from({ length: 12 }, () =>
    ask(server.url).then(
      ({ body }) => body,
      (error: Error) => error.message,
    ),
  )
  let answered = 0
  for (const one of asked) void one.then(() => answered++)
  await until(() => answered >= 6, 'half of them are answered by the other worker')
  process.kill(stopped, 'SIGKILL')
  const told = await Promise.all(asked)
  const lost = told.filter(text => !/^\d+\n$/.test(text))
  assert.ok(lost.length <= 1, `only the one that was under way may be lost: ${JSON.stringify(told)}`)
})

test('round-robin works over TLS', async t => {
  const directory = temporaryFolder('test')
  const [key, cert] = [join(directory, 'key'), join(directory, 'cert')]
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=localhost',
  ]
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const server = await serve(t, [
    '--workers=2',
    '--balance=round-robin',
    '--ssl=1',
    `--ssl-key-file=${key}`,
    `--ssl-cert-file=${cert}`,
  ])
  const curl = (): string => execFileSync('curl', ['-sk', server.url], { encoding: 'utf8' })
  const kept = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', rejectUnauthorized: false })
  t.after(() => kept.destroy())
  await once(kept, 'secureConnect')
  await until(() => {
    const pids = new Set(Array.from({ length: 8 }, curl))
    assert.match([...pids].join(''), /^(\d+\n)+$/)
    return pids.size === 1
  }, 'eight connections in a row to the worker that keeps none')
})

test('sticky: a client keeps its worker, gets the replacement of one that dies, and that of a reload', {
  skip: process.platform !== 'linux' && 'Linux gives every program 127.0.0.0/8',
}, async t => {
  const server = await serve(t, ['--workers=4', '--balance=sticky'])
  const clients = Array.from({ length: 24 }, (_, i) => `127.0.0.${i + 1}`)
  const workerOf = async (localAddress: string): Promise<number> =>
    Number((await ask(server.url, { localAddress })).body)
  const all = (): Promise<number[]> => Promise.all(clients.map(workerOf))
  /** What of each worker before has become, as its clients see it. */
  const heirs = (before: readonly number[], after: readonly number[]): Map<number, number> => {
    const known = new Map<number, number>()
    for (const [i, pid] of before.entries()) {
      assert.equal(known.get(pid) ?? after[i], after[i], 'the clients of one worker stay together')
      known.set(pid, after[i] as number)
    }
    return known
  }
  const first = await all()
  assert.equal(new Set(first).size, 4)
  assert.deepEqual(await all(), first)
  const [killed = 0] = first
  process.kill(killed, 'SIGKILL')
  await server.seen(new RegExp(`worker ${killed} was killed`))
  // Its clients wait for the replacement.
  const second = await all()
  assert.equal(new Set(second).size, 4)
  for (const [pid, heir] of heirs(first, second)) assert.equal(pid === heir, pid !== killed)
  await whileReloading(server, async () => assert.equal((await ask(server.url)).status, 200))
  const third = await all()
  assert.equal(new Set(heirs(second, third).values()).size, 4)
  assert.ok(third.every(pid => !second.includes(pid)))
  assert.equal((await server.stop()).code, 0)
})

test('reuseport serves on a socket for each worker, and none is forgotten in a reload', {
  skip: !CAN_REUSE && 'Linux and Node 22.12 are needed',
}, async t => {
  const server = await serve(t, ['--workers=3', '--balance=reuseport'])
  const seen = new Set<string>()
  const before = server.workers()
  for (let i = 0; i < 60; i++) seen.add((await ask(server.url)).body.trim())
  assert.equal(seen.size, 3)
  server.signal('SIGHUP')
  await server.seen(/Reloaded/)
  await until(() => !server.workers().some(pid => before.includes(pid)), 'the old ones leave')
  for (let i = 0; i < 60; i++) assert.equal((await ask(server.url)).status, 200)
  server.signal('SIGTTOU')
  await server.seen(/The number of workers is fixed/)
})

test('reuseport is refused where it cannot be', { skip: CAN_REUSE && 'it can be here' }, async () => {
  const { code, stderr } = await runStarlight(['--workers=2', '--port=0', '--balance=reuseport', APP])
  assert.equal(code, 2)
  assert.match(stderr, /Cannot use --balance=reuseport: .*Linux and Node/)
})

test('a worker that is busy lets the others accept', async t => {
  const server = await serve(t, ['--workers=2', '--max-inflight=1'])
  const busy = await busyRequest(server.url)
  // Until the master knows and has told it, the busy worker accepts too, and turns away.
  await until(async () => {
    for (let i = 0; i < 30; i++) if ((await ask(server.url)).status !== 200) return false
    return true
  }, 'thirty answers in a row by the other worker')
  await busy.finish()
  assert.equal((await busy.answer).status, 200)
})
