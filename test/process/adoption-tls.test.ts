// Servers that an application has made with its own keys and limits.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as startRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { createConnection } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { makeCertificate } from '../support/certificate.ts'
import { runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { count, folderWith, served, textOf } from './adoption-support.ts'
import { ask, until } from './supervisor-support.ts'

const own = makeCertificate('own')
const other = makeCertificate('other', { names: ['other.example'] })
const renewed = makeCertificate('renewed')
const FILES = {
  'own.key': own.key,
  'own.crt': own.cert,
  'other.key': other.key,
  'other.crt': other.cert,
  'new.key': renewed.key,
  'new.crt': renewed.cert,
}
const PAIR = `key: readFileSync('own.key'), cert: readFileSync('own.crt')`

const HTTPS = `
const { readFileSync } = require('node:fs')
const { createSecureContext } = require('node:tls')
const other = createSecureContext({ key: readFileSync('other.key'), cert: readFileSync('other.crt') })
const server = require('node:https').createServer({ ${PAIR}, SNICallback: (name, done) => done(null, name === 'other.example' ? other : undefined) }, (req, res) => {
  if (req.url === '/renew') server.setSecureContext({ key: readFileSync('new.key'), cert: readFileSync('new.crt') })
  res.end(JSON.stringify([req.socket.encrypted, req.socket.getCipher !== undefined, req.socket.server === server]))
})
server.on('tlsClientError', error => console.error('the application hears of ' + error.code))
server.listen(3000)
`

async function serving(t: TestContext, text: string, args: readonly string[]): Promise<StarlightProcess> {
  const cwd = folderWith({ ...FILES, 'server.js': text })
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, 'server.js'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  return server
}

const portOf = (server: StarlightProcess): number => Number(new URL(server.url).port)

/** The name in the certificate that a client gets, and the protocol. */
async function hello(server: StarlightProcess, servername = '', protocols?: string[]): Promise<[string, unknown]> {
  const client: TLSSocket = connect({
    ...{ port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false, servername },
    ...(protocols && { ALPNProtocols: protocols }),
  })
  await once(client, 'secureConnect')
  const found: [string, unknown] = [String(client.getPeerCertificate().subject.CN), client.alpnProtocol]
  client.destroy()
  return found
}

function asked(server: StarlightProcess, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port: portOf(server), host: '127.0.0.1', path, rejectUnauthorized: false, agent: false }
    request(options, async response => {
      let text = ''
      for await (const piece of response) text += String(piece)
      resolve(text)
    })
      .on('error', reject)
      .end()
  })
}

for (const args of [['--workers=2'], ['--workers=0'], ['--workers=1', '--balance=round-robin'], ['--threads=2']]) {
  test(`an https server is served with its key, its SNICallback, and what it is given later: ${args}`, async t => {
    const server = await serving(t, HTTPS, args)
    assert.match(server.url, /^https:/)
    assert.match(server.stderr, /Starlight serves this server, by TLS with its own key and certificate/)
    assert.deepEqual(await hello(server), ['own', false])
    assert.deepEqual(await hello(server, 'other.example', ['h2', 'http/1.1']), ['other', 'http/1.1'])
    assert.equal(await asked(server, '/'), '[true,true,true]')
    const plain = createConnection(portOf(server), '127.0.0.1').on('error', () => undefined)
    plain.end('GET / HTTP/1.0\r\n\r\n')
    await server.seen(/the application hears of \w+/)
    if (args[0] === '--workers=0') {
      await asked(server, '/renew')
      assert.deepEqual(await hello(server), ['renewed', false])
    }
    // Somebody who says nothing is in a handshake, and holds no end up.
    const silent = createConnection(portOf(server), '127.0.0.1').on('error', () => undefined)
    await once(silent, 'connect')
    t.after(() => silent.destroy())
    assert.equal((await server.stop()).code, 0)
  })
}

test('a secure server of node:http2 has HTTP/2, unless --no-http2 says otherwise; one that is exported is the same', async t => {
  const text = `const { readFileSync } = require('node:fs')
    module.exports = require('node:http2').createSecureServer({ ${PAIR}, allowHTTP1: true }, (req, res) => res.end('over ' + req.httpVersion))`
  const server = await serving(t, text, ['--workers=1'])
  assert.match(server.stderr, /The application’s own https server is served, by TLS/)
  assert.deepEqual(await hello(server, '', ['h2', 'http/1.1']), ['own', 'h2'])
  assert.equal(await asked(server, '/'), 'over 1.1')
  const session = connectHttp2(server.url, { rejectUnauthorized: false })
  const stream = session.request({ ':path': '/' })
  let over = ''
  for await (const piece of stream) over += String(piece)
  session.close()
  assert.equal(over, 'over 2.0')
  const without = await serving(t, text, ['--workers=1', '--no-http2'])
  assert.deepEqual(await hello(without, '', ['h2', 'http/1.1']), ['own', 'http/1.1'])
})

test('an option of TLS counts more, and --no-ssl switches it off', async t => {
  const server = await serving(t, HTTPS, ['--workers=1', '--ssl', '--ssl-key-file=new.key', '--ssl-cert-file=new.crt'])
  assert.deepEqual(await hello(server, 'other.example'), ['renewed', false])
  const plain = await serving(t, HTTPS, ['--workers=1', '--no-ssl'])
  assert.equal(await textOf(plain), '[null,false,true]')
  assert.match(plain.stderr, /serves this server, without TLS \(--no-ssl\)/)
})

const LIMITED = `
const server = require('node:http').createServer((req, res) => {
  if (req.url === '/slow') return
  if (req.url === '/late') server.keepAliveTimeout = 61_000
  res.end('ok')
})
server.listen(3000, () => { server.maxRequestsPerSocket = 3 })
server.keepAliveTimeout = 7_000
server.headersTimeout = 400
server.on('timeout', socket => { console.error('timeout'); socket.destroy() })
server.timeout = 300
`

/** What a client without manners sees before it is cut. */
async function sent(server: StarlightProcess, bytes: string): Promise<string> {
  const client = createConnection(portOf(server), '127.0.0.1')
  client.write(bytes)
  let text = ''
  client.on('data', piece => {
    text += String(piece)
  })
  // With what was not read any more the end is a reset.
  client.on('error', () => undefined)
  await new Promise(resolve => client.on('close', resolve))
  return text
}

test('the limits that an application sets on its server hold for its connections, and options count more', async t => {
  const server = await served(t, 'server.js', LIMITED, ['--workers=1'])
  assert.equal(await keepAliveOf(server, '/'), 'timeout=7')
  assert.match(await sent(server, 'GET / HTTP/1.1\r\nHost: '), / 408 /)
  assert.equal(await sent(server, 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'), '')
  await server.seen(/timeout/)
  const three = await sent(server, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4))
  assert.equal(count(three, '200 OK'), 3)
  assert.doesNotMatch(server.stderr, /Cannot keep to/)
  await ask(`${server.url}/late`)
  await until(async () => (await keepAliveOf(server, '/')) === 'timeout=61', 'what is set later holds')
  const optioned = await served(t, 'server.js', LIMITED, [
    '--workers=1',
    '--keepalive-timeout=9',
    '--max-keepalive-reqs=2',
  ])
  assert.equal(await keepAliveOf(optioned, '/late'), 'timeout=9')
  assert.equal(await keepAliveOf(optioned, '/'), 'timeout=9')
  assert.equal(count(await sent(optioned, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4)), '200 OK'), 2)
})

function keepAliveOf(server: StarlightProcess, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      port: portOf(server),
      host: '127.0.0.1',
      path,
      headers: { connection: 'keep-alive' },
      agent: false as const,
    }
    startRequest(options, response => {
      resolve(String(response.headers['keep-alive']))
      response.socket.destroy()
    })
      .on('error', reject)
      .end()
  })
}

test('--check-config opens nothing, and says nothing of what is kept to', async () => {
  const cwd = folderWith({ ...FILES, 'server.js': `${HTTPS}\nserver.keepAliveTimeout = 1` })
  const { code, stderr, stdout } = await runStarlight(['--check-config', 'server.js'], { cwd })
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /is a node application, to be served on port 3000/)
})
