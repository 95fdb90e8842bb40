// `starlight status` and its siblings, asked as an operator does.

import assert from 'node:assert/strict'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Status } from '../../src/supervisor/admin/status.ts'
import {
  type Finished,
  isAlive,
  runStarlight,
  type StarlightProcess,
  startStarlight,
} from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, busyRequest, until } from './supervisor-support.ts'

interface Controlled {
  readonly server: StarlightProcess
  readonly socket: string
  readonly directory: string
  run(...args: readonly string[]): Promise<Finished>
  status(): Promise<Status>
}

async function controlled(t: TestContext, args: readonly string[], app = APP): Promise<Controlled> {
  const directory = temporaryFolder('test')
  const socket = join(directory, 'control')
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', `--control-socket=${socket}`, ...args, app])
  t.after(() => server.stop('SIGKILL'))
  const run = (...words: readonly string[]): Promise<Finished> => runStarlight([...words, `--control-socket=${socket}`])
  const status = async (): Promise<Status> => JSON.parse((await run('status', '--json')).stdout) as Status
  return { server, socket, directory, run, status }
}

test('status tells how the server is, as text and as JSON, to its own user only', async t => {
  const { server, socket, run, status } = await controlled(t, ['--workers=2'])
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  const { pid, phase, serving, desired, listeners, workers } = await status()
  assert.deepEqual([pid, phase, serving, desired, listeners], [server.pid, 'serving', 2, 2, [server.url]])
  // Ids begin anew below the highest one: their order is not that of the starts.
  assert.deepEqual(new Set(workers.map(worker => worker.pid)), new Set(server.workers()))
  assert.equal(workers.length, 2)
  const { stdout, code } = await run('status')
  assert.equal(code, 0)
  assert.match(stdout, /2\/2 workers ready, generation 0, last reload none/)
  assert.match(stdout, /\n *pid +state/)
})

test('requests of workers that are gone still count', async t => {
  const { server, status } = await controlled(t, ['--workers=1', '--admin=127.0.0.1:0'])
  for (let i = 0; i < 5; i++) await ask(server.url)
  await until(async () => (await status()).totals.requests === 5, 'the requests are counted')
  server.signal('SIGHUP')
  await server.seen(/Reloaded/)
  await until(async () => (await status()).workers.length === 1, 'the old worker left')
  await ask(`${server.url}/nothing`)
  await until(async () => (await status()).totals.requests === 6, 'the sixth')
  const { totals, ends } = await status()
  assert.deepEqual(totals.classes, [0, 5, 0, 1, 0])
  assert.deepEqual(ends, { reload: 1 })
})

test('reload returns when all workers are new, and with 1 when the new code does not start', async t => {
  const app = join(temporaryFolder('test'), 'app.mjs')
  writeFileSync(app, 'export default { fetch: () => new Response("one") }\n')
  const { server, run, status } = await controlled(t, ['--workers=2'], app)
  writeFileSync(app, 'export default { fetch: () => new Response("two") }\n')
  const done = await run('reload')
  assert.deepEqual([done.code, done.stdout], [0, 'reload: done\n'])
  assert.equal((await status()).generation, 1)
  await until(async () => (await ask(server.url)).body === 'two', 'the new code answers')
  writeFileSync(app, 'throw new Error("broken on purpose")\n')
  const stopped = await run('reload')
  assert.equal(stopped.code, 1)
  assert.match(stopped.stderr, /reload stopped: the new code does not start/)
  assert.equal((await status()).reload?.outcome, 'stopped')
  assert.equal((await ask(server.url)).body, 'two')
})

test('scale changes the number of workers, and refuses none', async t => {
  const { server, run } = await controlled(t, ['--workers=1'])
  assert.equal((await run('scale', '3')).stdout, 'scale: target set to 3 workers\n')
  assert.equal(server.workers().length, 3)
  const refused = await run('scale', '0')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /a number from 1 is needed/)
})

test('scale, drain and reload end with 1 when the new workers do not start, and say what stays', async t => {
  const directory = temporaryFolder('test')
  const [app, broken] = [join(directory, 'app.mjs'), join(directory, 'broken')]
  writeFileSync(
    app,
    `import { existsSync } from 'node:fs'
    if (existsSync(${JSON.stringify(broken)})) throw new Error('broken on purpose')
    export default { fetch: ({ url }) => (url.endsWith('/exit') ? process.exit(3) : new Response('one')) }\n`,
  )
  const { server, run, status } = await controlled(t, ['--workers=1'], app)
  const [worker] = server.workers()
  writeFileSync(broken, '')
  const scaled = await run('scale', '2')
  assert.deepEqual(
    [scaled.code, scaled.stderr],
    [1, 'starlight: scale stopped: a new worker does not start, the log says why; the target stays 2\n'],
  )
  assert.equal((await run('scale', '1')).code, 0, 'the number that serves is there')
  const drained = await run('drain', String(worker))
  assert.equal(drained.code, 1)
  assert.match(drained.stderr, /drain stopped: .*; worker \d+ serves on until its replacement does/)
  assert.equal((await ask(server.url)).body, 'one')
  await ask(`${server.url}/exit`).catch(() => undefined)
  await until(async () => (await status()).serving === 0, 'nobody is left')
  const reloaded = await run('reload')
  assert.equal(reloaded.code, 1)
  assert.match(reloaded.stderr, /reload stopped: the new code does not start, and no old worker is left/)
  rmSync(broken)
  await server.seen(/Reloaded: all workers run the new code/)
  assert.equal((await ask(server.url)).body, 'one')
})

test('scale is refused, not announced, where the number of workers is fixed', async t => {
  const { run } = await controlled(t, ['--workers=1', '--balance=reuseport'])
  const { code, stdout, stderr } = await run('scale', '2')
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /scale refused: The number of workers is fixed/)
})

test('drain replaces one worker', async t => {
  const { server, run } = await controlled(t, ['--workers=2'])
  const [first, second] = server.workers()
  assert.equal((await run('drain', String(first))).code, 0)
  assert.ok(!server.workers().includes(first ?? 0) && server.workers().length === 2, 'it is replaced')
  assert.ok(server.workers().includes(second ?? 0))
  assert.match((await run('drain', '1')).stderr, /no worker has the process id 1/)
})

test('stop returns when the server is gone, and with --no-wait when it has begun', async t => {
  const { server, run } = await controlled(t, ['--workers=1', '--graceful-timeout=3600'])
  const busy = await busyRequest(server.url)
  const stopping = run('stop')
  await until(async () => (await run('status')).stdout.includes('stopping'), 'it has begun')
  // Asked once more, the server would cut the request.
  assert.equal(await Promise.race([stopping, 'waits']), 'waits')
  await busy.finish()
  assert.equal((await busy.answer).body, 'finished\n')
  const { code, stdout } = await stopping
  assert.deepEqual([code, stdout, isAlive(server.pid)], [0, 'stop: done\n', false])
})

test('stop --no-wait returns while a request is in work', async t => {
  const { server, run } = await controlled(t, ['--workers=1', '--graceful-timeout=3600'])
  const busy = await busyRequest(server.url)
  assert.equal((await run('stop', '--no-wait')).code, 0)
  assert.ok(isAlive(server.pid))
  await busy.finish()
  assert.equal((await server.exited).code, 0)
})

test('stack shows where a worker is, and for which request', async t => {
  const { server, run } = await controlled(t, ['--workers=1'])
  const blocked = ask(`${server.url}/block`).catch(() => undefined)
  await until(async () => /GET \/block[\s\S]*at \/block/.test((await run('stack')).stdout), 'the stack')
  // The blocked worker would live on for the graceful timeout.
  const workers = server.workers()
  await server.stop('SIGKILL')
  for (const pid of workers) process.kill(pid, 'SIGKILL')
  await blocked
})

test('upgrade returns the process id of the new master, which is then found at the same socket', async t => {
  const { server, run, status } = await controlled(t, ['--workers=1'])
  const { stdout, code } = await run('upgrade')
  const pid = Number(/the new master is (\d+)/.exec(stdout)?.[1])
  assert.equal(code, 0)
  await until(async () => (await status()).pid === pid, 'the new master answers')
  await until(() => !isAlive(server.pid), 'the old one goes')
  assert.equal((await run('stop')).code, 0)
  assert.equal((await server.exited).code, 0)
})

test('a server is found without a name when it is the only one, and listed by ps', async t => {
  const env = { XDG_RUNTIME_DIR: temporaryFolder('test') }
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', APP], { env })
  t.after(() => server.stop('SIGKILL'))
  const { stdout } = await runStarlight(['ps', '--json'], { env })
  const listed = (JSON.parse(stdout) as Status[]).filter(({ pid }) => pid === server.pid)
  assert.equal(listed.length, 1)
})

test('without a server the commands say so', async () => {
  const { code, stderr } = await runStarlight(['status', `--control-socket=${join(temporaryFolder('test'), 'none')}`])
  assert.equal(code, 1)
  assert.match(stderr, /Cannot reach the server at ".*none": connect ENOENT/)
})
