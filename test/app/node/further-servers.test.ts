import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createRawServer } from 'node:net'
import { test } from 'node:test'
import { FurtherServers } from '../../../src/app/node/further-servers.ts'
import type { ListeningServer } from '../../../src/app/node/taken-servers.ts'

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port

test('a request that is under way is answered, its kept connection is closed, and nobody can connect any more', async () => {
  const server = createServer({ keepAliveTimeout: 600_000 })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const port = portOf(server)
  const further = new FurtherServers()
  further.add(server as unknown as ListeningServer)
  const agent = new Agent({ keepAlive: true })
  const answer = once(get({ port, agent }), 'response') as Promise<[IncomingMessage]>
  const [, res] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  let hasEnded = false
  const end = further.end().then(() => {
    hasEnded = true
  })
  const refused = connect(port, '127.0.0.1')
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
  assert.equal(hasEnded, false)
  res.end('late')
  const [message] = await answer
  assert.equal((await message.setEncoding('utf8').toArray()).join(''), 'late')
  await end
  agent.destroy()
})

test('a raw server is waited for; one that has been closed, or never listened, is not', async () => {
  const servers = [createRawServer(), createRawServer(), createRawServer()] as const
  const [open, closed, failed] = servers
  const further = new FurtherServers()
  for (const server of servers) further.add(server as unknown as ListeningServer)
  await Promise.all([open, closed].map(server => once(server.listen(0, '127.0.0.1'), 'listening')))
  await once(closed.close(), 'close')
  assert.equal(failed.listening, false)
  const accepted = once(open, 'connection')
  const client = connect(portOf(open), '127.0.0.1')
  await accepted
  const end = further.end()
  client.end()
  client.resume()
  await end
})
