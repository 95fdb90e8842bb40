// What an application knows of its worker and of the others.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../support/root.ts'
import { isAlive, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { folderWith } from './adoption-support.ts'
import { ask, until } from './supervisor-support.ts'

/** As an application would import it by the name of the package, from a copy of its own. */
const APP = `import { threadId } from 'node:worker_threads'
import { worker } from ${JSON.stringify(pathToFileURL(join(ROOT, 'build', 'src', 'index.js')).href)}
const heard = []
worker.onMessage(message => heard.push(typeof message === 'string' ? message.length : message))
worker.onShutdown(async () => { await undefined; console.error('shutdown of ' + worker.number + ', first: ' + worker.isFirst) })
const flood = async () => {
  let sent = 0
  for (let i = 0; i < 200; i++) {
    if (worker.broadcast('x'.repeat(60_000))) sent++
    await new Promise(setImmediate)
  }
  return sent
}
export default async env => {
  if (env.PATH_INFO === '/flood') return [200, [], [String(await flood())]]
  const { number, count, generation, isFirst } = worker
  const { STARLIGHT_WORKER, NODE_APP_INSTANCE } = process.env
  if (env.PATH_INFO === '/say') worker.broadcast({ from: number })
  return [200, [], [JSON.stringify({ pid: process.pid, threadId, number, count, generation, isFirst, STARLIGHT_WORKER, NODE_APP_INSTANCE, heard })]]
}`

interface Seen {
  readonly pid: number
  readonly number: number
  readonly count: number
  readonly generation: number
  readonly isFirst: boolean
  readonly STARLIGHT_WORKER: string
  readonly NODE_APP_INSTANCE: string
  readonly heard: readonly { from: number }[]
}

async function serving(t: TestContext, args: readonly string[]): Promise<StarlightProcess> {
  const cwd = folderWith({ 'app.mjs': APP })
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, 'app.mjs'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  return server
}

/** Each worker as it shows itself now, in the order of the numbers. */
async function everybody(server: StarlightProcess, count: number): Promise<Seen[]> {
  const seen = new Map<number, Seen>()
  await until(async () => {
    const answers = await Promise.all(Array.from({ length: 2 * count }, () => ask(server.url)))
    for (const { body } of answers) {
      const one = JSON.parse(body) as Seen
      seen.set(one.number, one)
    }
    return seen.size === count
  }, `the answers of ${count} workers`)
  return [...seen.values()].sort((one, other) => one.number - other.number)
}

async function first(server: StarlightProcess, count: number, fits: (one: Seen) => boolean): Promise<Seen> {
  let found: Seen | undefined
  await until(async () => {
    const firsts = (await everybody(server, count)).filter(({ isFirst }) => isFirst)
    assert.ok(firsts.length <= 1, 'one at most is the first')
    found = firsts.find(fits)
    return found !== undefined
  }, 'a worker is the first')
  return found as Seen
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  processes: ['--workers=3', '--balance=round-robin'],
  threads: ['--workers=1', '--threads=3'],
}
for (const [kind, args] of Object.entries(KINDS)) {
  test(`three ${kind} know their numbers, and what one says the two others hear`, async t => {
    const server = await serving(t, args)
    const all = await everybody(server, 3)
    assert.deepEqual(
      all.map(({ number, count, STARLIGHT_WORKER, NODE_APP_INSTANCE }) => [
        number,
        count,
        STARLIGHT_WORKER,
        NODE_APP_INSTANCE,
      ]),
      [
        [1, 3, '1', '0'],
        [2, 3, '2', '1'],
        [3, 3, '3', '2'],
      ],
    )
    const { number: from } = JSON.parse((await ask(`${server.url}/say`)).body) as Seen
    await until(
      async () => (await everybody(server, 3)).filter(({ heard }) => heard.length > 0).length === 2,
      'both others have heard it',
    )
    for (const { number, heard } of await everybody(server, 3))
      assert.deepEqual(heard, number === from ? [] : [{ from }])
    await first(server, 3, () => true)
    assert.equal((await server.stop()).code, 0)
    assert.equal(server.stderr.match(/shutdown of \d, first: false/g)?.length, 3)
  })
}

test('the first worker moves when it dies, to the new generation at a reload, and the count follows the operator', async t => {
  const server = await serving(t, ['--workers=2', '--balance=round-robin'])
  const one = await first(server, 2, () => true)
  process.kill(one.pid, 'SIGKILL')
  await server.seen(new RegExp(`worker ${one.pid} was killed`))
  const two = await first(server, 2, ({ pid }) => pid !== one.pid)
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  await until(() => !isAlive(two.pid), 'the end of the old worker')
  const three = await first(server, 2, ({ generation }) => generation === 1)
  server.signal('SIGTTIN')
  await until(async () => (await everybody(server, 3)).every(({ count }) => count === 3), 'all know of the third')
  assert.equal((await first(server, 3, () => true)).pid, three.pid)
  assert.equal((await server.stop()).code, 0)
})

test('a worker that does not read costs the others nothing: what is too much for it is dropped, counted and told', async t => {
  const server = await serving(t, ['--workers=2', '--worker-timeout=3600', '--graceful-timeout=3600', '--admin=0'])
  const [, admin = ''] = await server.seen(/Metrics and health on (http:\S+)/)
  const [{ pid }] = (await everybody(server, 2)) as [Seen, Seen]
  process.kill(pid, 'SIGSTOP')
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  // Only the other one accepts.
  assert.ok(Number((await ask(`${server.url}/flood`)).body) > 0)
  await server.seen(/Dropped messages between workers/)
  process.kill(pid, 'SIGCONT')
  const text = (await ask(`${admin}/metrics`)).body
  assert.ok(Number(/^starlight_messages_dropped_total (\d+)/m.exec(text)?.[1]) > 0, text)
  const [{ heard }] = (await everybody(server, 2)) as [Seen, Seen]
  assert.ok(heard.length > 0, 'what there was room for has come')
  assert.equal((await server.stop()).code, 0)
})

test('without workers there is one, and it is the first', async t => {
  const server = await serving(t, ['--workers=0'])
  const [{ number, count, isFirst, STARLIGHT_WORKER } = {} as Seen] = await everybody(server, 1)
  assert.deepEqual([number, count, isFirst, STARLIGHT_WORKER], [1, 1, true, '1'])
  assert.equal((await server.stop()).code, 0)
  assert.match(server.stderr, /shutdown of 1, first: true/)
})
