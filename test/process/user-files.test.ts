// A server that root starts and that serves as somebody else: its pid file and its sockets in directories that this user cannot write.

import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isAlive, runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, until } from './supervisor-support.ts'

const NOBODY = 65_534
const AS_ROOT = { skip: process.getuid?.() !== 0 && 'root is needed' }

interface Place {
  readonly directory: string
  readonly pidFile: string
  readonly socket: string
  start(): Promise<StarlightProcess>
}

/** `mode` of the directory of the files, which is root's: 0o755 lets nobody look, 0o1777 is as /tmp. */
function place(t: TestContext, mode: number, ...options: readonly string[]): Place {
  const outer = temporaryFolder('test')
  chmodSync(outer, 0o755)
  const directory = join(outer, 'run')
  mkdirSync(directory)
  chmodSync(directory, mode)
  const [pidFile, socket] = [join(directory, 'pid'), join(directory, 'socket')]
  const args = [`--socket=${socket}`, '--workers=1', `--user=${NOBODY}`, `--pid=${pidFile}`, ...options, APP]
  const start = async (): Promise<StarlightProcess> => {
    const server = await startStarlight(args)
    t.after(() => server.stop('SIGKILL'))
    return server
  }
  return { directory, pidFile, socket, start }
}

async function upgraded(t: TestContext, { pidFile }: Place): Promise<number> {
  const before = Number(readFileSync(pidFile, 'utf8'))
  const { code, stdout, stderr } = await runStarlight(['upgrade', `--pid=${pidFile}`])
  assert.equal(code, 0, stderr)
  const pid = Number(/the new master is (\d+)/.exec(stdout)?.[1])
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  await until(() => !isAlive(before), 'the end of the old master')
  return pid
}

for (const [name, mode] of Object.entries({ 'of root': 0o755, 'that all share': 0o1777 })) {
  test(`with --user in a directory ${name}: start, reload, two upgrades, stop, start again`, AS_ROOT, async t => {
    const files = place(t, mode)
    const { pidFile, socket } = files
    const server = await files.start()
    assert.equal(statSync(`/proc/${server.pid}`).uid, NOBODY)
    const command = async (word: string): Promise<string> => {
      const { stdout, stderr } = await runStarlight([word, `--pid=${pidFile}`])
      return stdout + stderr
    }
    const serves = async (pid: number): Promise<void> => {
      assert.equal(readFileSync(pidFile, 'utf8'), `${pid}\n`)
      assert.equal((await ask('http://x/', { socketPath: socket })).status, 200)
      await until(async () => (await command('status')).includes(`master ${pid}`), 'the master answers')
    }
    await serves(server.pid)
    assert.equal(await command('reload'), 'reload: done\n')
    const second = await upgraded(t, files)
    await serves(second)
    const third = await upgraded(t, files)
    await serves(third)
    assert.equal(await command('reload'), 'reload: done\n')
    assert.equal(await command('stop'), 'stop: done\n')
    await until(() => !isAlive(third), 'the end')
    // What could not be removed is empty, says nothing wrong, and is in nobody's way.
    assert.equal(readFileSync(pidFile, 'utf8'), '')
    assert.equal(lstatSync(pidFile).uid, 0)
    assert.match(await command('status'), /Cannot find the server: the pid file ".*" is empty, it has ended/)
    assert.match(await command('stop'), /is empty, it has ended/)

    const again = await files.start()
    await serves(again.pid)
    assert.equal(await command('stop'), 'stop: done\n')
    assert.deepEqual(
      readdirSync(files.directory).filter(file => !['pid', 'socket'].includes(file)),
      [],
    )
  })
}

test('with --user, a server that was killed is in no way', AS_ROOT, async t => {
  const files = place(t, 0o755)
  const first = await files.start()
  const workers = first.workers()
  await first.stop('SIGKILL')
  await until(() => !workers.some(isAlive), 'the end of its workers')
  const status = await runStarlight(['status', `--pid=${files.pidFile}`])
  assert.match(status.stderr, new RegExp(`process ${first.pid} of the pid file "${files.pidFile}" is gone`))
  const second = await files.start()
  assert.equal(readFileSync(files.pidFile, 'utf8'), `${second.pid}\n`)
})

test('with --user in a directory of its user nothing is left', AS_ROOT, async t => {
  const files = place(t, 0o777)
  await files.start()
  const second = await upgraded(t, files)
  assert.equal(readFileSync(files.pidFile, 'utf8'), `${second}\n`)
  assert.equal((await runStarlight(['stop', `--pid=${files.pidFile}`])).stdout, 'stop: done\n')
  await until(() => !existsSync(files.pidFile) && !existsSync(files.socket), 'both files are gone')
  assert.deepEqual(readdirSync(files.directory), [])
})

test('with --user, a start that fails leaves an empty file and no socket in the way', AS_ROOT, async t => {
  const files = place(t, 0o755, '--worker-timeout=0')
  const broken = await runStarlight([
    `--pid=${files.pidFile}`,
    `--socket=${files.socket}`,
    `--user=${NOBODY}`,
    '/nowhere.mjs',
  ])
  assert.notEqual(broken.code, 0)
  const server = await files.start()
  assert.equal(readFileSync(files.pidFile, 'utf8'), `${server.pid}\n`)
})
