// The commands where they matter: a server that was started as root and serves as somebody else.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, lstatSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { type Finished, isAlive, runStarlight, StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, until } from './supervisor-support.ts'

const NOBODY = 65_534
const AS_ROOT = { skip: process.getuid?.() !== 0 && 'root is needed' }
const BIN = join(ROOT, 'bin', 'starlight.js')

interface Served {
  readonly server: StarlightProcess
  readonly directory: string
  readonly pidFile: string
  /** A command of root's; it finds the server by its pid file. */
  run(...words: readonly string[]): Promise<Finished>
}

/** A server of nobody's that root has started, and that nobody has named a control socket for. */
async function served(t: TestContext, ...options: readonly string[]): Promise<Served> {
  const directory = openDirectory()
  const pidFile = join(directory, 'pid')
  const args = ['--host=127.0.0.1', '--port=0', '--workers=2', `--user=${NOBODY}`, `--pid=${pidFile}`, ...options]
  const env = { XDG_RUNTIME_DIR: directory, TMPDIR: directory }
  const server = await startStarlight([...args, APP], { env })
  t.after(() => server.stop('SIGKILL'))
  return { server, directory, pidFile, run: (...words) => runStarlight([...words, `--pid=${pidFile}`], { env }) }
}

/** One that everybody can look into: the configuration is read again as nobody. */
function openDirectory(): string {
  const directory = temporaryFolder('test')
  chmodSync(directory, 0o755)
  return directory
}

function userOf(pid: number): number {
  return statSync(`/proc/${pid}`).uid
}

test('each command reaches a server that was started as root with --user', AS_ROOT, async t => {
  const { server, run, directory } = await served(t)
  assert.equal(userOf(server.pid), NOBODY)
  const status = await run('status')
  assert.match(status.stdout, /2\/2 workers ready/, status.stderr)
  assert.match((await runStarlight(['ps'])).stdout, new RegExp(`^${server.pid}  serving`, 'm'))
  assert.match((await run('stack')).stdout, /^worker \d+/m)
  assert.equal((await run('reload')).stdout, 'reload: done\n')
  assert.equal((await run('reopen')).stdout, 'reopen: done\n')
  assert.equal((await run('scale', '3')).stdout, 'scale: target set to 3 workers\n')
  await until(() => server.workers().length === 3, 'three workers')
  assert.equal((await run('drain', String(server.workers()[0]))).stdout, 'drain: done\n')

  const top = new StarlightProcess(['top', `--pid=${join(directory, 'pid')}`])
  t.after(() => top.stop('SIGKILL'))
  await top.printed(/3\/3 workers ready/)
  assert.equal((await top.stop('SIGINT')).code, 0)

  assert.equal((await run('stop')).stdout, 'stop: done\n')
  assert.equal((await server.exited).code, 0)
  assert.equal(existsSync(`/run/starlight/${NOBODY}/${server.pid}.sock`), false)
})

test('upgrade reaches it, too, and the new master is found', AS_ROOT, async t => {
  const { server, run, pidFile } = await served(t)
  chmodSync(join(pidFile, '..'), 0o777)
  const upgraded = await run('upgrade')
  const pid = Number(/the new master is (\d+)/.exec(upgraded.stdout)?.[1])
  assert.equal(upgraded.code, 0, upgraded.stderr + server.stderr)
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  await until(() => !isAlive(server.pid), 'the end of the old master')
  const found = async (): Promise<boolean> => (await runStarlight(['ps'])).stdout.includes(`${pid}  serving`)
  await until(found, 'the new master is listed')
})

test('its user can ask it as well', AS_ROOT, async t => {
  const { server, directory } = await served(t)
  const child = spawn(process.execPath, [BIN, 'ps'], { uid: NOBODY, gid: NOBODY, env: { TMPDIR: directory }, cwd: '/' })
  let text = ''
  child.stdout.on('data', piece => {
    text += piece
  })
  await once(child, 'close')
  assert.match(text, new RegExp(`^${server.pid}  serving`, 'm'))
})

test('a named control socket is made before rights are dropped, and belongs to the user', AS_ROOT, async t => {
  const socket = join(openDirectory(), 'control')
  const args = ['--host=127.0.0.1', '--port=0', '--workers=1', `--user=${NOBODY}`, `--control-socket=${socket}`, APP]
  const server = await startStarlight(args)
  t.after(() => server.stop('SIGKILL'))
  const { uid, mode } = lstatSync(socket)
  assert.deepEqual([uid, mode & 0o777], [NOBODY, 0o600])
  const named = (word: string): Promise<Finished> => runStarlight([word, `--control-socket=${socket}`])
  assert.match((await named('status')).stdout, new RegExp(`master ${server.pid}`))
  // The user may not write the directory: the new master cannot make a socket there, so it gets this one.
  const upgraded = await named('upgrade')
  const pid = Number(/the new master is (\d+)/.exec(upgraded.stdout)?.[1])
  assert.equal(upgraded.code, 0, upgraded.stderr + server.stderr)
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  await until(() => !isAlive(server.pid), 'the end of the old master')
  await until(async () => (await named('status')).stdout.includes(`master ${pid}`), 'the new master answers')
})
