// What a server leaves in the file system, and what it finds there.

import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  type Finished,
  isAlive,
  runStarlight,
  type StarlightProcess,
  startStarlight,
} from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, fixture, serve, until } from './supervisor-support.ts'

async function serveOn(t: TestContext, args: readonly string[]): Promise<StarlightProcess> {
  const server = await startStarlight([...args, APP])
  t.after(() => server.stop('SIGKILL'))
  return server
}

test('the file of a Unix socket stays when workers leave and goes with the master (defect 1 of the ancestor)', async t => {
  const path = join(temporaryFolder('test'), 'app.sock')
  const server = await serveOn(t, [`--socket=${path}`, '--workers=1', '--max-reqs-per-child=2'])
  for (let i = 0; i < 4; i++) await ask('http://localhost/', { socketPath: path })
  await server.seen(/left and was replaced \(budget\)/)
  assert.equal((await ask('http://localhost/', { socketPath: path })).status, 200)
  await server.stop()
  assert.equal(existsSync(path), false)
})

test('a Unix socket has the mode that was asked for', async t => {
  const path = join(temporaryFolder('test'), 'app.sock')
  await serveOn(t, [`--socket=${path}`, '--socket-mode=0600', '--workers=1'])
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('an abstract socket serves', {
  skip: process.platform !== 'linux' && 'abstract sockets exist on Linux only',
}, async t => {
  const name = `starlight-test-${process.pid}`
  await serveOn(t, [`--socket=@${name}`, '--workers=1'])
  assert.equal((await ask('http://localhost/', { socketPath: `\0${name}` })).status, 200)
})

test('the socket file of a killed server is replaced by the next one', async t => {
  const path = join(temporaryFolder('test'), 'app.sock')
  const first = await serveOn(t, [`--socket=${path}`, '--workers=0'])
  await first.stop('SIGKILL')
  assert.equal(existsSync(path), true)
  await serveOn(t, [`--socket=${path}`, '--workers=1'])
  assert.equal((await ask('http://localhost/', { socketPath: path })).status, 200)
})

test('several listeners serve at once', async t => {
  const path = join(temporaryFolder('test'), 'app.sock')
  const server = await serveOn(t, ['--listen=127.0.0.1:0', `--listen=${path}`, '--workers=1'])
  assert.equal((await ask(server.url)).status, 200)
  assert.equal((await ask('http://localhost/', { socketPath: path })).status, 200)
})

test('a busy port is one sentence and its exit code', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const { code, stderr } = await runStarlight(['--host=127.0.0.1', `--port=${port}`, '--workers=2', APP])
  assert.equal(code, 3)
  assert.match(stderr, new RegExp(`Cannot listen on "127\\.0\\.0\\.1:${port}": the port is in use`))
  assert.equal(stderr.trim().split('\n').length, 1)
})

test('a port that another server bound while it starts is found when the workers listen', async t => {
  const first = await serve(t, ['--workers=1'])
  const { code } = await runStarlight(['--host=127.0.0.1', `--port=${first.port}`, '--workers=1', APP])
  assert.equal(code, 3)
})

test('--pid holds the pid of the master and is removed at the end, not when a worker leaves', async t => {
  const pidFile = join(temporaryFolder('test'), 'starlight.pid')
  const server = await serve(t, ['--workers=1', `--pid=${pidFile}`])
  assert.equal(readFileSync(pidFile, 'utf8'), `${server.pid}\n`)
  process.kill(server.workers()[0] ?? 0, 'SIGTERM')
  await server.seen(/left and was replaced/)
  assert.equal(existsSync(pidFile), true)
  await server.stop()
  assert.equal(existsSync(pidFile), false)
})

test('a second server with the same pid file is refused and leaves it alone', async t => {
  const pidFile = join(temporaryFolder('test'), 'starlight.pid')
  const server = await serve(t, ['--workers=1', `--pid=${pidFile}`])
  const { code, stderr } = await runStarlight(['--port=0', `--pid=${pidFile}`, APP])
  assert.equal(code, 6)
  assert.match(stderr, new RegExp(`belongs to process ${server.pid}, which is running`))
  assert.equal(readFileSync(pidFile, 'utf8'), `${server.pid}\n`)
})

test('a start that fails leaves no pid file and no socket file', async () => {
  const directory = temporaryFolder('test')
  const files = [join(directory, 'starlight.pid'), join(directory, 'app.sock')]
  const { code } = await runStarlight([`--pid=${files[0]}`, `--socket=${files[1]}`, fixture('broken.mjs')])
  assert.equal(code, 4)
  assert.deepEqual(files.map(existsSync), [false, false])
})

test('USR1 opens the logs again after a rotation', async t => {
  const directory = temporaryFolder('test')
  const [access, error] = [join(directory, 'access.log'), join(directory, 'error.log')]
  const options = ['--workers=1', `--access-log=${access}`, `--error-log=${error}`]
  const server = await startQuietly(t, options, error)
  await ask(server.url)
  await until(() => /"GET \/ HTTP\/1\.1" 200/.test(readFileSync(access, 'utf8')), 'the request is logged')
  renameSync(access, `${access}.1`)
  renameSync(error, `${error}.1`)
  server.process.signal('SIGUSR1')
  await until(() => existsSync(access) && existsSync(error), 'the logs are opened again')
  await ask(`${server.url}/throw-later`)
  await until(() => /throw-later/.test(readOrEmpty(access)), 'the access log goes on in the new file')
  await until(() => /thrown where nobody catches/.test(readOrEmpty(error)), 'the error log goes on in the new file')
})

async function startQuietly(
  t: TestContext,
  args: readonly string[],
  log: string,
): Promise<{ process: StarlightProcess; url: string }> {
  const { StarlightProcess } = await import('../support/starlight-process.ts')
  const server = new StarlightProcess(['--host=127.0.0.1', '--port=0', ...args, APP])
  t.after(() => server.stop('SIGKILL'))
  const line = (): RegExpExecArray | null => /serving .* on (http:\S+)/.exec(readOrEmpty(log))
  await until(() => line() !== null, 'the server serves')
  return { process: server, url: line()?.[1] ?? '' }
}

function readOrEmpty(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** Runs `starlight --daemonize` and gives what its error log and pid file say. */
async function daemonize(
  t: TestContext,
  args: readonly string[],
): Promise<Finished & { pid: number; log: string; pidFile: string }> {
  const directory = temporaryFolder('test')
  const [pidFile, errorLog] = [join(directory, 'starlight.pid'), join(directory, 'error.log')]
  const finished = await runStarlight(['--daemonize', `--pid=${pidFile}`, `--error-log=${errorLog}`, ...args], {
    cwd: fixture('.'),
  })
  const pid = Number(readOrEmpty(pidFile))
  t.after(() => {
    if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  return { ...finished, pid, log: readOrEmpty(errorLog), pidFile }
}

test('--daemonize returns 0 when the workers serve; a relative app path works', async t => {
  const { code, pid, log, pidFile } = await daemonize(t, ['--host=127.0.0.1', '--port=0', '--workers=1', 'app.mjs'])
  assert.equal(code, 0)
  const url = /serving .* on (http:\S+)/.exec(log)?.[1] ?? ''
  assert.equal((await ask(url)).status, 200)
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid) && !existsSync(pidFile), 'the daemon ends and removes its pid file')
})

test('a daemon is the leader of its own session', {
  skip: process.platform !== 'linux' && '/proc is needed',
}, async t => {
  const { pid } = await daemonize(t, ['--port=0', '--workers=1', 'app.mjs'])
  const session = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[3]
  assert.equal(Number(session), pid)
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), 'the daemon ends')
})

test('--daemonize tells why it does not serve, with the exit code of the reason', async t => {
  const { code, stderr, log } = await daemonize(t, ['--port=0', '--workers=2', 'broken.mjs'])
  assert.equal(code, 4)
  assert.match(stderr, /the app is broken on purpose/)
  assert.match(log, /the app is broken on purpose/)
})

test('--daemonize with a busy port fails with the code of that', async t => {
  const first = await serve(t, ['--workers=1'])
  const { code, stderr } = await daemonize(t, ['--host=127.0.0.1', `--port=${first.port}`, 'app.mjs'])
  assert.equal(code, 3)
  assert.match(stderr, /the port is in use/)
})

const isRoot = process.getuid?.() === 0
test('started as root, workers serve as the user and group that were asked for', {
  skip: !isRoot && 'needs root',
}, async t => {
  const directory = temporaryFolder('test')
  chmodSync(directory, 0o755)
  const app = join(directory, 'app.mjs')
  writeFileSync(
    app,
    "import { getuid, getgid, getgroups } from 'node:process'\nexport default { fetch: () => Response.json([getuid(), getgid(), getgroups()]) }\n",
  )
  const log = join(directory, 'access.log')
  const args = [
    '--host=127.0.0.1',
    '--port=0',
    '--workers=1',
    '--user=65534',
    '--group=65534,65533',
    `--access-log=${log}`,
  ]
  const server = await startStarlight([...args, app])
  t.after(() => server.stop('SIGKILL'))
  const [user, group, groups] = JSON.parse((await ask(server.url)).body)
  assert.deepEqual([user, group, groups.sort()], [65534, 65534, [65533, 65534]])
  assert.equal(statSync(log).uid, 0)
  assert.equal((await server.stop()).code, 0)
})

test('a user that does not exist is one sentence, and nothing is opened', async () => {
  const pidFile = join(temporaryFolder('test'), 'starlight.pid')
  const { code, stderr } = await runStarlight(['--port=0', '--user=nobody-has-this-name', `--pid=${pidFile}`, APP])
  assert.equal(code, 7)
  assert.match(stderr, /Cannot use user "nobody-has-this-name": it does not exist/)
  assert.equal(existsSync(pidFile), false)
})
