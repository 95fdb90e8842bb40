// Two masters have the listening sockets during an upgrade. Whoever leaves, the one that stays keeps the queue as long as it was.
import assert from 'node:assert/strict'
import { once, setMaxListeners } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { childrenOf, isAlive, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from './supervisor-support.ts'

/** More than a shortened queue takes, and the usual one by far does. */
const CLIENTS = 40

/** The second worker loads for as long as a file says so, then does what that says. */
const APP = `import { existsSync, readFileSync } from 'node:fs'
const hold = new URL('hold', import.meta.url)
if (process.env.STARLIGHT_WORKER === '2' && existsSync(hold)) {
  const read = () => readFileSync(hold, 'utf8')
  while (read() === 'wait') await new Promise(resolve => setTimeout(resolve, 20))
  if (read() === 'fail') throw new Error('no second worker')
}
export default { fetch: () => new Response('here\\n') }
`

interface Upgrading {
  readonly server: StarlightProcess
  /** Of the new master, whose first worker accepts and whose second one is held. */
  readonly next: number
  /** Of the old workers and of the one that accepts. */
  readonly old: readonly number[]
  readonly first: number
  hold(what: 'go' | 'fail'): void
}

async function upgrading(t: TestContext): Promise<Upgrading> {
  const cwd = temporaryFolder('test')
  writeFileSync(join(cwd, 'app.mjs'), APP)
  const server = await startStarlight(['--workers=2', '--pid=pid', 'app.mjs'], { cwd })
  let next = 0
  t.after(async () => {
    if (next > 0 && isAlive(next)) process.kill(next, 'SIGKILL')
    await server.stop('SIGKILL')
  })
  const hold = (what: string): void => writeFileSync(join(cwd, 'hold'), what)
  hold('wait')
  const old = childrenOf(server.pid)
  server.signal('SIGUSR2')
  next = Number((await server.seen(/the new master (\d+) starts/))[1])
  // A second worker is started when the first one serves.
  await until(() => childrenOf(next).length === 2, 'the first new worker serves')
  const [first = 0] = childrenOf(next)
  return { server, next, old, first, hold }
}

/** Whether the kernel takes so many clients while nobody accepts: `workers` are stopped. */
async function takesClients(url: string, workers: readonly number[]): Promise<boolean> {
  const { hostname, port } = new URL(url)
  for (const pid of workers) process.kill(pid, 'SIGSTOP')
  const clients = Array.from({ length: CLIENTS }, () => connect(Number(port), hostname))
  const signal = AbortSignal.timeout(5000)
  setMaxListeners(CLIENTS, signal)
  try {
    // Who finds a full queue tries again, and does not come in for as long as they are stopped.
    await Promise.all(clients.map(client => once(client, 'connect', { signal })))
    return true
  } catch {
    return false
  } finally {
    for (const client of clients) client.destroy()
    for (const pid of workers) process.kill(pid, 'SIGCONT')
  }
}

test('the new master is killed: the queue of the old one stays as long as it was', async t => {
  const { server, next, old, first } = await upgrading(t)
  process.kill(next, 'SIGKILL')
  await server.seen(/The upgrade is stopped/)
  await until(() => !isAlive(first), 'its worker leaves')
  assert.ok(await takesClients(server.url, old))
})

test('a worker of the new master fails: the queue of the old one stays as long as it was', async t => {
  const { server, old, first, hold } = await upgrading(t)
  hold('fail')
  await server.seen(/The upgrade is stopped/)
  await until(() => !isAlive(first), 'the worker that served leaves')
  assert.ok(await takesClients(server.url, old))
})

test('the old master is killed: the queue of the new one stays as long as it was', async t => {
  const { server, next, old, hold } = await upgrading(t)
  process.kill(server.pid, 'SIGKILL')
  await until(() => old.every(pid => !isAlive(pid)), 'its workers leave')
  assert.ok(await takesClients(server.url, childrenOf(next)))
  hold('go')
  await until(
    () =>
      fetch(server.url).then(
        answer => answer.ok,
        () => false,
      ),
    'the new one answers',
  )
})
