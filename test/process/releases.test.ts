// Deployments by a `current` symlink: releases in directories of their own, the old one removed once the link has moved.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { isAlive, runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, until } from './supervisor-support.ts'

class AppServer {
  readonly home: string
  readonly current: string

  constructor() {
    this.home = temporaryFolder('releases')
    this.current = join(this.home, 'current')
    this.release('1')
  }

  /** Makes a release, moves the link to it, and removes the one before. */
  release(name: string): void {
    const folder = join(this.home, name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'app.mjs'), `export default { fetch: () => new Response('release ${name}') }\n`)
    writeFileSync(join(folder, 'starlight.config.json'), `{ "serverHeader": "config-${name}" }`)
    symlinkSync(name, join(this.home, 'next'))
    renameSync(join(this.home, 'next'), this.current)
    this.prune(String(Number(name) - 1))
  }

  prune(name: string): void {
    rmSync(join(this.home, name), { recursive: true, force: true })
  }

  /** Started in the release, as systemd and shells do. */
  async start(t: TestContext, args: readonly string[], hasPwd: boolean): Promise<StarlightProcess> {
    const all = ['--host=127.0.0.1', '--port=0', '--workers=2', `--control-socket=${this.control}`, ...args]
    const server = await startStarlight(all, { cwd: this.current, env: { PWD: hasPwd ? this.current : '' } })
    t.after(() => server.stop('SIGKILL'))
    return server
  }

  get control(): string {
    return join(this.home, 'control')
  }
}

const answer = async (server: StarlightProcess): Promise<string> => {
  const { body, headers } = await ask(server.url)
  return `${body}, ${headers.server}`
}

/** Kills the worker, and waits for the one in its place. */
async function replaced(server: StarlightProcess, victim: number): Promise<void> {
  process.kill(victim, 'SIGKILL')
  await until(() => !isAlive(victim) && server.workers().length === 2, 'a worker takes the place of the dead one')
}

/** A dead worker, HUP and USR2, each after its own release. */
async function deploys(t: TestContext, site: AppServer, server: StarlightProcess): Promise<void> {
  site.release('2')
  for (const worker of server.workers()) await replaced(server, worker)
  await until(async () => (await answer(server)).startsWith('release 2'), 'new workers serve the new release')
  site.release('3')
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  assert.equal(await answer(server), 'release 3, config-3')
  site.release('4')
  server.signal('SIGUSR2')
  const [, pid = ''] = await server.seen(/Upgraded: the new master (\d+) serves/)
  t.after(() => void (isAlive(Number(pid)) && process.kill(Number(pid), 'SIGKILL')))
  await until(() => !isAlive(server.pid), 'the old master goes')
  assert.equal(await answer(server), 'release 4, config-4')
}

const STARTS: readonly (readonly [string, boolean, (site: AppServer) => readonly string[]])[] = [
  ['PWD and a relative application', true, () => ['app.mjs']],
  ['PWD and an absolute application', true, site => [join(site.current, 'app.mjs')]],
  ['an absolute application alone', false, site => [join(site.current, 'app.mjs')]],
  ['--chdir and a relative application', false, site => [`--chdir=${site.current}`, 'app.mjs']],
  ['--chdir and an absolute application', false, site => [`--chdir=${site.current}`, join(site.current, 'app.mjs')]],
  ['PWD, --chdir and a relative application', true, site => [`--chdir=${site.current}`, 'app.mjs']],
  [
    'PWD, --chdir and an absolute application',
    true,
    site => [`--chdir=${site.current}`, join(site.current, 'app.mjs')],
  ],
  ['PWD, a relative --chdir and application', true, () => ['--chdir=../current', 'app.mjs']],
]

describe('the directory is known by name', { concurrency: 2 }, () => {
  for (const [how, hasPwd, args] of STARTS) {
    test(`by ${how}: a dead worker, HUP and USR2 find the new release`, async t => {
      const site = new AppServer()
      await deploys(t, site, await site.start(t, args(site), hasPwd))
    })
  }
})

const MISSING = /Cannot enter the working directory: "[^"]+" is missing, a directory is needed/

test('without a name HUP and USR2 are refused once the directory is gone, and the workers go on', async t => {
  const site = new AppServer()
  const server = await site.start(t, ['app.mjs'], false)
  const workers = server.workers()
  site.release('2')
  server.signal('SIGHUP')
  await server.seen(new RegExp(`The reload is stopped, the old workers stay: ${MISSING.source}`))
  server.signal('SIGUSR2')
  await server.seen(new RegExp(`USR2 is ignored: ${MISSING.source}`))
  assert.deepEqual(server.workers(), workers)
  assert.equal(await answer(server), 'release 1, config-1')
  process.kill(workers[0]!, 'SIGKILL')
  await server.seen(new RegExp(`could not be started: ${MISSING.source}`))
  assert.equal(await answer(server), 'release 1, config-1')
  assert.equal(await server.stop().then(({ code }) => code), 0)
})

const AS_ROOT = { skip: process.getuid?.() === 0 ? false : 'only root can give up its rights' }

test(
  'with --user in a directory of root alone a dead worker, HUP and USR2 find the directory they have',
  AS_ROOT,
  async t => {
    const site = new AppServer()
    chmodSync(site.home, 0o700)
    for (const folder of [site.home, '/']) {
      const args = ['--workers=2', '--user=65534', `--chdir=${site.home}`, '-e', '() => [200, [], [process.cwd()]]']
      const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--control-socket=', ...args], {
        cwd: folder,
      })
      t.after(() => server.stop('SIGKILL'))
      await replaced(server, server.workers()[0]!)
      server.signal('SIGHUP')
      await server.seen(/Reloaded: all workers run the new code/)
      server.signal('SIGUSR2')
      const [, pid = ''] = await server.seen(/Upgraded: the new master (\d+) serves/)
      t.after(() => void (isAlive(Number(pid)) && process.kill(Number(pid), 'SIGKILL')))
      await until(() => !isAlive(server.pid), 'the old master goes')
      assert.equal((await ask(server.url)).body, site.home)
      process.kill(Number(pid), 'SIGTERM')
      await until(() => !isAlive(Number(pid)), 'the new master goes')
    }
  },
)

test('starlight reload fails while the directory or the application is missing, and works once they are there', async t => {
  const site = new AppServer()
  const server = await site.start(t, [`--chdir=${site.current}`, 'app.mjs'], false)
  const workers = server.workers()
  const reload = () => runStarlight(['reload', `--control-socket=${site.control}`])
  site.prune('1')
  const gone = await reload()
  assert.equal(gone.code, 1)
  assert.match(gone.stderr, MISSING)
  mkdirSync(join(site.home, '1'))
  const empty = await reload()
  assert.equal(empty.code, 1)
  assert.match(empty.stderr, /reload \w+: Cannot load the application: "app\.mjs" is not there .* is needed\n$/)
  assert.deepEqual(server.workers(), workers)
  assert.equal(await answer(server), 'release 1, config-1')
  site.release('2')
  assert.equal((await reload()).code, 0)
  assert.equal(await answer(server), 'release 2, config-2')
})

test('--chdir to a directory that is missing ends the start with one sentence and code 2', async () => {
  const { code, stderr } = await runStarlight(['--chdir=/nowhere/at/all', '-e', '() => [200, [], []]'])
  assert.deepEqual([code, stderr.match(MISSING) !== null, stderr.split('\n').length], [2, true, 2])
})
