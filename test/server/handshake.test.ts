// A client that leaves before its handshake is over holds nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { createServer, type Server } from '../../src/server/http-server.ts'
import { writeCertificate } from '../support/certificate.ts'
import { deferred } from '../support/listening.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** No test waits so long: what closes in time was not closed by the deadline. */
const HANDSHAKE_MS = 3_600_000

const nothing = (): void => undefined

/** A server; `refused` resolves when it has given up a client, with its words. */
async function serveTls(t: TestContext, isFed = false): Promise<{ port: number; refused: Promise<string> }> {
  const tls = { ...writeCertificate(temporaryFolder(t, 'handshake')), verifyMode: 0 }
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
  return { port: isFed ? await feeding(t, server) : port, refused: refusal.promise }
}

/** The port of somebody who accepts for the server, as the balances do that do not leave it to the kernel. */
async function feeding(t: TestContext, server: Server): Promise<number> {
  const front = createNetServer({ pauseOnConnect: true, allowHalfOpen: true }, socket => server.take(0, socket))
  t.after(() => front.close())
  await once(front.listen(0, '127.0.0.1'), 'listening')
  return (front.address() as AddressInfo).port
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
