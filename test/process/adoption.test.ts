// Applications that listen by themselves, as they are: what node runs, starlight serves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runStarlight } from '../support/starlight-process.ts'
import { count, folderWith, served, textOf } from './adoption-support.ts'

/** Tells what its server says of itself. */
const TELL = `const tell = () => JSON.stringify([server.listening, server.address()])`

/** A file for each way to listen; the first answer of each is "ok" behind what it says of its address. */
const WAYS: Readonly<Record<string, readonly [name: string, text: string]>> = {
  'CommonJS, app.listen of Express': [
    'server.js',
    `const app = require('express')()
     app.get('/', (req, res) => res.send(tell()))
     const server = app.listen(3000, () => console.error('called back at ' + server.address().port))
     ${TELL}`,
  ],
  'an ES module, http.createServer': [
    'server.mjs',
    `import http from 'node:http'
     const server = http.createServer((req, res) => res.end(tell()))
     server.listen({ port: 3000, host: 'localhost' })
     server.on('listening', () => console.error('called back at ' + server.address().port))
     ${TELL}`,
  ],
  'an asynchronous main': [
    'server.js',
    `const http = require('node:http')
     let server
     async function main() {
       await require('node:fs/promises').readFile(__filename)
       await new Promise(resolve => setTimeout(resolve, 20))
       server = http.createServer((req, res) => res.end(tell()))
       await new Promise(resolve => server.listen(3000, resolve))
       console.error('called back at ' + server.address().port)
     }
     main()
     ${TELL}`,
  ],
  'a top-level await of Fastify': [
    'server.mjs',
    `import fastify from 'fastify'
     const app = fastify()
     app.get('/', async () => tell())
     await app.listen({ port: 3000 })
     const { server } = app
     console.error('called back at ' + server.address().port)
     ${TELL}`,
  ],
  'Koa, whose function hides behind app.listen': [
    'server.js',
    `const Koa = require('koa')
     const app = new Koa()
     app.use(ctx => { ctx.body = tell() })
     const server = app.listen(3000, () => console.error('called back at ' + server.address().port))
     ${TELL}`,
  ],
  TypeScript: [
    'server.ts',
    `import { createServer, type Server } from 'node:http'
     const server: Server = createServer((req, res) => res.end(tell()))
     server.listen(3000, () => console.error('called back at ' + (server.address() as { port: number }).port))
     ${TELL}`,
  ],
}

for (const [way, [name, text]] of Object.entries(WAYS)) {
  test(`a file that listens is served where Starlight listens, and sees itself listening there: ${way}`, async t => {
    const server = await served(t, name, text)
    const port = Number(new URL(server.url).port)
    const address = { address: '127.0.0.1', family: 'IPv4', port }
    assert.deepEqual(JSON.parse(await textOf(server)), [true, address])
    assert.equal((await server.stop()).code, 0)
    assert.equal(count(server.stderr, `called back at ${port}`), 2)
    assert.equal(count(server.stderr, /listens on .*\b3000 by itself: Starlight serves this server/), 1)
  })
}

for (const where of ['--threads=2', '--workers=0', '--balance=round-robin']) {
  test(`a file that listens is served with ${where}`, async t => {
    const text = `const server = require('node:http').createServer((req, res) => res.end('ok')).listen(3000)`
    const server = await served(t, 'server.js', text, [where])
    assert.equal(await textOf(server), 'ok')
    assert.equal(count(server.stderr, 'listens on port 3000 by itself'), 1)
    assert.equal((await server.stop()).code, 0)
  })
}

for (const [module, make] of [
  ['https', 'createServer'],
  ['http2', 'createServer'],
  ['http2', 'createSecureServer'],
] as const) {
  test(`a server of node:${module} (${make}) is served, and told when it has no key`, async t => {
    const text = `require('node:${module}').${make}({}, (req, res) => res.end('ok')).listen(3000)`
    const server = await served(t, 'server.js', text, ['--workers=1'])
    assert.equal(await textOf(server), 'ok')
    const warned = /warn: .* listens on port 3000 by itself.* without TLS, because it has no key/.test(server.stderr)
    assert.equal(warned, module === 'https' || make === 'createSecureServer')
  })
}

test('what exports its application and listens is served once, with its upgrades, and warned of once', async t => {
  const text = `const app = require('express')()
    app.get('/', (req, res) => res.send('ok'))
    const server = app.listen(3000)
    server.on('upgrade', (req, socket) => socket.end('HTTP/1.1 101 Switching Protocols\\r\\nConnection: upgrade\\r\\nUpgrade: x\\r\\n\\r\\n'))
    module.exports = app`
  const server = await served(t, 'server.js', text)
  assert.equal(await textOf(server), 'ok')
  const { request } = await import('node:http')
  const upgraded = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request(server.url, { headers: { connection: 'upgrade', upgrade: 'x' } })
    asked.on('upgrade', response => resolve(response.statusCode)).on('response', it => resolve(it.statusCode))
    asked.on('error', reject).end()
  })
  assert.equal(upgraded, 101)
  assert.equal((await server.stop()).code, 0)
  assert.equal(count(server.stderr, 'and listens on port 3000 by itself, too: it is served once, by Starlight'), 1)
})

test('an export of another kind is served, and the server beside it opens nothing', async t => {
  const text = `import http from 'node:http'
    const server = http.createServer((req, res) => res.end('server')).listen(3000)
    export default { fetch: () => new Response('export ' + server.listening) }`
  const server = await served(t, 'server.mjs', text)
  assert.equal(await textOf(server), 'export true')
  assert.equal(count(server.stderr, 'it is served once'), 1)
})

test('a server that comes when the export is served already opens nothing, and is warned of', async t => {
  const text = `import http from 'node:http'
    const server = http.createServer()
    export default { fetch: async () => {
      if (!server.listening) await new Promise(resolve => server.listen(3000, resolve))
      return new Response(String(server._handle.fd))
    } }`
  const server = await served(t, 'server.mjs', text, ['--workers=1'])
  const warned = server.seen(/warn.*listens on port 3000 by itself, and its export is served already/)
  assert.equal(await textOf(server), '-1')
  await warned
})

test('a guard of require.main goes on working', async t => {
  const text = `const app = (req, res) => res.end('ok')
    module.exports = app
    if (require.main === module) throw new Error('is not the main module')`
  const server = await served(t, 'server.js', text)
  assert.equal(await textOf(server), 'ok')
  assert.doesNotMatch(server.stderr, /by itself/)
})

test('close of the server has its worker replaced, and calls back when the last connection is gone', async t => {
  const text = `const http = require('node:http')
    const server = http.createServer((req, res) => {
      if (req.url === '/close') server.close(() => console.error('closed ' + process.pid))
      res.end(String(process.pid))
    }).listen(3000)`
  const server = await served(t, 'server.js', text, ['--workers=1'])
  const closed = server.seen(/closed \d+/)
  const pid = await textOf(server, '/close')
  await closed
  assert.match(server.stderr, new RegExp(`closed ${pid}\\b`))
  assert.notEqual(await textOf(server), pid)
  assert.equal((await server.stop()).code, 0)
})

test('close of the server ends a server without workers', async t => {
  const text = `const http = require('node:http')
    const server = http.createServer((req, res) => {
      server.close(() => console.error('closed'))
      res.end('ok')
    }).listen(3000)`
  const server = await served(t, 'server.js', text, ['--workers=0'])
  const closed = server.seen(/^closed$/m)
  assert.equal(await textOf(server), 'ok')
  await closed
})

const REFUSED: readonly (readonly [what: string, text: string, args: readonly string[], expected: RegExp])[] = [
  [
    'a file that listens, with --no-adopt',
    `require('node:http').createServer(() => {}).listen(0)`,
    ['--no-adopt'],
    /server\.js" listens on port 0 by itself and exports no application, with --no-adopt an export/,
  ],
  [
    'a file that does nothing',
    'void 0',
    [],
    /server\.js" is an object without properties, a function .* docs\/frameworks\.md says how/,
  ],
  [
    'a file that does not listen in time',
    `setInterval(() => {}, 1000)`,
    ['--boot-timeout=3'],
    /server\.js" exports no application and has told no server to listen within --boot-timeout/,
  ],
  ['Bun.serve', 'Bun.serve({ fetch: () => new Response() })', [], /uses Bun, which is not Node; .* export default/],
  [
    'cluster.fork',
    `const cluster = require('node:cluster')
     cluster.fork()`,
    [],
    /server\.js": Error: Cannot fork by node:cluster: Starlight is the primary and starts the workers \(--workers\)/,
  ],
  [
    'fork, imported by name',
    `module.exports = import('node:cluster').then(({ fork }) => fork())`,
    [],
    /Cannot fork by node:cluster/,
  ],
  ['Deno.serve', 'Deno.serve(() => new Response())', [], /uses Deno, which is not Node; .* export default/],
]

for (const [what, text, args, expected] of REFUSED) {
  test(`${what} is refused in one sentence`, async () => {
    const cwd = folderWith({ 'server.js': text })
    const { code, stderr } = await runStarlight(['--port=0', '--workers=1', ...args, 'server.js'], { cwd })
    assert.equal(code, 4)
    assert.match(stderr, expected)
  })
}

const CLUSTERED = `import cluster, { isWorker } from 'node:cluster'
  import dgram from 'node:dgram'
  import { once } from 'node:events'
  import http from 'node:http'
  import net from 'node:net'
  if (cluster.isPrimary) {
    cluster.fork()
  } else {
    const raw = net.createServer(socket => socket.end('raw')).listen(0)
    const udp = dgram.createSocket('udp4').bind(0, '127.0.0.1')
    await Promise.all([once(raw, 'listening'), once(udp, 'listening')])
    http.createServer((req, res) => {
      if (req.url === '/leave') cluster.worker.disconnect()
      const { id, process: { pid } } = cluster.worker
      res.end(JSON.stringify({ isWorker, id, own: pid === process.pid, raw: raw.address().port > 0, udp: udp.address().port > 0, pid }))
    }).listen(3000).on('close', () => console.error('closed ' + process.pid))
  }`

for (const where of ['--workers=2', '--threads=2']) {
  test(`a file that starts workers by node:cluster is a worker of it, with the number of its worker: ${where}`, async t => {
    const server = await served(t, 'server.mjs', CLUSTERED, [where])
    const { isWorker, id, own, raw, udp } = JSON.parse(await textOf(server))
    assert.deepEqual([isWorker, own, raw, udp], [true, true, true, true])
    assert.ok(id === 1 || id === 2, `the number is ${id}`)
    assert.equal((await server.stop()).code, 0)
  })
}

test('cluster.worker.disconnect has the worker replaced', async t => {
  const server = await served(t, 'server.mjs', CLUSTERED, ['--workers=1'])
  const closed = server.seen(/closed \d+/)
  const { pid } = JSON.parse(await textOf(server, '/leave'))
  await closed
  assert.notEqual(JSON.parse(await textOf(server)).pid, pid)
})

test('without workers a file is the primary of node:cluster, and is refused what it starts', async () => {
  const cwd = folderWith({ 'server.mjs': CLUSTERED })
  const { code, stderr } = await runStarlight(['--port=0', '--workers=0', 'server.mjs'], { cwd })
  assert.equal(code, 4)
  assert.match(stderr, /Cannot fork by node:cluster/)
})

test('--check-config loads a file that listens and opens nothing', async () => {
  const text = `const server = require('node:http').createServer(() => {})
    server.listen(3000, () => console.error('handle ' + server._handle.fd))`
  const cwd = folderWith({ 'server.js': text })
  const { code, stdout } = await runStarlight(['--check-config', '--port=5001', 'server.js'], { cwd })
  assert.equal(code, 0)
  assert.match(stdout, /Configuration is fine: .*server\.js is a node application/)
})

test('--check-config opens none of several servers, which all see themselves listening', async () => {
  const text = `const net = require('node:net'), http = require('node:http')
    const servers = [http.createServer(() => {}), http.createServer(() => {}), net.createServer(), net.createServer(), net.createServer()]
    const places = [3000, 3001, 3002, 0, 'own.sock']
    for (const [i, server] of servers.entries()) server.listen(places[i], () => console.log('handle ' + server._handle.fd))`
  const cwd = folderWith({ 'server.js': text })
  for (const more of [[], ['--no-adopt']]) {
    const { stdout, stderr } = await runStarlight(['--check-config', ...more, 'server.js'], { cwd })
    assert.equal(count(stdout, 'handle -1'), 5, stdout + stderr)
    assert.doesNotMatch(stdout, /handle \d/)
  }
})

test('--check-config tells a file that listens the address that it asks for', async () => {
  const text = `const server = require('node:http').createServer(() => {})
    server.listen(3000, '127.0.0.9', () => console.log('at ' + JSON.stringify(server.address())))`
  const cwd = folderWith({ 'server.js': text })
  const { code, stdout } = await runStarlight(['--check-config', 'server.js'], { cwd })
  assert.equal(code, 0)
  assert.match(stdout, /at {"address":"127\.0\.0\.9","family":"IPv4","port":3000}/)
  assert.match(stdout, /to be served on 127\.0\.0\.9:3000 with/)
})
