import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { childrenOf, isAlive, runStarlight } from '../support/starlight-process.ts'
import { APP, ask, busyRequest, fixture, serve, until } from './supervisor-support.ts'

test('two workers serve, and the line at start names the real port', async t => {
  const server = await serve(t, ['--workers=2'])
  assert.match(
    server.stderr,
    /Starlight\/\S+ \(\w+\) serving .*app\.mjs on http:\/\/127\.0\.0\.1:[1-9]\d* with 2 workers/,
  )
  assert.equal(server.workers().length, 2)
  const { status, body } = await ask(server.url)
  assert.equal(status, 200)
  assert.ok(server.workers().includes(Number(body)), 'the answer comes from a worker, not from the master')
  const exit = await server.stop()
  assert.deepEqual(exit, { code: 0, signal: null })
})

test('a killed worker is replaced, its end is logged, and the other one serves meanwhile', async t => {
  const server = await serve(t, ['--workers=2'])
  const [victim = 0, other] = server.workers()
  process.kill(victim, 'SIGKILL')
  await server.seen(new RegExp(`worker ${victim} was killed by SIGKILL, perhaps out of memory`))
  assert.equal((await ask(server.url)).status, 200)
  await until(() => server.workers().length === 2, 'the worker is replaced')
  assert.ok(server.workers().includes(other ?? 0))
  assert.ok(!server.workers().includes(victim))
})

test('six of eight workers killed at once leave no zombie and a full pool (defect 2 of the ancestor)', async t => {
  const server = await serve(t, ['--workers=8'])
  const victims = server.workers().slice(0, 6)
  for (const victim of victims) process.kill(victim, 'SIGKILL')
  await until(() => victims.every(pid => !childrenOf(server.pid).includes(pid)), 'all six are reaped')
  await until(() => server.workers().length === 8, 'the pool is full')
  assert.ok(server.workers().every(isAlive))
})

test('a worker that exits by itself is replaced and its code is logged', async t => {
  const server = await serve(t, ['--workers=1'])
  const [worker] = server.workers()
  await assert.rejects(ask(`${server.url}/exit`))
  await server.seen(new RegExp(`worker ${worker} exited with code 3`))
  assert.equal((await ask(server.url)).status, 200)
})

test('an error that nothing catches costs no request: the worker is replaced before it goes', async t => {
  const server = await serve(t, ['--workers=1'])
  const [worker] = server.workers()
  assert.equal((await ask(`${server.url}/throw-later`)).body, 'soon\n')
  await server.seen(/thrown where nobody catches/)
  await server.seen(new RegExp(`worker ${worker} left and was replaced \\(uncaught\\)`))
  assert.equal((await ask(server.url)).status, 200)
})

test('a worker whose event loop is blocked is killed and replaced', async t => {
  const server = await serve(t, ['--workers=1', '--worker-timeout=1.5'])
  const [worker] = server.workers()
  await assert.rejects(ask(`${server.url}/block`))
  await server.seen(new RegExp(`worker ${worker} has not reported for 1.5 s`))
  assert.equal((await ask(server.url)).status, 200)
})

test('workers that spent their requests are replaced under load, and no request of a kept connection fails', async t => {
  const server = await serve(t, ['--workers=2', '--max-reqs-per-child=40', '--min-reqs-per-child=20'])
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.after(() => agent.destroy())
  const pids = new Set<string>()
  let closes = 0
  const client = async (): Promise<void> => {
    // A leaving worker goes on answering until its replacement serves: so ask until two of them have.
    while (pids.size < 4) {
      const { status, body, headers } = await ask(server.url, { agent })
      assert.equal(status, 200)
      pids.add(body)
      if (headers.connection === 'close') closes++
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  await server.seen(/left and was replaced \(budget\)/)
  assert.ok(closes > 0, 'a leaving worker says Connection: close')
  assert.doesNotMatch(server.stderr, /killed|warn|error/)
})

test('TERM to a worker replaces it before it goes', async t => {
  const server = await serve(t, ['--workers=1'])
  const [worker = 0] = server.workers()
  process.kill(worker, 'SIGTERM')
  await server.seen(new RegExp(`worker ${worker} left and was replaced \\(asked\\)`))
  assert.equal(server.workers().length, 1)
})

for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
  test(`${signal} to a worker, as a terminal or a mistaken operator sends it, changes nothing`, async t => {
    const server = await serve(t, ['--workers=1'])
    const [worker = 0] = server.workers()
    process.kill(worker, signal)
    assert.equal((await ask(server.url)).body, `${worker}\n`)
    assert.deepEqual(server.workers(), [worker])
  })
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} ends the server after the request in flight, and nobody is left behind`, async t => {
    const server = await serve(t, ['--workers=2'])
    const workers = server.workers()
    const busy = await busyRequest(server.url)
    server.signal(signal)
    // The idle worker goes at once, the busy one stays.
    await until(() => server.workers().length === 1, 'the idle worker leaves')
    await busy.finish()
    assert.equal((await busy.answer).body, 'finished\n')
    assert.deepEqual(await server.exited, { code: 0, signal: null })
    assert.deepEqual(workers.filter(isAlive), [])
  })
}

test('a second signal ends the server at once', async t => {
  const server = await serve(t, ['--workers=2', '--graceful-timeout=3600'])
  const workers = server.workers()
  const busy = await busyRequest(server.url)
  server.signal('SIGTERM')
  await until(() => server.workers().length === 1, 'the idle worker leaves')
  server.signal('SIGINT')
  await assert.rejects(busy.answer)
  assert.deepEqual(await server.exited, { code: 0, signal: null })
  assert.match(server.stderr, /has not finished, and a second signal asks for the end at once: it is killed/)
  assert.deepEqual(workers.filter(isAlive), [])
})

test('TERM to the process and to its group, as timeout(1) sends it, is one request to stop', async t => {
  const server = await serve(t, ['--workers=2', '--graceful-timeout=3600'])
  const busy = await busyRequest(server.url)
  server.signal('SIGTERM')
  for (const pid of [server.pid, ...server.workers()]) process.kill(pid, 'SIGTERM')
  await until(() => server.workers().length === 1, 'the idle worker leaves')
  await busy.finish()
  assert.equal((await busy.answer).body, 'finished\n')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})

test('a request that does not end within the graceful timeout is cut', async t => {
  const server = await serve(t, ['--workers=1', '--graceful-timeout=0.3'])
  const busy = await busyRequest(server.url)
  server.signal('SIGTERM')
  await assert.rejects(busy.answer)
  assert.equal((await server.exited).code, 0)
})

test('a worker that is blocked is killed when the graceful timeout is over', async t => {
  const server = await serve(t, ['--workers=1', '--graceful-timeout=0.3'])
  const blocked = ask(`${server.url}/block`)
  blocked.catch(() => undefined)
  // Answers come in order of events: when the second connection is not answered, the first blocks.
  const [worker = 0] = server.workers()
  await until(() => isBusy(worker), 'the worker computes')
  server.signal('SIGTERM')
  await server.seen(/did not finish within 0.3 s: it is killed/)
  assert.equal((await server.exited).code, 0)
})

test('TERM with an idle kept connection ends promptly (defect 3 of the ancestor)', async t => {
  const server = await serve(t, ['--workers=1', '--graceful-timeout=3600', '--keepalive-timeout=3600'])
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  await ask(server.url, { agent })
  assert.equal((await server.stop('SIGTERM')).code, 0)
})

test('workers leave when their master was killed', async t => {
  const server = await serve(t, ['--workers=2'])
  const workers = server.workers()
  assert.equal(workers.length, 2)
  await server.stop('SIGKILL')
  await until(() => !workers.some(isAlive), 'the workers leave')
})

for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const) {
  test(`${signal} does not end the master and orphans nobody (defect 4 of the ancestor)`, async t => {
    const server = await serve(t, ['--workers=2'])
    server.signal(signal)
    assert.equal((await ask(server.url)).status, 200)
    const exit = await server.stop('SIGTERM')
    assert.deepEqual(exit, { code: 0, signal: null })
    assert.deepEqual(childrenOf(server.pid), [])
  })
}

test('TTIN adds a worker, TTOU takes one away', async t => {
  const server = await serve(t, ['--workers=1'])
  server.signal('SIGTTIN')
  await until(() => server.workers().length === 2, 'a second worker')
  await server.seen(/number of workers is 2/)
  server.signal('SIGTTOU')
  await until(() => server.workers().length === 1, 'one worker again')
})

test('an app that cannot be loaded stops the start with its own error, once', async () => {
  const { code, stderr } = await runStarlight(['--port=0', '--workers=4', fixture('broken.mjs')])
  assert.equal(code, 4)
  assert.equal(stderr.match(/at .*broken\.mjs/g)?.length, 1, stderr)
  assert.match(stderr, /the app is broken on purpose/)
})

test('an app that ends its process stops the start', async () => {
  const { code, stderr } = await runStarlight(['--port=0', '--workers=4', fixture('exits.mjs')])
  assert.equal(code, 5)
  assert.match(stderr, /Cannot start: worker \d+ exited with code 9 before it was ready/)
})

test('an app that is not loaded within the boot timeout stops the start', async () => {
  const { code, stderr } = await runStarlight(['--port=0', '--workers=2', '--boot-timeout=0.5', fixture('hangs.mjs')])
  assert.equal(code, 5)
  assert.match(stderr, /was not ready within 0.5 s/)
})

test('without workers one process serves and obeys the same signals', async t => {
  const server = await serve(t, ['--workers=0'])
  assert.deepEqual(server.workers(), [])
  assert.equal((await ask(server.url)).body, `${server.pid}\n`)
  server.signal('SIGHUP')
  await server.seen(/SIGHUP has no meaning without --workers/)
  const busy = await busyRequest(server.url)
  server.signal('SIGTERM')
  await busy.finish()
  assert.equal((await busy.answer).body, 'finished\n')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})

test('without workers the second signal does not wait', async t => {
  const server = await serve(t, ['--workers=0', '--graceful-timeout=3600'])
  const busy = await busyRequest(server.url)
  server.signal('SIGTERM')
  server.signal('SIGINT')
  await assert.rejects(busy.answer)
  assert.equal((await server.exited).code, 0)
})

test('without workers a broken app stops the start too', async () => {
  const { code, stderr } = await runStarlight(['--port=0', '--workers=0', fixture('broken.mjs')])
  assert.equal(code, 4)
  assert.match(stderr, /the app is broken on purpose/)
})

test('--quiet leaves the line at start out', async () => {
  const { stderr } = await runStarlight(['--port=0', '--quiet', '--workers=1', fixture('broken.mjs')])
  assert.doesNotMatch(stderr, /serving/)
  assert.ok(APP.endsWith('app.mjs'))
})

async function isBusy(pid: number): Promise<boolean> {
  const { readFileSync } = await import('node:fs')
  const fields = (): string => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1] ?? ''
  const ticks = (): number => Number(fields().split(' ')[11])
  const before = ticks()
  await new Promise(resolve => setTimeout(resolve, 60))
  return ticks() - before >= 4
}
