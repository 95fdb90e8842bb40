// Where an application that listens by itself is served, and what becomes of its further servers.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
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

const BESIDE: Readonly<Record<string, string>> = {
  'of HTTP': `require('node:http').createServer((req, res) => res.end('beside'))`,
  'of node:net': `require('node:net').createServer(socket => socket.end('HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nbeside'))`,
}
for (const [kind, maker] of Object.entries(BESIDE)) {
  test(`a second server ${kind}, on another port, is shared by all workers or refused in one sentence`, async t => {
    const port = await freePort()
    const text = `require('node:http').createServer((req, res) => res.end('first')).listen(3000)
      ${maker}.listen(${port}, '127.0.0.1')`
    if (!canReusePort()) {
      const cwd = folderWith({ 'server.js': text })
      const { code, stderr } = await runStarlight(['--port=0', '--workers=2', 'server.js'], { cwd })
      assert.notEqual(code, 0)
      assert.match(
        stderr,
        new RegExp(`Cannot listen on 127.0.0.1:${port} in every worker: workers cannot share a port`),
      )
      return
    }
    const server = await served(t, 'server.js', text)
    assert.equal(await textOf(server), 'first')
    assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), 'beside')
    assert.equal((await server.stop()).code, 0)
  })
}

test('a second server on port 0 listens in each worker on one of its own', async t => {
  const text = `require('node:http').createServer((req, res) => res.end(String(second.address().port))).listen(3000)
    const second = require('node:http').createServer().listen(0, '127.0.0.1')`
  const server = await served(t, 'server.js', text)
  assert.notEqual(Number(await textOf(server)), Number(new URL(server.url).port))
})
