// The first message of TLS clients, as they send it and as nobody should.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import { readClientHello } from '../../../src/server/acme/client-hello.ts'

/** What Node's client says first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ...options })
  client.on('error', () => undefined)
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

test('name and protocols are read, from however many pieces', async () => {
  const bytes = await helloOf({ servername: 'Shop.Test', ALPNProtocols: ['acme-tls/1', 'h2'] })
  for (let cut = 0; cut < bytes.length; cut++) assert.equal(readClientHello(bytes.subarray(0, cut)), undefined)
  assert.deepEqual(readClientHello(bytes), { name: 'shop.test', protocols: ['acme-tls/1', 'h2'] })
  assert.deepEqual(readClientHello(await helloOf({ maxVersion: 'TLSv1.2' })), { name: '', protocols: [] })
})

test('what is no hello asks for nothing, and no length in it is believed', async () => {
  const nothing = { name: '', protocols: [] }
  assert.deepEqual(readClientHello(Buffer.from('GET / HTTP/1.1\r\n\r\n')), nothing)
  assert.deepEqual(readClientHello(Buffer.from([22, 3, 1, 0xff, 0xff])), nothing)
  assert.deepEqual(readClientHello(Buffer.from([22, 3, 1, 0, 0])), nothing)
  const bytes = await helloOf({ servername: 'shop.test', ALPNProtocols: ['acme-tls/1'] })
  for (let at = 5; at < bytes.length; at++)
    for (const value of [0, 1, 0x7f, 0xff]) {
      const wrong = Buffer.from(bytes)
      wrong[at] = value
      assert.ok(readClientHello(wrong) !== undefined)
    }
})
