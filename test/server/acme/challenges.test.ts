// What an authority is answered, and that nobody else notices.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { alpnFile, tokenFile } from '../../../src/server/acme/challenge-files.ts'
import { createServer } from '../../../src/server/http-server.ts'
import { makeCertificate, writeCertificate } from '../../support/certificate.ts'
import { listening } from '../../support/listening.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('http-01: a challenge is answered, everything else below its path goes to the application', async t => {
  const folder = temporaryFolder('challenges')
  writeFileSync(tokenFile(folder, 'to-ken_1')!, 'to-ken_1.thumb')
  writeFileSync(join(folder, 'secret'), 'secret')
  const settings = { challenges: { folder, names: ['a.test'] }, redirectToHttps: 443 }
  const { port } = await listening(t, () => undefined, settings)
  const at = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', headers: { connection: 'close' } })
  const answer = await at('/.well-known/acme-challenge/to-ken_1')
  assert.deepEqual([answer.status, await answer.text()], [200, 'to-ken_1.thumb'])
  const others = [
    '/.well-known/acme-challenge/other',
    '/.well-known/acme-challenge/',
    '/.well-known/acme-challenge/..%2fsecret',
    '/x',
  ]
  for (const path of others) assert.equal((await at(path)).status, 308, path)
  assert.equal(tokenFile(folder, '../secret'), undefined)
})

async function secureServer(t: TestContext) {
  const folder = temporaryFolder('challenges')
  const { keyFile, certFile } = writeCertificate(folder, 'server', 'usual')
  const server = createServer({
    settings: { challenges: { folder, names: ['a.test', 'b.test'] }, headTimeoutMs: 300 },
    handler: exchange => void exchange.answer(200, [], 'hello'),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  t.after(() => server.close())
  const bound = await server.listen({
    kind: 'tcp',
    host: '127.0.0.1',
    port: 0,
    tls: { keyFile, certFile, verifyMode: 0 },
  })
  return { server, folder, port: 'port' in bound ? bound.port : 0 }
}

async function shaken(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket
}

test('tls-alpn-01: the authority sees the certificate of the challenge, and all others the usual one', async t => {
  const { server, folder, port } = await secureServer(t)
  const { key, cert } = makeCertificate('challenge', { names: ['a.test'] })
  writeFileSync(alpnFile(folder, 'a.test'), key + cert)
  const authority = await shaken(port, { servername: 'a.test', ALPNProtocols: ['acme-tls/1'] })
  assert.equal(authority.alpnProtocol, 'acme-tls/1')
  assert.equal(new X509Certificate(authority.getPeerCertificate().raw).subject, 'CN=challenge')
  authority.resume()
  await once(authority, 'close')
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const client = await shaken(port, { servername: 'a.test', ALPNProtocols: ['http/1.1'], maxVersion: version })
    assert.equal(String(client.getPeerCertificate().subject.CN), 'usual')
    client.end('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
    let text = ''
    for await (const piece of client) text += piece
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n.*hello$/s)
  }
  // Names without a challenge, and those of nobody here.
  for (const servername of ['b.test', 'c.test', '..'])
    await assert.rejects(shaken(port, { servername, ALPNProtocols: ['acme-tls/1'] }))
  await server.drain(1000)
})

test('who says nothing, leaves or says half of a hello is let go, counted, and holds no end up', async t => {
  const { server, port } = await secureServer(t)
  const begin = async (bytes: Buffer) => {
    const socket = connectPlain(port, '127.0.0.1').on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(bytes)
    socket.resume()
    return socket
  }
  const [silent, half, leaving] = await Promise.all([
    begin(Buffer.alloc(0)),
    begin(Buffer.from([22, 3, 1, 2, 0, 1])),
    begin(Buffer.from([22, 3])),
  ])
  leaving.end()
  await Promise.all([silent, half, leaving].map(socket => once(socket, 'close')))
  assert.equal(server.stats.refused['tls-handshake'], 3)
  await server.drain(1000)
})
