// A client that leaves before its handshake is over holds nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  type AddressInfo,
  connect,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import { Duplex } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { createServer, type Server } from '../../src/server/http-server.ts'
import { writeCertificate } from '../support/certificate.ts'
import { deferred } from '../support/listening.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** No test waits so long: what closes in time was not closed by the deadline. */
const HANDSHAKE_MS = 3_600_000

const nothing = (): void => undefined

interface Serving {
  readonly port: number
  readonly server: Server
  /** Resolves when it has given up a client, with its words. */
  readonly refused: Promise<string>
  /** Resolves when the first client has been taken from another process. */
  readonly taken: Promise<unknown> | undefined
}

/** `isFed`: clients are taken from another process. */
async function serveTls(t: TestContext, isFed = false): Promise<Serving> {
  const tls = { ...writeCertificate(temporaryFolder('handshake')), verifyMode: 0 }
  const refusal = deferred<string>()
  const server = createServer({
    handler: async exchange => exchange.answer(200, [], 'hello'),
    log: { debug: refusal.resolve, info: nothing, warn: nothing, error: nothing },
    settings: { headTimeoutMs: HANDSHAKE_MS },
  })
  t.after(() => server.close())
  const address = { kind: 'tcp', host: '127.0.0.1', port: 0, tls } as const
  const bound = await server.listen(address, { isFed })
  const port = 'port' in bound ? bound.port : 0
  const refused = refusal.promise
  if (!isFed) return { port, server, refused, taken: undefined }
  const front = await feeding(t, server)
  return { port: (front.address() as AddressInfo).port, server, refused, taken: once(front, 'connection') }
}

/** Somebody who accepts for the server, as the balances do that do not leave it to the kernel. */
async function feeding(t: TestContext, server: Server): Promise<NetServer> {
  const front = createNetServer({ pauseOnConnect: true, allowHalfOpen: true }, socket => server.take(0, socket))
  t.after(() => front.close())
  await once(front.listen(0, '127.0.0.1'), 'listening')
  return front
}

/** The first bytes that a TLS client sends. */
async function clientHello(t: TestContext): Promise<Buffer> {
  const server = createNetServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  client.on('error', nothing)
  const [peer] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(peer, 'data')) as [Buffer]
  peer.destroy()
  client.destroy()
  return hello
}

const SENT: Readonly<Record<string, (hello: Buffer) => Buffer>> = {
  'no byte': () => Buffer.alloc(0),
  'half a record head': hello => hello.subarray(0, 3),
  'half a ClientHello': hello => hello.subarray(0, hello.length >> 1),
  'a ClientHello': hello => hello,
  'a ClientHello and half a record': hello => Buffer.concat([hello, hello.subarray(0, 20)]),
}

for (const [what, cut] of Object.entries(SENT)) {
  for (const farewell of ['a FIN', 'a reset']) {
    for (const isFed of [false, true]) {
      test(`a client that sends ${what} and ${farewell} is let go at once${isFed ? ', taken from another process' : ''}`, async t => {
        const { port, refused } = await serveTls(t, isFed)
        const bytes = cut(await clientHello(t))
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
        t.after(() => socket.destroy())
        const closed = once(socket.on('error', nothing).resume(), 'close')
        if (farewell === 'a FIN') {
          socket.end(bytes)
        } else {
          await new Promise<void>(resolve => socket.write(bytes, () => resolve()))
          socket.resetAndDestroy()
        }
        assert.match(await refused, /^Refused \(tls-handshake\): /)
        await closed
      })
    }
  }
}

test('a client that ends its side behind its request, after the handshake, is answered', async t => {
  const { port } = await serveTls(t)
  const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const socket = connectTls({ socket: raw, rejectUnauthorized: false })
  t.after(() => socket.destroy())
  let answer = ''
  socket.setEncoding('latin1').on('data', text => {
    answer += text
  })
  socket.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'close')
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello$/)
})

test('a drain waits for a client in its handshake, which is served', async t => {
  const { port, server, taken } = await serveTls(t, true)
  const held = heldBack(t, port)
  const client = connectTls({ socket: held.stream, rejectUnauthorized: false })
  t.after(() => client.destroy())
  await taken
  const drained = server.drain(HANDSHAKE_MS)
  held.goOn()
  await once(client, 'secureConnect')
  let text = ''
  client.setEncoding('latin1').on('data', piece => (text += piece))
  const ended = once(client, 'end')
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await Promise.all([drained, ended])
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello$/)
})

for (const end of ['drain', 'close', 'a drain whose grace is over'] as const) {
  test(`${end}: a client that stays in its handshake holds nobody up`, async t => {
    const { port, server, taken } = await serveTls(t, true)
    const held = heldBack(t, port)
    connectTls({ socket: held.stream, rejectUnauthorized: false }).on('error', nothing)
    await taken
    await (end === 'close' ? server.close() : server.drain(end === 'drain' ? HANDSHAKE_MS : 1))
  })
}

/** A connection whose first bytes stop half-way until `goOn`. */
function heldBack(t: TestContext, port: number): { stream: Duplex; goOn(): void } {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', nothing)
  t.after(() => socket.destroy())
  const going = deferred()
  let isFirst = true
  const stream = new Duplex({
    read: nothing,
    final: done => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
    write(piece: Buffer, _encoding, done) {
      if (!isFirst) {
        socket.write(piece, done)
        return
      }
      isFirst = false
      socket.write(piece.subarray(0, 10))
      void going.promise.then(() => socket.write(piece.subarray(10), done))
    },
  })
  socket.on('data', piece => stream.push(piece)).on('end', () => stream.push(null))
  return { stream, goOn: () => going.resolve() }
}
