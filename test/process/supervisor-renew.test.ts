import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type StarlightProcess, type StartOptions, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, busyRequest, serve, until } from './supervisor-support.ts'

const HOST = ['--host=127.0.0.1', '--port=0']
/** Says what of its surroundings it sees. */
const SAYS = `export default { fetch: () => new Response([process.pid, process.env.PLACK_ENV, TEXT].join(' ')) }\n`

async function start(t: TestContext, args: readonly string[], options: StartOptions): Promise<StarlightProcess> {
  const server = await startStarlight(args, options)
  t.after(() => server.stop('SIGKILL'))
  return server
}

test('HUP reads the config file again: workers, environment and limits change', async t => {
  const cwd = temporaryFolder('test')
  writeFileSync(join(cwd, 'app.mjs'), `const TEXT = ''\n${SAYS}`)
  const config = (text: string): void => writeFileSync(join(cwd, 'starlight.config.mjs'), `export default ${text}\n`)
  config(`{ workers: 1, env: 'one', limitRequestLine: 1000 }`)
  const server = await start(t, [...HOST, 'app.mjs'], { cwd })
  assert.match((await ask(server.url)).body, / one /)
  config(`{ workers: 3, env: 'two', limitRequestLine: 70 }`)
  server.signal('SIGHUP')
  await server.seen(/Reloaded/)
  await until(() => server.workers().length === 3, 'three workers serve')
  assert.match((await ask(server.url)).body, / two /)
  assert.equal((await ask(`${server.url}/${'x'.repeat(100)}`)).status, 414)
})

test('HUP with a configuration that has a mistake changes nothing and says why', async t => {
  const cwd = temporaryFolder('test')
  writeFileSync(join(cwd, 'app.mjs'), `const TEXT = ''\n${SAYS}`)
  writeFileSync(join(cwd, 'starlight.config.json'), '{ "workers": 2 }')
  const server = await start(t, [...HOST, 'app.mjs'], { cwd })
  const old = server.workers()
  writeFileSync(join(cwd, 'starlight.config.json'), '{ "workrs": 2 }')
  server.signal('SIGHUP')
  await server.seen(/The reload is stopped, the old workers stay: Cannot .*workrs/)
  assert.deepEqual(server.workers(), old)
})

test('HUP names what only USR2 can change', async t => {
  const cwd = temporaryFolder('test')
  writeFileSync(join(cwd, 'app.mjs'), `const TEXT = ''\n${SAYS}`)
  const config = (text: string): void => writeFileSync(join(cwd, 'starlight.config.json'), text)
  config('{ "workers": 1, "host": "127.0.0.1", "port": 0 }')
  const server = await start(t, ['app.mjs'], { cwd })
  config('{ "workers": 1, "host": "localhost", "port": 0, "umask": "0027" }')
  server.signal('SIGHUP')
  await server.seen(/only USR2 can apply it: listen, umask/)
  await server.seen(/Reloaded/)
})

test('HUP follows a "current" symlink that was moved', async t => {
  const home = temporaryFolder('test')
  for (const release of ['1', '2']) {
    mkdirSync(join(home, release))
    writeFileSync(join(home, release, 'app.mjs'), `const TEXT = 'release ${release}'\n${SAYS}`)
  }
  const current = join(home, 'current')
  symlinkSync('1', current)
  const server = await start(t, [...HOST, '--workers=1', 'app.mjs'], { cwd: current, env: { PWD: current } })
  assert.match((await ask(server.url)).body, /release 1/)
  rmSync(current)
  symlinkSync('2', current)
  server.signal('SIGHUP')
  await server.seen(/Reloaded/)
  await until(async () => (await ask(server.url)).body.endsWith('release 2'), 'the new release answers')
})

test('WINCH drains all workers, the port queues, and TTIN brings workers back', async t => {
  const server = await serve(t, ['--workers=1'])
  server.signal('SIGWINCH')
  await until(() => server.workers().length === 0, 'the workers leave')
  const waiting = ask(server.url)
  server.signal('SIGTTIN')
  assert.equal((await waiting).status, 200)
})

test('a worker is replaced at its age, and before the old one goes', async t => {
  const server = await serve(t, ['--workers=1', '--max-age-per-child=0.5'])
  const [first] = server.workers()
  await server.seen(/left and was replaced \(age\)/)
  assert.notEqual((await ask(server.url)).body.trim(), String(first))
})

test('a worker is replaced when its memory is too much, and others are not', async t => {
  const server = await serve(t, ['--workers=1', '--max-memory-per-child=1'])
  await server.seen(/left and was replaced \(memory\)/)
})

test('--fail-fast ends the server when a worker fails five times in a row', async t => {
  const cwd = temporaryFolder('test')
  const file = join(cwd, 'app.mjs')
  writeFileSync(file, `const TEXT = ''\n${SAYS}`)
  const server = await start(t, [...HOST, '--workers=1', '--fail-fast', file], {})
  writeFileSync(file, 'throw new Error("broken on purpose")\n')
  process.kill(server.workers()[0] ?? 0, 'SIGKILL')
  assert.equal((await server.exited).code, 5)
  assert.match(server.stderr, /Cannot go on: a worker failed 5 times in a row, and --fail-fast is on/)
})

test('a request that is cut after the graceful timeout is logged with method, target and age', async t => {
  const server = await serve(t, ['--workers=1', '--graceful-timeout=0.5'])
  const { answer } = await busyRequest(server.url)
  server.signal('SIGTERM')
  await assert.rejects(answer)
  await server.exited
  assert.match(server.stderr, /Cut after the graceful timeout: GET \/until\?file=\S+, \d+\.\d s old/)
})

test('a WebSocket gets the close code 1001 when its worker leaves', async t => {
  const cwd = temporaryFolder('test')
  // An echo without a library: what matters is the frame that comes without the application.
  const app = `import { createServer } from 'node:http'
const server = createServer()
server.on('upgrade', (request, socket) => socket.resume().on('end', () => socket.end()).write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n'))
export default server\n`
  writeFileSync(join(cwd, 'app.mjs'), app)
  const server = await start(t, [...HOST, '--workers=1', join(cwd, 'app.mjs')], {})
  const socket = connect(server.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await until(() => chunks.length > 0, 'the upgrade')
  server.signal('SIGHUP')
  await until(() => Buffer.concat(chunks).includes(Buffer.from([0x88, 2, 0x03, 0xe9])), 'the close frame')
  socket.destroy()
})

test('an event stream hears of it when its worker leaves, and ends well', async t => {
  const cwd = temporaryFolder('test')
  const app = `export default { fetch(request) {
  const body = new ReadableStream({ start(controller) {
    controller.enqueue(new TextEncoder().encode('data: hello\\n\\n'))
    request.signal.addEventListener('abort', () => controller.close())
  } })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
} }\n`
  writeFileSync(join(cwd, 'app.mjs'), app)
  const server = await start(t, [...HOST, '--workers=1', join(cwd, 'app.mjs')], {})
  const socket = connect(server.port, '127.0.0.1')
  t.after(() => socket.destroy())
  let received = ''
  socket.setEncoding('latin1').on('data', text => {
    received += text
  })
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await until(() => received.includes('data: hello'), 'the stream begins')
  server.signal('SIGHUP')
  await until(() => received.endsWith('0\r\n\r\n'), 'the last chunk')
  socket.destroy()
})
