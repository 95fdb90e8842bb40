import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { MessageChannel } from 'node:worker_threads'
import { keepEndPoints, relayedSocket } from '../../src/server/relayed-socket.ts'
import { endPointsOf, relay } from '../../src/supervisor/worker/relay.ts'
import { makeCertificate } from '../support/certificate.ts'

/** A client, the socket that was accepted for it, and the socket that a thread has in its place. */
async function relayed(t: TestContext): Promise<{ client: Socket; accepted: Socket; socket: Socket }> {
  const server: Server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => client.destroy())
  const isConnected = once(client, 'connect')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  await isConnected
  const { port1, port2 } = new MessageChannel()
  const socket = relayedSocket(port2, endPointsOf(accepted))
  relay(accepted, port1)
  t.after(() => {
    socket.destroy()
    accepted.destroy()
    port1.close()
    port2.close()
  })
  return { client, accepted, socket }
}

async function readAll(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = []
  // Not by iteration, whose end destroys the other direction as well.
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  await once(socket, 'end')
  return Buffer.concat(pieces)
}

test('what a client sends and is sent is the same through a relay, in any amount, and each side ends for itself', async t => {
  const { client, socket } = await relayed(t)
  const [question, answer] = [Buffer.alloc(2_000_000, 'q'), Buffer.alloc(3_000_000, 'a')]
  client.end(question)
  assert.ok((await readAll(socket)).equals(question))
  socket.end(answer)
  assert.ok((await readAll(client)).equals(answer))
})

test('it has the addresses of both ends', async t => {
  const { client, socket } = await relayed(t)
  const { localAddress: remoteAddress, localPort: remotePort, remoteAddress: localAddress } = client
  assert.deepEqual(endPointsOf(socket), { remoteAddress, remotePort, localAddress, localPort: client.remotePort })
})

test('nothing more is read for a socket that is not read', async t => {
  const { client, accepted, socket } = await relayed(t)
  client.end(Buffer.alloc(8_000_000))
  await once(socket, 'readable')
  assert.ok(accepted.isPaused())
  assert.equal((await readAll(socket)).length, 8_000_000)
})

test('a reset reaches the client, and one of the client the thread', async t => {
  const one = await relayed(t)
  one.socket.resetAndDestroy()
  const [error] = (await once(one.client, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNRESET')
  const other = await relayed(t)
  other.client.resetAndDestroy()
  await once(other.socket, 'close')
})

test('a client that takes nothing is cut after the time that was set', async t => {
  const { client, socket } = await relayed(t)
  client.pause()
  socket.setTimeout(50)
  socket.write(Buffer.alloc(16_000_000))
  await once(socket, 'close')
})

test('a thread that ends takes its clients with it', async t => {
  const { client, socket } = await relayed(t)
  socket.destroySoon()
  client.resume().end()
  await once(client, 'close')
})

test('TLS over a relay knows its client', async t => {
  const { client, socket } = await relayed(t)
  const server = createTlsServer(makeCertificate())
  server.emit('connection', socket)
  const secured = tlsConnect({ socket: client, rejectUnauthorized: false })
  t.after(() => secured.destroy())
  const [inner] = (await once(server, 'secureConnection')) as [TLSSocket]
  keepEndPoints(inner)
  assert.equal(inner.remoteAddress, '127.0.0.1')
  assert.equal(inner.remotePort, client.localPort)
  inner.end('secret')
  assert.equal((await readAll(secured)).toString(), 'secret')
})
