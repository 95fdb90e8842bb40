// Where an application that listens by itself is served, and what becomes of its further servers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { canReusePort } from '../../src/supervisor/sockets/bound-handle.ts'
import { isAlive, runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { count, folderWith, freePort, served, textOf } from './adoption-support.ts'
import { until } from './supervisor-support.ts'

/** A server of which nobody says where to listen. */
async function askedFor(t: TestContext, text: string, args: readonly string[]): Promise<StarlightProcess> {
  const cwd = folderWith({ 'server.js': text })
  const server = await startStarlight([...args, 'server.js'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  return server
}

const askingFor = (port: number): string =>
  `const server = require('node:http').createServer((req, res) => res.end(process.pid + ' ' + JSON.stringify(server.address())))
   server.listen(${port}, '127.0.0.1', () => console.error('called back at ' + server.address().port))`

for (const args of [['--workers=3'], ['--workers=3', '--balance=sticky'], ['--workers=0']]) {
  test(`where nobody says where to listen, the port of the application is bound: ${args}`, async t => {
    const port = await freePort()
    const server = await askedFor(t, askingFor(port), args)
    assert.equal(server.url, `http://127.0.0.1:${port}`)
    assert.ok((await textOf(server)).endsWith(JSON.stringify({ address: '127.0.0.1', family: 'IPv4', port })))
    assert.equal((await server.stop()).code, 0)
    assert.equal(count(server.stderr, `called back at ${port}`), args[0] === '--workers=0' ? 1 : 3)
  })
}

for (const args of [['--workers=1'], ['--workers=0'], ['--workers=1', '--host=0.0.0.0']]) {
  test(`PORT names the port, and the application the host where nobody else does: ${args}`, async t => {
    const port = await freePort()
    const cwd = folderWith({ 'server.js': askingFor(await freePort()) })
    const env = { PORT: `${port}` }
    const checked = await runStarlight(['--check-config', ...args, 'server.js'], { cwd, env })
    const server = await startStarlight([...args, 'server.js'], { cwd, env })
    t.after(() => server.stop('SIGKILL'))
    const host = args.length > 1 ? '0.0.0.0' : '127.0.0.1'
    assert.ok((await textOf(server)).endsWith(JSON.stringify({ address: host, family: 'IPv4', port })))
    assert.match(checked.stdout, new RegExp(`on http://${host}:${port} `))
  })
}

test('port 0 of the application is one port, which all workers know', async t => {
  const server = await askedFor(t, askingFor(0), ['--workers=2'])
  assert.match(await textOf(server), new RegExp(`"port":${server.port}\\}`))
  await server.stop()
  assert.equal(count(server.stderr, `called back at ${server.port}`), 2)
})

test('the port of the application is kept over reload and upgrade', async t => {
  const port = await freePort()
  const cwd = folderWith({ 'server.js': askingFor(port) })
  const server = await startStarlight(['--workers=1', '--pid=pid', 'server.js'], { cwd })
  const master = (): number => Number(readFileSync(join(cwd, 'pid'), 'utf8'))
  t.after(async () => {
    if (existsSync(join(cwd, 'pid')) && isAlive(master())) process.kill(master(), 'SIGKILL')
    await server.stop('SIGKILL')
  })
  const workerOf = async (): Promise<string> => (await textOf(server)).split(' ', 1).join()
  const pids = [await workerOf()]
  for (const [signal, done] of [
    ['SIGHUP', /Reloaded: all workers run the new code/],
    ['SIGUSR2', /Upgraded: the new master \d+ serves/],
  ] as const) {
    const seen = server.seen(done)
    server.signal(signal)
    await seen
    await until(async () => !pids.includes(await workerOf()), `new code answers after ${signal}`)
    pids.push(await workerOf())
  }
  assert.equal(server.addresses.at(-1), `http://127.0.0.1:${port}`)
  process.kill(master(), 'SIGTERM')
  assert.equal((await server.exited).code, 0)
})

for (const where of ['--workers=2', '--workers=0']) {
  test(`the port of the application in use is the mistake of the start: ${where}`, async t => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    t.after(() => other.close())
    const { port } = other.address() as { port: number }
    const cwd = folderWith({ 'server.js': askingFor(port) })
    const { code, stderr } = await runStarlight([where, 'server.js'], { cwd })
    assert.equal(code, 3)
    assert.match(stderr, new RegExp(`Cannot listen on "127.0.0.1:${port}": `))
    assert.doesNotMatch(stderr, /called back|unhandled/i)
  })
}

const MAIN = `require('node:http').createServer((req, res) => res.end('first ' + process.pid)).listen(3000)\n`
const BESIDE = `const answer = socket => socket.end('HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nbeside ' + process.pid)
  const http = () => require('node:http').createServer((req, res) => res.end('beside ' + process.pid))
  const raw = () => require('node:net').createServer(answer)
  const up = server => server.on('listening', () => console.error('beside at ' + JSON.stringify(server.address())))\n`

interface Asked {
  readonly host?: string
  readonly port?: number
  readonly socketPath?: string
}

const body = (asked: Asked): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = get({ ...asked, agent: false }, async response => {
      let text = ''
      for await (const piece of response) text += piece
      resolve(text)
    })
    request.on('error', reject)
  })

const pidOf = (text: string): number => Number(text.split(' ')[1])

for (const args of [['--workers=2'], ['--workers=2', '--threads=2'], ['--workers=0']]) {
  const skip = args.length > 1 && !canReusePort() && 'threads cannot share a port here'
  test(`what a further server has begun is answered before its worker ends: ${args.join(' ')}`, { skip }, async t => {
    const port = await freePort()
    const text = `const { createServer } = require('node:http')
      const main = createServer((req, res) => res.end('main'))
      main.listen(3000)
      createServer((req, res) => {
        main.once('close', () => setTimeout(() => res.end('late'), 300))
        console.error('has begun')
      }).listen(${port}, '127.0.0.1')`
    const server = await served(t, 'server.js', text, args)
    const answer = body({ host: '127.0.0.1', port })
    await server.seen(/has begun/)
    const stopped = server.stop()
    assert.equal(await answer, 'late')
    assert.equal((await stopped).code, 0)
    await assert.rejects(body({ host: '127.0.0.1', port }))
    assert.doesNotMatch(server.stderr, /did not end/)
  })
}

test('further servers, HTTP, raw and on a Unix path, are shared by all workers, over a crash, a reload and an upgrade', async t => {
  const port = await freePort()
  const text = `${MAIN}${BESIDE}
    up(http()).listen(${port}, '127.0.0.1')
    up(raw()).listen(${port}, '127.0.0.2')
    up(http()).listen('beside.sock')`
  const cwd = folderWith({ 'server.js': text })
  const args = ['--host=127.0.0.1', '--port=0', '--workers=2', '--pid=pid', 'server.js']
  const server = await startStarlight(args, { cwd })
  const master = (): number => Number(readFileSync(join(cwd, 'pid'), 'utf8'))
  t.after(async () => {
    if (existsSync(join(cwd, 'pid')) && isAlive(master())) process.kill(master(), 'SIGKILL')
    await server.stop('SIGKILL')
  })
  const path = join(cwd, 'beside.sock')
  const places = [{ host: '127.0.0.1', port }, { host: '127.0.0.2', port }, { socketPath: path }]
  const answered = async (by: (pid: number) => boolean): Promise<void> => {
    for (const place of places)
      await until(async () => by(pidOf(await body(place))), `the answer of ${JSON.stringify(place)}`)
  }
  const [one = 0, two = 0] = server.workers()
  // Each of the two accepts on each socket, while the other one is stopped.
  for (const [stopped, answering] of [
    [one, two],
    [two, one],
  ] as const) {
    process.kill(stopped, 'SIGSTOP')
    await answered(pid => pid === answering)
    process.kill(stopped, 'SIGCONT')
  }
  assert.equal(count(server.stderr, `beside at {"address":"127.0.0.1","family":"IPv4","port":${port}}`), 2)
  assert.equal(count(server.stderr, 'beside at "beside.sock"'), 2)
  process.kill(one, 'SIGKILL')
  await server.seen(new RegExp(`worker ${one} was killed`))
  await answered(pid => pid !== one)
  for (const [signal, done] of [
    ['SIGHUP', /Reloaded: all workers run the new code/],
    ['SIGUSR2', /Upgraded: the new master \d+ serves/],
  ] as const) {
    const old = server.workers()
    const seen = server.seen(done)
    server.signal(signal)
    await seen
    await answered(pid => !old.includes(pid))
  }
  process.kill(master(), 'SIGTERM')
  await server.exited
  assert.equal(existsSync(path), false)
  for (const place of places) await assert.rejects(body(place))
  assert.doesNotMatch(server.stderr, /error/)
})

test('a further server that its application does not open any more, or closes, leaves its address', async t => {
  const port = await freePort()
  const text = `${MAIN}${BESIDE}
    const beside = http().listen(${port}, '127.0.0.1')
    beside.on('request', req => { if (req.url === '/close') beside.close() })
    if (require('node:fs').existsSync('second')) up(http()).listen('beside.sock')`
  const cwd = folderWith({ 'server.js': text, second: '' })
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', 'server.js'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  const path = join(cwd, 'beside.sock')
  assert.match(await body({ socketPath: path }), /^beside/)
  rmSync(join(cwd, 'second'))
  server.signal('SIGHUP')
  await server.seen(/Reloaded/)
  await until(async () => !existsSync(path), 'the end of the Unix socket')
  assert.match(await body({ host: '127.0.0.1', port, path: '/close' } as Asked), /^beside/)
  await until(
    () =>
      body({ host: '127.0.0.1', port }).then(
        () => false,
        ({ code }) => code === 'ECONNREFUSED',
      ),
    'nobody listens',
  )
  assert.equal((await server.stop()).code, 0)
})

test('the address of a further server in use, by a port or a live socket file, is an error of that server', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  const cwd = folderWith({
    'server.js': `${MAIN}${BESIDE}
      for (const place of [{ port: ${port}, host: '127.0.0.1' }, { path: 'no/where.sock' }])
        http().on('error', ({ code, syscall, message }) => console.error([code, syscall, message].join(' '))).listen(place)`,
  })
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=2', 'server.js'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  await until(async () => count(server.stderr, /^E[A-Z]+ listen/m) === 4, 'both errors of both workers')
  assert.match(server.stderr, new RegExp(`EADDRINUSE listen Cannot listen on "127.0.0.1:${port}": the port is in use`))
  assert.match(server.stderr, /E(NOENT|ACCES) listen Cannot listen on "unix:.*no\/where\.sock"/)
  assert.match(await textOf(server), /^first/)
})

test('threads share the port of a further server where the system lets them, or are refused in one sentence', async t => {
  const port = await freePort()
  const text = `${MAIN}${BESIDE}\nhttp().listen(${port}, '127.0.0.1')`
  if (!canReusePort()) {
    const cwd = folderWith({ 'server.js': text })
    const { code, stderr } = await runStarlight(['--port=0', '--threads=2', 'server.js'], { cwd })
    assert.notEqual(code, 0)
    assert.match(stderr, new RegExp(`Cannot listen on 127.0.0.1:${port} in every worker: threads cannot share a port`))
    return
  }
  const server = await served(t, 'server.js', text, ['--threads=2'])
  assert.match(await body({ host: '127.0.0.1', port }), /^beside/)
  assert.equal((await server.stop()).code, 0)
})

test('the first server is the one that is told to listen first, also where its host has to be looked up', async t => {
  const port = await freePort()
  const text = `const http = require('node:http')
    http.createServer((req, res) => res.end('first')).listen(3000, 'localhost')
    http.createServer((req, res) => res.end('second')).listen(${port})`
  const server = await served(t, 'server.js', text)
  assert.equal(await textOf(server), 'first')
  assert.equal(await body({ host: '127.0.0.1', port }), 'second')
})

test('an application that looks first whether its port is free finds it free in every worker', async t => {
  const port = await freePort()
  const text = `const http = require('node:http')
    const probe = require('node:net').createServer().on('error', error => { throw error })
    probe.listen(${port}, () => probe.close(() => http.createServer((req, res) => res.end(String(process.pid))).listen(${port})))`
  const cwd = folderWith({ 'server.js': text })
  const server = await startStarlight(['--workers=2', 'server.js'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  assert.ok(server.workers().includes(Number(await body({ host: '127.0.0.1', port }))))
  const checked = await runStarlight(['--check-config', 'server.js'], { cwd })
  assert.match(checked.stdout, /Configuration is fine: .*server\.js is a node application/)
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  assert.equal((await server.stop()).code, 0)
  assert.doesNotMatch(server.stderr, /error/)
})

test('a Unix socket of the application has the rights that it asks for', async t => {
  const text = `const server = require('node:http').createServer((req, res) => res.end('ok'))
    server.listen({ path: 'own.sock', readableAll: true, writableAll: true })`
  const cwd = folderWith({ 'server.js': text })
  const server = await startStarlight(['--workers=2', '--umask=077', 'server.js'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  const path = join(cwd, 'own.sock')
  assert.equal(await body({ socketPath: path }), 'ok')
  assert.equal(statSync(path).mode & 0o666, 0o666)
})

test('a second server on port 0 listens in each worker on one of its own', async t => {
  const text = `require('node:http').createServer((req, res) => res.end(String(second.address().port))).listen(3000)
    const second = require('node:http').createServer().listen(0, '127.0.0.1')`
  const server = await served(t, 'server.js', text)
  assert.notEqual(Number(await textOf(server)), Number(new URL(server.url).port))
})
