// WebSockets of whole servers, for each kind of application and for files that listen by themselves: what a reload does to open ones.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { writeCertificate } from '../support/certificate.ts'
import { ROOT } from '../support/root.ts'
import { openSocket, refusal } from '../support/websockets.ts'
import { folderWith, served, textOf } from './adoption-support.ts'

/** Each sends back what it gets, behind "you: ", and answers other requests with "ok". */
const APPLICATIONS: Readonly<Record<string, readonly [name: string, text: string]>> = {
  'info.upgrade of a plain fetch application': [
    'app.mjs',
    `export const fetch = (request, info) => {
       if (!request.headers.has('upgrade')) return new Response('ok')
       const { socket, response } = info.upgrade()
       socket.addEventListener('message', ({ data }) => socket.send('you: ' + data))
       return response
     }`,
  ],
  'crossws hooks of h3': [
    'app.mjs',
    `import { H3, defineWebSocketHandler } from 'h3'
     export default new H3()
       .get('/', () => 'ok')
       .get('/chat', defineWebSocketHandler({ message: (peer, message) => peer.send('you: ' + message.text()) }))`,
  ],
  'an export named websocket': [
    'app.mjs',
    `export default {
       fetch: () => new Response('ok'),
       websocket: { message: (peer, message) => peer.send('you: ' + message.text()) },
     }`,
  ],
  'PSGI style': [
    'app.cjs',
    `module.exports = env => {
       if (env.HTTP_UPGRADE === undefined) return [200, [], ['ok']]
       const { socket, response } = env['starlight.upgrade']()
       socket.on('message', data => socket.send('you: ' + data))
       return response
     }`,
  ],
  'ws on an exported http.Server': [
    'app.mjs',
    `import { createServer } from 'node:http'
     import { WebSocketServer } from 'ws'
     const server = createServer((req, res) => res.end('ok'))
     new WebSocketServer({ server }).on('connection', socket => socket.on('message', data => socket.send('you: ' + data)))
     export default server`,
  ],
  'express-ws, listening by itself': [
    'server.js',
    `const app = require('express')()
     require('express-ws')(app)
     app.get('/', (req, res) => res.send('ok'))
     app.ws('/chat', socket => socket.on('message', data => socket.send('you: ' + data)))
     app.listen(3000)`,
  ],
  '@hono/node-ws, listening by itself': [
    'server.mjs',
    `import { serve } from '@hono/node-server'
     import { createNodeWebSocket } from '@hono/node-ws'
     import { Hono } from 'hono'
     const app = new Hono()
     const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app })
     app.get('/', c => c.text('ok'))
     app.get('/chat', upgradeWebSocket(() => ({ onMessage: (event, socket) => socket.send('you: ' + event.data) })))
     injectWebSocket(serve({ fetch: app.fetch, port: 3000 }))`,
  ],
  'the server plugin of crossws on srvx, listening by itself': [
    'server.mjs',
    `import { serve } from 'crossws/server'
     serve({
       port: 3000,
       fetch: () => new Response('ok'),
       websocket: { message: (peer, message) => peer.send('you: ' + message.text()) },
     })`,
  ],
}

for (const [kind, [name, text]] of Object.entries(APPLICATIONS)) {
  test(`a reload tells open WebSockets 1001, closes none otherwise, and new ones open: ${kind}`, async t => {
    const server = await served(t, name, text)
    const url = `${server.url.replace('http', 'ws')}/chat`
    assert.equal(await (await fetch(`${server.url}/`, { headers: { connection: 'close' } })).text(), 'ok')
    const clients = await Promise.all(Array.from({ length: 20 }, () => openSocket(url)))
    for (const { socket } of clients) socket.send('before')
    assert.deepEqual(new Set(await Promise.all(clients.map(({ next }) => next()))), new Set(['you: before']))
    server.signal('SIGHUP')
    // Messages go on until the end of each: none may be an error.
    const talk = setInterval(() => {
      for (const { socket } of clients) if (socket.readyState === 1) socket.send('more')
    }, 5)
    const codes = await Promise.all(clients.map(async ({ closed }) => (await closed).code))
    clearInterval(talk)
    assert.deepEqual(new Set(codes), new Set([1001]))
    const later = await openSocket(url)
    later.socket.send('after')
    assert.equal(await later.next(), 'you: after')
    server.signal('SIGTERM')
    assert.equal((await later.closed).code, 1001)
    assert.equal((await server.exited).code, 0)
    assert.doesNotMatch(server.stderr, /error|Cut after|uncaught/i)
  })
}

test('with the sync driver of crossws, what a peer publishes reaches the peers of all workers', async t => {
  const text = `
    import { workers } from '${pathToFileURL(join(ROOT, 'dist', 'bundle', 'crossws.js')).href}'
    export default {
      fetch: () => new Response('ok'),
      websocket: {
        options: { node: { sync: workers() } },
        open: peer => {
          peer.subscribe('news')
          peer.send(process.env.STARLIGHT_WORKER)
        },
        message: (peer, message) => peer.publish('news', message.text()),
      },
    }`
  // In turn: each worker has a peer.
  const server = await served(t, 'app.mjs', text, ['--workers=4', '--balance=round-robin'])
  const clients = await Promise.all(Array.from({ length: 8 }, () => openSocket(server.url.replace('http', 'ws'))))
  const numbers = await Promise.all(clients.map(({ next }) => next()))
  assert.equal(new Set(numbers).size, 4)
  for (const [i, { socket }] of clients.entries()) {
    socket.send(`of ${i}`)
    // The publisher itself gets nothing, and nobody anything twice: the next round would show it.
    const others = clients.filter(client => client.socket !== socket)
    assert.deepEqual(new Set(await Promise.all(others.map(({ next }) => next()))), new Set([`of ${i}`]))
  }
  for (const { socket } of clients) socket.terminate()
})

test('over TLS a WebSocket works, its client is known, and the access log has its line', async t => {
  const { certFile, keyFile } = writeCertificate(folderWith({}))
  const text = `export const fetch = (request, info) => {
    const { socket, response } = info.upgrade()
    socket.send(new URL(request.url).protocol + ' ' + info.remoteAddress + ' ' + info.isEncrypted)
    return response
  }`
  const tls = ['--ssl', `--ssl-cert-file=${certFile}`, `--ssl-key-file=${keyFile}`, '--access-log=-', '--workers=1']
  const server = await served(t, 'app.mjs', text, tls)
  const client = await openSocket(`${server.url.replace('http', 'ws')}/chat`, [], { rejectUnauthorized: false })
  assert.equal(await client.next(), 'https: 127.0.0.1 true')
  await server.stop()
  assert.match(server.stdout + server.stderr, /"GET \/chat HTTP\/1\.1" 101 /)
})

test('the library of WebSockets is loaded by the first one, not by requests before it', async t => {
  const text = `const { cache } = require
    module.exports = env => {
      if (env.HTTP_UPGRADE === undefined) return [200, [], [String(Object.keys(cache).some(file => /node_modules.ws./.test(file)))]]
      return env['starlight.upgrade']().response
    }`
  const server = await served(t, 'app.cjs', text, ['--workers=1'])
  assert.equal(await textOf(server), 'false')
  const client = await openSocket(`${server.url.replace('http', 'ws')}/`)
  assert.equal(await textOf(server), 'true')
  client.socket.terminate()
})

test('a client that does not answer 1001 is cut when the graceful timeout is over', async t => {
  const [name, text] = APPLICATIONS['PSGI style']!
  const server = await served(t, name, text, ['--workers=1', '--graceful-timeout=0.5'])
  const client = await openSocket(`${server.url.replace('http', 'ws')}/`)
  client.socket.pause()
  assert.equal((await server.stop()).code, 0)
  client.socket.resume()
  assert.notEqual((await client.closed).code, 1000)
})

test('more connections than --max-connections are refused, WebSockets as well', async t => {
  const [name, text] = APPLICATIONS['PSGI style']!
  const server = await served(t, name, text, ['--workers=1', '--max-connections=1'])
  const url = `${server.url.replace('http', 'ws')}/`
  const client = await openSocket(url)
  assert.equal((await refusal(url)).status, 503)
  client.socket.terminate()
})
