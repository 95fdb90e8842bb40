import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { closeFilled, shortenQueue } from '../../src/transport/fill-queue.ts'

const SKIP = { skip: process.platform === 'linux' ? false : 'the length of a queue is what Linux makes of it' }

for (const host of ['127.0.0.1', '0.0.0.0']) {
  test(`an empty queue of ${host} is filled and closed: who connects then is refused`, SKIP, async () => {
    const server = await listening(host)
    shortenQueue(server)
    assert.equal(await closeFilled(server, () => server.close()), undefined)
    assert.equal(server.listening, false)
  })
}

test('a client who is in the queue is left there and served', SKIP, async () => {
  const server = await listening('127.0.0.1')
  const { port } = server.address() as AddressInfo
  shortenQueue(server)
  const client = connect(port, '127.0.0.1')
  // Net connects at the next tick, as the others do behind it.
  const obstacle = await closeFilled(server, () => assert.fail('closed with a client in the queue'))
  assert.equal(obstacle, 'waiting')
  const [socket] = await once(server, 'connection')
  await once(client, 'connect')
  client.destroy()
  socket.destroy()
  server.close()
})

async function listening(host: string): Promise<Server> {
  const server = createServer(socket => socket.on('error', () => undefined)).listen(0, host)
  await once(server, 'listening')
  return server
}
