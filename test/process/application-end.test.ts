// The start and the end of a worker, as its application is told of them.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isAlive, runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { folderWith } from './adoption-support.ts'
import { ask, busyRequest, fixture, until } from './supervisor-support.ts'

const ENDS = pathToFileURL(fixture('ends.mjs')).href
const HEAD = `import { answer, listener, onSignal, server, takesTime, told } from ${JSON.stringify(ENDS)}\n`

const POOL = `export const startup = takesTime('startup')
export const shutdown = takesTime('pool closed')
`

interface Told {
  readonly server: StarlightProcess
  /** What was told, by process; without the processes, when there is only one. */
  steps(pid?: number | string): string[]
}

async function serving(t: TestContext, code: string, args: readonly string[], env = {}): Promise<Told> {
  const cwd = folderWith({ 'app.mjs': HEAD + code })
  const file = join(cwd, 'told')
  writeFileSync(file, '')
  const options = { cwd, env: { TOLD: file, ...env } }
  const server = await startStarlight(
    ['--host=127.0.0.1', '--port=0', '--graceful-timeout=3600', ...args, 'app.mjs'],
    options,
  )
  t.after(() => server.stop('SIGKILL'))
  const steps: Told['steps'] = pid =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line !== '' && (pid === undefined || line.startsWith(`${pid} `)))
      .map(line => line.replace(/^\d+ /, ''))
  return { server, steps }
}

test('five ways to end a worker: each tells its application, in the same order', async t => {
  const code = `${POOL}onSignal(takesTime('spans flushed'))
    process.once('beforeExit', takesTime('beforeExit'))
    export default server()`
  const pidFile = join(folderWith({}), 'pid')
  const args = ['--workers=2', '--max-reqs-per-child=20', `--pid=${pidFile}`]
  const { server, steps } = await serving(t, code, args)
  const ended = async (pids: readonly number[], way: string): Promise<void> => {
    await until(() => pids.every(pid => !isAlive(pid)), `the end of the workers by ${way}`)
    for (const pid of pids)
      assert.deepEqual(steps(pid), ['startup', 'pool closed', 'close', 'spans flushed', 'beforeExit'], way)
  }
  const first = server.workers()
  server.signal('SIGHUP')
  await ended(first, 'reload')
  await server.seen(/Reloaded: all workers run the new code/)
  const second = server.workers()
  server.signal('SIGTTOU')
  await until(() => second.some(pid => !isAlive(pid)), 'one worker less')
  await ended(
    second.filter(pid => !isAlive(pid)),
    'scale down',
  )
  const [third = 0] = server.workers()
  while (server.workers().includes(third)) await ask(server.url)
  await ended([third], 'recycling')
  const fourth = server.workers()
  server.signal('SIGUSR2')
  const [, next = ''] = await server.seen(/Upgraded: the new master (\d+) serves/)
  t.after(() => isAlive(Number(next)) && process.kill(Number(next), 'SIGKILL'))
  await ended(fourth, 'upgrade')
  const fifth = Number((await ask(server.url)).body)
  process.kill(Number(next), 'SIGTERM')
  await ended([fifth], 'TERM')
  await server.exited
  assert.doesNotMatch(server.stderr, /error|warn|exited with|killed/)
})

/** Application, and what it is told behind the answer. */
const KINDS: Readonly<Record<string, readonly [code: string, expected: readonly string[], args?: readonly string[]]>> =
  {
    'fetch: a method of what is exported': [
      `export default { fetch: async request => new Response(await answer(request.url)), close: takesTime('closed') }`,
      ['closed'],
    ],
    'PSGI style, with process.exit in its listener of a signal': [
      `${POOL}onSignal(async () => { await takesTime('spans flushed')(); process.exit() })
     export default async env => [200, [], [await answer(env.REQUEST_URI)]]`,
      ['pool closed', 'spans flushed'],
    ],
    'asyncDispose, and a listener whose callback comes late': [
      `onSignal(() => void setTimeout(told, 20, 'called back'))
     export default { fetch: async request => new Response(await answer(request.url)), [Symbol.asyncDispose]: takesTime('disposed') }`,
      ['disposed', 'called back'],
    ],
    'a server that listens by itself, closed in the listener of a signal': [
      `const it = server().listen(0)
     onSignal(() => it.close(error => { told('closed by itself ' + (error === undefined)); process.exit() }))`,
      ['close', 'closed by itself true'],
    ],
    'Fastify, and a listener that signals its own process again, as those of Nest': [
      `import fastify from 'fastify'
     const app = fastify()
     app.addHook('onClose', takesTime('onClose'))
     app.get('/*', async request => answer(request.url))
     const listen = async () => { process.off('SIGTERM', listen); await takesTime('cleaned')(); process.kill(process.pid, 'SIGTERM') }
     process.on('SIGTERM', listen)
     setInterval(() => {}, 1000)
     ${POOL}export default app`,
      ['pool closed', 'onClose', 'cleaned'],
    ],
    'a thread': [
      `${POOL}onSignal(() => void setTimeout(told, 20, 'called back'))\nprocess.once('beforeExit', () => told('beforeExit'))\nexport default listener`,
      ['pool closed', 'called back', 'beforeExit'],
      ['--workers=1', '--threads=1'],
    ],
    'no workers': [
      `${POOL}onSignal(() => void setTimeout(told, 20, 'called back'))\nprocess.once('beforeExit', () => told('beforeExit'))\nexport default listener`,
      ['pool closed', 'called back', 'beforeExit'],
      ['--workers=0'],
    ],
  }

/** Resolves when the server takes no connection any more. */
async function nobodyAccepts(url: string): Promise<void> {
  const isRefused = (): Promise<boolean> =>
    ask(url).then(
      () => false,
      () => true,
    )
  await until(isRefused, 'nobody accepts')
}

for (const [kind, [code, expected, args = ['--workers=1']]] of Object.entries(KINDS)) {
  test(`after its last answer, and not before: ${kind}`, async t => {
    const { server, steps } = await serving(t, code, args)
    const busy = await busyRequest(server.url)
    const before = steps()
    // As a terminal does it: the whole group hears of it.
    for (const pid of [server.pid, ...server.workers()]) process.kill(pid, 'SIGINT')
    await nobodyAccepts(server.url)
    assert.deepEqual(steps(), before)
    await busy.finish()
    assert.equal((await busy.answer).body, 'finished\n')
    assert.deepEqual(await server.exited, { code: 0, signal: null })
    assert.deepEqual(steps(), [...before, 'answered', ...expected])
    assert.doesNotMatch(server.stderr, /error|warn/)
  })
}

// As instrumentation is loaded: it is in the master and the launcher as well, which have nothing of the application to flush.
test('a listener of a module in NODE_OPTIONS ends no process before its answers', async t => {
  const preload = `import { appendFileSync } from 'node:fs'
    process.on('SIGTERM', () => { appendFileSync(process.env.TOLD, process.pid + ' exits\\n'); process.exit(9) })`
  const file = join(folderWith({ 'preload.mjs': preload }), 'preload.mjs')
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` }
  const { server, steps } = await serving(t, `${POOL}export default listener`, ['--workers=1'], env)
  const busy = await busyRequest(server.url)
  const [worker] = server.workers()
  for (const pid of [server.pid, worker ?? 0]) process.kill(pid, 'SIGTERM')
  await nobodyAccepts(server.url)
  await busy.finish()
  assert.equal((await busy.answer).body, 'finished\n')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
  assert.deepEqual(steps(), ['startup', 'answered', 'pool closed', 'exits'])
})

test('what fails at the end is logged, the next step follows, and the server ends as it would', async t => {
  const code = `export const shutdown = async () => { throw new Error('the pool is broken') }
    onSignal(() => { throw new Error('the spans are lost') })
    process.on('beforeExit', () => told('beforeExit'))
    export default server()`
  const { server, steps } = await serving(t, code, ['--workers=1'])
  assert.deepEqual(await server.stop(), { code: 0, signal: null })
  assert.match(server.stderr, /"shutdown" failed at its end[\s\S]*the pool is broken/)
  assert.match(server.stderr, /listeners of SIGTERM failed at its end[\s\S]*the spans are lost/)
  assert.deepEqual(steps(), ['close', 'beforeExit'])
})

const LATE: Readonly<Record<string, readonly string[]>> = {
  // The worker has to be faster than its master, which kills when the time is over.
  'a worker': ['--workers=1', '--graceful-timeout=5'],
  'no workers': ['--workers=0', '--graceful-timeout=0.2'],
}
for (const [what, args] of Object.entries(LATE)) {
  test(`what does not end in time is logged and cut: ${what}`, async t => {
    const code = `export const shutdown = () => { told('shutdown'); return new Promise(() => {}) }\nexport default listener`
    const { server, steps } = await serving(t, code, args)
    assert.deepEqual(await server.stop(), { code: 0, signal: null })
    assert.match(server.stderr, /did not end within --graceful-timeout: its "shutdown" is cut/)
    assert.doesNotMatch(server.stderr, /killed/)
    assert.deepEqual(steps(), ['shutdown'])
  })
}

test('a process without workers that exits in its listener leaves no pid file', async t => {
  const pidFile = join(folderWith({}), 'pid')
  const code = `process.on('SIGINT', () => process.exit(7))\nexport default listener`
  const { server } = await serving(t, code, ['--workers=0', `--pid=${pidFile}`])
  assert.deepEqual(await server.stop(), { code: 7, signal: null })
  assert.equal(existsSync(pidFile), false)
})

test('a startup that fails is a load failure, and --check-config does not start the application', async () => {
  const code = `export const startup = async () => { throw new Error('no database') }\nexport default listener`
  const cwd = folderWith({ 'app.mjs': HEAD + code })
  const failed = await runStarlight(['--port=0', '--workers=2', 'app.mjs'], { cwd })
  assert.equal(failed.code, 4)
  assert.match(failed.stderr, /Cannot load the application, whose "startup" failed: Error: no database/)
  assert.equal((await runStarlight(['--check-config', '--port=0', 'app.mjs'], { cwd })).code, 0)
})
