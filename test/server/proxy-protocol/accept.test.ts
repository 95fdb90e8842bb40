// Clients behind a proxy that speaks the PROXY protocol, on every kind of listener.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { ProxyHeader } from '../../../src/app/proxy-header.ts'
import type { ListenAddress } from '../../../src/config/listen/address.ts'
import { createServer, type Server, type ServerSettings } from '../../../src/server/http-server.ts'
import { DEFAULT_FORWARDING, type TrustedNetwork } from '../../../src/server/settings.ts'
import { writeCertificate } from '../../support/certificate.ts'
import { proxyV2, tlv } from '../../support/proxy-header.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const LOOPBACK: TrustedNetwork[] = ['unix', { address: '127.0.0.0', prefix: 8, family: 'ipv4' }]
const V1 = 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'
const V4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 0x04, 0x01, 0xbb])
const SSL = tlv(0x20, Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), tlv(0x21, 'TLSv1.3')]))
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

const nothing = (): void => undefined

/** All but what `facts` has already. */
function told(header: ProxyHeader | undefined): object {
  const { remoteAddress, remotePort, localAddress, localPort, source, ...rest } = header ?? {}
  return rest
}

interface Serving {
  readonly place: { readonly port: number; readonly host: string } | { readonly path: string }
  readonly server: Server
}

interface Serve {
  readonly listen?: Partial<ListenAddress>
  readonly settings?: Partial<ServerSettings>
  /** Whether clients are taken from another process. */
  readonly isFed?: boolean
}

/** Answers with what it knows of its client. */
async function serve(t: TestContext, { listen = {}, settings = {}, isFed = false }: Serve = {}): Promise<Serving> {
  const server = createServer({
    handler: exchange => {
      const { peer } = exchange
      const facts = {
        remote: `${peer.remoteAddress}:${peer.remotePort}`,
        local: `${peer.localAddress}:${peer.localPort}`,
        server: `${peer.serverName}:${peer.serverPort}`,
        isEncrypted: peer.isEncrypted,
        ...told(peer.proxyHeader),
      }
      exchange.answer(200, [], JSON.stringify(facts))
      return undefined
    },
    settings: { forwarding: { ...DEFAULT_FORWARDING, trusted: LOOPBACK, isExplicit: true }, ...settings },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  })
  t.after(() => server.close())
  const tcp = { kind: 'tcp', host: '127.0.0.1', port: 0, proxy: true } as const
  const bound = await server.listen({ ...tcp, ...listen } as ListenAddress, { isFed })
  if ('path' in bound) return { place: bound, server }
  if (!isFed) return { place: { host: '127.0.0.1', port: bound.port }, server }
  const front = createNetServer({ pauseOnConnect: true, allowHalfOpen: true }, socket => server.take(0, socket))
  t.after(() => front.close())
  await once(front.listen(0, '127.0.0.1'), 'listening')
  return { place: { host: '127.0.0.1', port: (front.address() as AddressInfo).port }, server }
}

/** What the server sends to a client that sends this, up to the end. */
async function exchange(t: TestContext, { place }: Serving, ...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(place)
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const text = textOf(socket)
  for (const piece of pieces) await new Promise(resolve => socket.write(piece, resolve))
  return await text
}

async function textOf(socket: Duplex): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', chunk => (text += chunk))
  await once(socket, 'close')
  return text
}

function seen(text: string): unknown {
  assert.match(text, /^HTTP\/1\.1 200 /)
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
}

const CLIENT = { remote: '192.0.2.1:56324', local: '198.51.100.7:443', server: '198.51.100.7:443' }

for (const isFed of [false, true]) {
  const how = isFed ? ', taken from another process' : ''
  test(`version 1 names the client${how}`, async t => {
    const facts = seen(await exchange(t, await serve(t, { isFed }), V1 + GET))
    assert.deepEqual(facts, { ...CLIENT, isEncrypted: false, version: 1 })
  })

  test(`version 2 names the client${how}`, async t => {
    const header = proxyV2(0x11, Buffer.concat([V4, tlv(0x02, 'www.example.org'), SSL]))
    const facts = seen(await exchange(t, await serve(t, { isFed }), Buffer.concat([header, Buffer.from(GET)])))
    const ssl = { hasCertificate: false, isVerified: false, version: 'TLSv1.3' }
    assert.deepEqual(facts, { ...CLIENT, isEncrypted: true, version: 2, authority: 'www.example.org', ssl })
  })

  test(`TLS comes behind the header${how}`, async t => {
    const tls = { ...writeCertificate(temporaryFolder('proxied')), verifyMode: 0 }
    const { place } = await serve(t, { listen: { tls }, isFed })
    const raw = connect(place as { port: number })
    await once(raw, 'connect')
    raw.write(V1)
    const socket = connectTls({ socket: raw, rejectUnauthorized: false })
    t.after(() => socket.destroy())
    socket.write(GET)
    assert.deepEqual(seen(await textOf(socket)), { ...CLIENT, isEncrypted: true, version: 1 })
  })
}

test('header and request may come in pieces of one byte', async t => {
  const facts = seen(await exchange(t, await serve(t), ...(V1 + GET)))
  assert.deepEqual(facts, { ...CLIENT, isEncrypted: false, version: 1 })
})

for (const [what, header] of [
  ['LOCAL', proxyV2(0x11, V4, 0x20)],
  ['UNKNOWN', Buffer.from('PROXY UNKNOWN 192.0.2.1 198.51.100.7 56324 443\r\n')],
] as const) {
  test(`${what} leaves the addresses of the connection`, async t => {
    const facts = seen(await exchange(t, await serve(t), Buffer.concat([header, Buffer.from(GET)]))) as typeof CLIENT
    assert.match(facts.remote, /^127\.0\.0\.1:/)
    assert.match(facts.local, /^127\.0\.0\.1:/)
  })
}

test('X-Forwarded-For is believed of the client that the header names, and of nobody else', async t => {
  const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n'
  const serving = await serve(t)
  assert.equal((seen(await exchange(t, serving, V1 + get)) as typeof CLIENT).remote, CLIENT.remote)
  const inner = seen(await exchange(t, serving, V1.replace('192.0.2.1', '127.0.0.9') + get)) as typeof CLIENT
  assert.match(inner.remote, /^203\.0\.113\.9:/)
})

test('HTTP/2 comes behind the header', async t => {
  const { place } = await serve(t, { listen: { h2c: true } })
  const raw = connect(place as { port: number })
  await once(raw, 'connect')
  raw.write(V1)
  const session = connectHttp2('http://a', { createConnection: () => raw })
  t.after(() => session.destroy())
  const stream = session.request({ ':path': '/' })
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  assert.deepEqual(JSON.parse(text), { ...CLIENT, isEncrypted: false, version: 1 })
})

test('on a Unix socket the header names the client, or says that it is on one as well', async t => {
  const path = join(temporaryFolder('proxied'), 'socket')
  const serving = await serve(t, { listen: { kind: 'unix', path } })
  assert.deepEqual(seen(await exchange(t, serving, V1 + GET)), { ...CLIENT, isEncrypted: false, version: 1 })
  const unix = await exchange(t, serving, Buffer.concat([proxyV2(0x31, Buffer.alloc(216)), Buffer.from(GET)]))
  assert.equal((seen(unix) as typeof CLIENT).remote, 'undefined:undefined')
})

// --- who is refused

const REFUSED: Readonly<Record<string, string | Buffer>> = {
  'no header': GET,
  'a wrong header': V1.replace('TCP4', 'TCP6') + GET,
  'a second header': V1 + V1 + GET,
  'a TLS handshake': Buffer.from('16030100', 'hex'),
  'more than a line of version 1': 'PROXY TCP4 192.0.2.1 '.padEnd(4096, '1'),
}

for (const [what, sent] of Object.entries(REFUSED)) {
  test(`${what}: nothing of it reaches the application`, async t => {
    const serving = await serve(t)
    assert.doesNotMatch(await exchange(t, serving, sent), / 200 /)
    assert.equal(serving.server.stats.requests, 0)
    const { refused } = serving.server.stats
    assert.equal(refused['proxy-protocol'] ?? refused['bad-request-line'], 1)
    while (serving.server.stats.connections > 0) await nextTurn()
  })
}

test('a header of somebody who is no proxy is not read', async t => {
  const forwarding = { ...DEFAULT_FORWARDING, trusted: [], isExplicit: true }
  const serving = await serve(t, { settings: { forwarding } })
  assert.equal(await exchange(t, serving, V1 + GET), '')
  assert.deepEqual(serving.server.stats.refused, { 'proxy-protocol': 1 })
})

for (const sent of ['', 'PROXY TCP4', proxyV2(0x11, V4).subarray(0, 20)]) {
  test(`${sent.length} bytes of a header and silence have the time of a head`, async t => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
    const { place, server } = await serve(t, { settings: { headTimeoutMs: 5000 } })
    const socket = connect(place as { port: number })
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    const closed = new Promise(resolve => socket.on('error', nothing).on('close', resolve).resume())
    if (sent.length > 0) await new Promise(resolve => socket.write(sent, resolve))
    while (server.stats.connections === 0) await nextTurn()
    for (let passed = 0; passed < 12_000; passed += 1000) t.mock.timers.tick(1000)
    await closed
    while (server.stats.connections > 0) await nextTurn()
  })
}

test('a drain waits a moment for the header of a client, and for its request behind it', async t => {
  const { place, server } = await serve(t)
  const socket = connect(place as { port: number })
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  while (server.stats.connections === 0) await nextTurn()
  const drained = server.drain(60_000)
  socket.write(V1 + GET)
  assert.match(await textOf(socket), / 200 /)
  await drained
})
