import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { childrenOf, isAlive, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, busyRequest, fixture, until } from './supervisor-support.ts'

interface Upgradable {
  readonly server: StarlightProcess
  readonly cwd: string
  /** What the pid file says. */
  pid(): number
  config(text: string): void
}

/** A server whose config file can change, and whose masters all end with the test. */
async function upgradable(t: TestContext, config: string, args: readonly string[] = []): Promise<Upgradable> {
  // First of all, because it has to run before the directory with the pid file goes.
  let stop = async (): Promise<unknown> => undefined
  t.after(() => stop())
  const cwd = temporaryFolder('test')
  const write = (text: string): void => writeFileSync(join(cwd, 'starlight.config.json'), text)
  const pid = (): number => Number(readFileSync(join(cwd, 'pid'), 'utf8'))
  write(config)
  const server = await startStarlight(['--pid=pid', ...args], { cwd })
  stop = async () => {
    if (existsSync(join(cwd, 'pid')) && isAlive(pid())) process.kill(pid(), 'SIGKILL')
    return await server.stop('SIGKILL')
  }
  return { server, cwd, pid, config: write }
}

const APP = JSON.stringify(fixture('app.mjs'))
const TCP = `"host": "127.0.0.1", "port": 0, "app": ${APP}`

test('USR2 replaces the master: same port, new options, and the pid file follows', async t => {
  const { server, pid, config } = await upgradable(t, `{ ${TCP}, "workers": 1 }`)
  const old = server.pid
  config(`{ ${TCP}, "workers": 2, "serverHeader": "new" }`)
  const slow = await busyRequest(server.url)
  server.signal('SIGUSR2')
  await server.seen(/Upgraded: the new master \d+ serves/)
  assert.notEqual(pid(), old)
  assert.equal(childrenOf(pid()).length, 2)
  await until(async () => (await ask(server.url)).headers.server === 'new', 'the new master answers')
  await slow.finish()
  assert.equal((await slow.answer).body, 'finished\n')
  await until(() => !isAlive(old), 'the old master goes')
  assert.equal((await ask(server.url)).status, 200)
  process.kill(pid(), 'SIGTERM')
  assert.equal((await server.exited).code, 0)
})

test('USR2 hands over a Unix socket, and the last master removes its file', async t => {
  const { server, cwd, pid } = await upgradable(t, `{ "app": ${APP}, "workers": 1, "socket": "app.sock" }`)
  const old = server.pid
  const socketPath = join(cwd, 'app.sock')
  server.signal('SIGUSR2')
  await server.seen(/Upgraded/)
  await until(() => !isAlive(old), 'the old master goes')
  assert.equal((await ask('http://unix/', { socketPath })).status, 200)
  const last = pid()
  process.kill(last, 'SIGTERM')
  await until(() => !isAlive(last), 'the new master goes')
  assert.equal(existsSync(socketPath), false)
  assert.equal(existsSync(join(cwd, 'pid')), false)
})

test('USR2 twice in a row upgrades twice', async t => {
  const { server, pid } = await upgradable(t, `{ ${TCP}, "workers": 1 }`)
  for (const _ of [1, 2]) {
    const old = pid()
    process.kill(old, 'SIGUSR2')
    await until(() => pid() !== old && !isAlive(old), 'the next master has taken over')
    assert.equal((await ask(server.url)).status, 200)
  }
})

test('a new master that cannot start changes nothing, and the log says why', async t => {
  const { server, pid, config } = await upgradable(t, `{ ${TCP}, "workers": 1 }`)
  config(`{ ${TCP}, "workrs": 1 }`)
  server.signal('SIGUSR2')
  await server.seen(/The upgrade is stopped: the new master ended with code 2; this master serves on/)
  assert.match(server.stderr, /workrs/)
  assert.equal(pid(), server.pid)
  assert.equal((await ask(server.url)).status, 200)
})

test('a new master that does not serve in time is killed, and the old one goes on', async t => {
  const { server, cwd, pid, config } = await upgradable(t, `{ ${TCP}, "workers": 1 }`, ['--upgrade-timeout=1'])
  writeFileSync(join(cwd, 'never.mjs'), 'setInterval(() => undefined, 1000); await new Promise(() => undefined)\n')
  config('{ "host": "127.0.0.1", "port": 0, "app": "never.mjs", "workers": 1 }')
  server.signal('SIGUSR2')
  const [, started = ''] = await server.seen(/the new master (\d+) starts/)
  server.signal('SIGUSR2')
  await server.seen(/USR2 is ignored: an upgrade is under way/)
  await server.seen(/The upgrade is stopped: the new master did not serve within 1 s/)
  await until(() => !isAlive(Number(started)), 'the new master is gone')
  assert.equal(pid(), server.pid)
  assert.equal((await ask(server.url)).status, 200)
})

test('TERM in the middle of an upgrade ends both', async t => {
  const { server, cwd, config } = await upgradable(t, `{ ${TCP}, "workers": 1 }`)
  writeFileSync(join(cwd, 'never.mjs'), 'setInterval(() => undefined, 1000); await new Promise(() => undefined)\n')
  config('{ "host": "127.0.0.1", "port": 0, "app": "never.mjs", "workers": 1 }')
  server.signal('SIGUSR2')
  const [, started = ''] = await server.seen(/the new master (\d+) starts/)
  server.signal('SIGTERM')
  assert.equal((await server.exited).code, 0)
  assert.equal(isAlive(Number(started)), false)
})
