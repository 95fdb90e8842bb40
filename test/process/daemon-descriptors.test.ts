// A daemon holds nothing of its caller's: a lock that a shell has taken is free, and a pipe ends, once the command has returned.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { childrenOf, cleanEnvironment, isAlive, runStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, until } from './supervisor-support.ts'

const SKIP = { skip: process.platform !== 'linux' && '/proc and flock are needed' }
const BIN = join(ROOT, 'bin', 'starlight.js')
/** Low ones, which Node closes in its children by itself, and high ones. */
const NUMBERS = [4, 9, 15, 16, 17, 20, 63, 200]

/** Its descriptors and those of its workers, by what they are. */
function filesOf(pid: number): string[] {
  return [pid, ...childrenOf(pid)].flatMap(id =>
    readdirSync(`/proc/${id}/fd`).map(fd => readlinkSync(`/proc/${id}/fd/${fd}`)),
  )
}

function startedBy(t: TestContext, directory: string, script: string): number {
  const pidFile = join(directory, 'pid')
  const start = `"$NODE" "$BIN" --daemonize --host=127.0.0.1 --port=0 --workers=2 --pid="${pidFile}" "$APP"`
  const env = { ...cleanEnvironment(), NODE: process.execPath, BIN, APP, START: start }
  const run = (): string => execFileSync('bash', ['-c', script], { cwd: directory, env, encoding: 'utf8' })
  try {
    assert.equal(run(), 'ended\n')
  } finally {
    const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0
    t.after(() => pid > 0 && isAlive(pid) && process.kill(pid, 'SIGKILL'))
  }
  return Number(readFileSync(pidFile, 'utf8'))
}

test('a lock and a pipe that were open when a daemon was started are free when the command returns', SKIP, t => {
  const directory = temporaryFolder('test')
  const locks = NUMBERS.map(fd => `${fd}>lock${fd}`)
  const take = NUMBERS.map(fd => `flock -n ${fd} || exit 1`).join('; ')
  const again = NUMBERS.map(fd => `flock -n lock${fd} true || { echo lock ${fd} is held; exit 1; }`).join('; ')
  // `cat` ends when the last writer of the pipe, whose number is 63 or less in bash, has gone.
  const pid = startedBy(t, directory, `(${take}; eval "$START") ${locks.join(' ')} || exit 1; ${again}; echo ended`)
  assert.deepEqual(
    filesOf(pid).filter(file => file.includes('lock')),
    [],
  )
})

test('a pipe that was open when a daemon was started ends when the command returns', SKIP, t => {
  const directory = temporaryFolder('test')
  const copies = NUMBERS.map(fd => `${fd}>&1`).join(' ')
  const pid = startedBy(t, directory, `(eval "$START") ${copies} 2>&1 | cat >said; echo ended`)
  assert.ok(isAlive(pid))
  assert.equal(readFileSync(join(directory, 'said'), 'utf8'), '')
})

test('a daemon keeps its own descriptors: it serves, reloads and upgrades', SKIP, async t => {
  const directory = temporaryFolder('test')
  const pid = startedBy(t, directory, '(eval "$START") 9>one 20>two; echo ended')
  const pidFile = join(directory, 'pid')
  assert.equal((await runStarlight(['reload', `--pid=${pidFile}`])).stdout, 'reload: done\n')
  const upgraded = await runStarlight(['upgrade', `--pid=${pidFile}`])
  const next = Number(/the new master is (\d+)/.exec(upgraded.stdout)?.[1])
  assert.equal(upgraded.code, 0, upgraded.stderr)
  t.after(() => isAlive(next) && process.kill(next, 'SIGKILL'))
  await until(() => !isAlive(pid), 'the end of the old master')
  assert.deepEqual(
    filesOf(next).filter(file => /\/(?:one|two)$/.test(file)),
    [],
  )
})

test('--daemonize is refused with sockets that somebody gave, which a daemon cannot have', async () => {
  const directory = temporaryFolder('test')
  const env = { SERVER_STARTER_PORT: '127.0.0.1:80=3' }
  const { code, stderr } = await runStarlight(['--daemonize', APP], { cwd: directory, env })
  assert.match(stderr, /Cannot go to the background with the sockets of SERVER_STARTER_PORT or LISTEN_FDS/)
  assert.equal(code, 2)
})
