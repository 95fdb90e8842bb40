// Signals to every process of a Perl application, from TERM to kill -9: no request is lost, and nothing is left behind.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PERL_SKIP } from '../support/perl.ts'
import { connectRaw } from '../support/raw-client.ts'
import { childrenOf, isAlive, StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, perl, sockets, until } from './perl-support.ts'

const skip = PERL_SKIP

test('TTIN and TTOU change the number of children, HUP loads new code, and nobody notices', { skip }, async t => {
  const folder = temporaryFolder('perl')
  const app = join(folder, 'app.psgi')
  const write = (text: string): void => {
    writeFileSync(join(folder, 'next'), `sub { select undef, undef, undef, 0.002; [200, [], ["${text} $$"]] }`)
    renameSync(join(folder, 'next'), app)
  }
  write('old')
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', '--workers=2', '--front-workers=2', app])
  t.after(() => server.stop('SIGKILL'))
  const children = (): number => server.workers().flatMap(childrenOf).flatMap(childrenOf).length
  assert.equal(children(), 2)
  server.signal('SIGTTIN')
  await until(() => children() === 3)
  server.signal('SIGTTOU')
  await until(() => children() === 2)
  let isOver = false
  const answers: string[] = []
  const asking = (async () => {
    while (!isOver) {
      const response = await fetch(server.url)
      assert.equal(response.status, 200)
      answers.push((await response.text()).split(' ')[0]!)
    }
  })()
  await until(() => answers.length > 10)
  write('new')
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  const count = answers.length
  await until(() => answers.slice(count).includes('new') && answers.length > count + 20)
  isOver = true
  await asking
  assert.deepEqual([...new Set(answers)], ['old', 'new'])
})

test('after kill -9 of a child, the zygote or the front the next request is served', { skip }, async t => {
  const { server, get, processes } = await perl(t)
  const [zygote, child] = processes()
  process.kill(child!, 'SIGKILL')
  await server.seen(/The Perl child \d+ was killed by SIGKILL/)
  assert.equal((await get('/pid')).status, 200)
  process.kill(zygote!, 'SIGKILL')
  await server.seen(/The Perl process that forks the children was killed by SIGKILL: another one is started/)
  assert.equal((await get('/pid')).status, 200)
  const before = processes()
  process.kill(server.workers()[0]!, 'SIGKILL')
  await until(() => !before.some(isAlive))
  assert.equal((await get('/pid')).status, 200)
})

test('TERM to a single child loses no request', { skip }, async t => {
  const { get, processes } = await perl(t)
  const statuses: number[] = []
  for (let round = 0; round < 10; round++) {
    const asked = Promise.all(Array.from({ length: 10 }, () => get('/pid')))
    for (const pid of processes().slice(1)) {
      try {
        process.kill(pid, 'SIGTERM')
      } catch {
        // It has just left.
      }
    }
    statuses.push(...(await asked).map(({ status }) => status))
  }
  assert.deepEqual([...new Set(statuses)], [200])
})

test('kill -9 of the master leaves no process and no socket behind', { skip }, async t => {
  const { server, folder, processes } = await perl(t, '--graceful-timeout=1')
  const all = [...server.workers(), ...processes()]
  assert.equal(all.length, 4)
  assert.notDeepEqual(sockets(folder), [])
  await server.stop('SIGKILL')
  await until(() => !all.some(isAlive) && sockets(folder).length === 0)
})

test('kill -9 of the master and its front at once leaves none, either', { skip }, async t => {
  const { server, folder, processes } = await perl(t, '--graceful-timeout=1')
  const [front] = server.workers()
  const all = [...server.workers(), ...processes()]
  server.signal('SIGKILL')
  process.kill(front!, 'SIGKILL')
  await until(() => !all.some(isAlive) && sockets(folder).length === 0)
})

test('TERM lets a request finish and leaves nothing behind', { skip }, async t => {
  const { server, folder, get, processes } = await perl(t)
  const all = processes()
  const slow = get('/slow')
  await until(() => true)
  await get('/pid')
  const exit = server.stop()
  assert.equal((await slow).status, 200)
  assert.deepEqual(await exit, { code: 0, signal: null })
  assert.deepEqual(all.filter(isAlive), [])
  assert.deepEqual(sockets(folder), [])
})

test('no Perl process holds the port', { skip }, async t => {
  const { processes } = await perl(t)
  const inodes = new Set(
    readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(fields => fields[3] === '0A')
      .map(fields => `socket:[${fields[9]}]`),
  )
  for (const pid of processes()) {
    const fds = readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`))
    assert.deepEqual(
      fds.filter(target => inodes.has(target)),
      [],
    )
  }
})

test('USR1 gives the rotated error log to Perl, too', { skip }, async t => {
  const folder = temporaryFolder('perl')
  const [log, socket] = [join(folder, 'error.log'), join(folder, 'http')]
  const server = new StarlightProcess([`--socket=${socket}`, '--workers=1', `--error-log=${log}`, APP])
  t.after(() => server.stop('SIGKILL'))
  const told = (pattern: RegExp): boolean => existsSync(log) && pattern.test(readFileSync(log, 'utf8'))
  const die = async (): Promise<void> => {
    const client = await connectRaw({ path: socket })
    client.send('GET /dies HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    assert.equal((await client.answer()).status, 500)
    client.destroy()
  }
  await until(() => told(/serving/))
  await die()
  await until(() => told(/GET \/dies/))
  renameSync(log, `${log}.1`)
  server.signal('SIGUSR1')
  await until(() => existsSync(log))
  // The children are told by their front, in the order of what it sends them.
  while (!told(/GET \/dies/)) await die()
})

test('TTIN and TTOU change the number of children without workers, too', { skip }, async t => {
  const { server } = await perl(t, '--workers=0')
  const children = (): number => server.workers().flatMap(childrenOf).length
  assert.equal(children(), 1)
  process.kill(server.pid, 'SIGTTIN')
  await until(() => children() === 2)
  process.kill(server.pid, 'SIGTTOU')
  await until(() => children() === 1)
})
