// Every example, started with the real command, asked by real clients.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Agent, fetch, type RequestInit } from 'undici'
import { WebSocket } from 'ws'
import { writeCertificate } from '../support/certificate.ts'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Talk {
  readonly path: string
  readonly init?: RequestInit
  /** The body, or what it must match. */
  readonly gives: string | RegExp
  readonly status?: number
  readonly type?: RegExp
}

const json = (value: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})
const bytes = Buffer.alloc(3_000_000, 'starlight')

const EXAMPLES: Readonly<Record<string, readonly Talk[]>> = {
  'hello.ts': [
    { path: '/', gives: 'Hello world\n', type: /^text\/plain; charset=utf-8$/ },
    { path: '/J%C3%BCrgen', gives: 'Hello Jürgen\n' },
  ],
  'hello-fetch.ts': [
    { path: '/some/where?x', gives: '{"hello":"/some/where","from":"127.0.0.1"}', type: /json/ },
    { path: '/', init: { method: 'POST', body: 'grüezi' }, gives: 'You sent: grüezi\n' },
  ],
  'hello-node.ts': [{ path: '/x?y', gives: 'Hello from Node style, you asked for /x?y\n', type: /^text\/plain/ }],
  'hono.ts': [
    { path: '/', gives: 'Hello from Hono\n' },
    { path: '/users/7', gives: '{"id":"7"}', type: /json/ },
    { path: '/echo', init: json({ a: [1] }), gives: '{"a":[1]}' },
    { path: '/nowhere', gives: /Not Found/i, status: 404 },
  ],
  'express.ts': [
    { path: '/', gives: 'Hello from Express\n', type: /^text\/plain/ },
    { path: '/echo', init: json({ a: [1] }), gives: '{"a":[1]}' },
    { path: '/nowhere', gives: /Cannot GET \/nowhere/, status: 404 },
  ],
  'fastify.ts': [
    { path: '/', gives: 'Hello from Fastify\n' },
    { path: '/echo', init: json({ a: [1] }), gives: '{"a":[1]}' },
    { path: '/nowhere', gives: /Route GET:\/nowhere not found/, status: 404 },
  ],
  'koa.ts': [{ path: '/', gives: 'Hello from Koa\n' }],
  'streaming.ts': [
    { path: '/?count=2&ms=1', gives: 'data: 2\n\ndata: 1\n\ndata: lift-off\n\n', type: /^text\/event-stream/ },
  ],
  'upload.ts': [
    {
      path: '/',
      init: { method: 'PUT', body: bytes },
      gives: JSON.stringify({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }),
    },
    { path: '/', gives: 'Send me a body\n', status: 400 },
  ],
  'tls.ts': [{ path: '/', gives: 'Everybody on the way can read this\n' }],
  'websocket.ts': [{ path: '/', gives: 'Speak WebSocket to me\n', status: 426 }],
}

for (const [file, talks] of Object.entries(EXAMPLES)) {
  test(`examples/${file} answers as it says`, async () => {
    await using server = await startStarlight(['--workers=1', '--host=127.0.0.1', '--port=0', `examples/${file}`], {
      cwd: ROOT,
    })
    const dispatcher = new Agent()
    for (const talk of talks) await check(server, talk, dispatcher)
    // A client that has left is nobody to wait for: the stop below is quick.
    await dispatcher.close()
    assert.deepEqual(await server.stop(), { code: 0, signal: null })
  })
}

test('every example is in the table', () => {
  const files = readdirSync(join(ROOT, 'examples')).filter(
    name => name.endsWith('.ts') && name !== 'starlight.config.ts',
  )
  assert.deepEqual(files.sort(), Object.keys(EXAMPLES).sort())
})

test('examples/tls.ts is encrypted with --ssl', async () => {
  const { keyFile, certFile, cert } = writeCertificate(temporaryFolder('tls'))
  const ssl = ['--ssl=1', `--ssl-key-file=${keyFile}`, `--ssl-cert-file=${certFile}`]
  await using server = await startStarlight(
    ['--workers=1', '--host=127.0.0.1', '--port=0', ...ssl, 'examples/tls.ts'],
    { cwd: ROOT },
  )
  const dispatcher = new Agent({ connect: { ca: cert } })
  const response = await fetch(`https://127.0.0.1:${server.port}/`, { dispatcher })
  assert.equal(await response.text(), 'Nobody on the way can read this\n')
  await dispatcher.close()
})

test('examples/websocket.ts sends back what it gets', async () => {
  await using server = await startStarlight(['--workers=1', '--host=127.0.0.1', '--port=0', 'examples/websocket.ts'], {
    cwd: ROOT,
  })
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`)
  const heard: string[] = []
  socket.on('message', data => {
    heard.push(String(data))
    if (heard.length === 1) socket.send('echo me')
    else socket.close()
  })
  await once(socket, 'close')
  assert.deepEqual(heard, ['hello', 'echo me'])
})

test('examples/starlight.config.ts starts two workers and writes the access log', async () => {
  const args = ['--config=examples/starlight.config.ts', '--listen=127.0.0.1:0']
  await using server = await startStarlight(args, { cwd: ROOT })
  assert.equal(server.workers().length, 2)
  const dispatcher = new Agent()
  await check(server, { path: '/you', gives: 'Hello you\n' }, dispatcher)
  await dispatcher.close()
  await server.printed(/^127\.0\.0\.1 "GET \/you HTTP\/1\.1" 200 10 \d+ ms$/m)
})

async function check(server: StarlightProcess, talk: Talk, dispatcher: Agent): Promise<void> {
  const { path, init, gives, status = 200, type } = talk
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, dispatcher })
  const text = await response.text()
  assert.equal(response.status, status)
  if (typeof gives === 'string') assert.equal(text, gives)
  else assert.match(text, gives)
  if (type !== undefined) assert.match(response.headers.get('content-type') ?? '', type)
}
