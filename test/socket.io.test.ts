// Socket.IO's adapter, with the real server and client: two servers that stand for two workers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { deserialize, serialize } from 'node:v8'
import { Server } from 'socket.io'
import { connect, type Socket } from 'socket.io-client'
import { enterWorker, worker } from '../src/app/worker.ts'
import { createAdapter } from '../src/socket.io.ts'

/** Channels between the servers of this process. */
function enter(): { readonly endings: (() => unknown)[] } {
  const listeners = new Set<(message: unknown) => void>()
  const endings: (() => unknown)[] = []
  enterWorker({
    ...worker,
    onShutdown: step => void endings.push(step),
    channel: name => ({
      broadcast: message => {
        const content = serialize([name, message])
        for (const listener of listeners) setImmediate(() => listener(deserialize(content)))
        return content.byteLength < 64 * 1024
      },
      onMessage: listener => {
        const own = (message: unknown): void => {
          const [to, content] = message as [string, never]
          if (to === name) listener(content)
        }
        listeners.add(own)
        return () => void listeners.delete(own)
      },
    }),
  })
  return { endings }
}

interface Pair {
  readonly servers: readonly [Server, Server]
  readonly clients: readonly [Socket, Socket]
  readonly endings: (() => unknown)[]
}

async function two(t: TestContext, channels: readonly string[] = ['', '']): Promise<Pair> {
  const { endings } = enter()
  const made = channels.map(async channel => {
    const http = createServer()
    const server = new Server(http, { adapter: createAdapter({ channel }) as never })
    server.on('connection', socket => void socket.join('all'))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const client = connect(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, { transports: ['websocket'] })
    t.after(() => {
      client.close()
      return server.close()
    })
    await new Promise<void>(resolve => client.once('connect', resolve))
    return { server, client }
  })
  const [one, other] = (await Promise.all(made)) as [Awaited<(typeof made)[0]>, Awaited<(typeof made)[0]>]
  return { servers: [one.server, other.server], clients: [one.client, other.client], endings }
}

const next = (client: Socket, event: string): Promise<unknown> =>
  new Promise(resolve => client.once(event, (...values: unknown[]) => resolve(values)))

async function known({ servers }: Pair): Promise<void> {
  while ((await servers[0].of('/').adapter.serverCount()) < 2) await new Promise(resolve => setImmediate(resolve))
}

test('what one server sends to a room the clients of both get, as JSON and bytes make it, however much it is', async t => {
  const pair = await two(t)
  const heard = Promise.all(pair.clients.map(client => next(client, 'news')))
  const document = { toJSON: () => ({ at: new Date(0), ignored: () => undefined }), secret: 1 }
  pair.servers[0].to('all').emit('news', document, Buffer.from('bytes'), 'x'.repeat(200_000))
  for (const values of await heard)
    assert.deepEqual(values, [{ at: '1970-01-01T00:00:00.000Z' }, Buffer.from('bytes'), 'x'.repeat(200_000)])
})

test('fetchSockets, joins from afar, questions with answers, and disconnects reach both', async t => {
  const pair = await two(t)
  const [one, other] = pair.servers
  await known(pair)
  const found = await one.fetchSockets()
  assert.deepEqual(found.map(({ id }) => id).sort(), pair.clients.map(({ id }) => id).sort())
  other.on('question', (about: string, answer: (value: string) => void) => answer(`of ${about}`))
  assert.deepEqual(await one.serverSideEmitWithAck('question', 'rooms'), ['of rooms'])
  const asked = pair.clients.map(client => client.once('ask', (answer: (value: string) => void) => answer('yes')))
  assert.equal(asked.length, 2)
  assert.deepEqual(await one.timeout(20_000).emitWithAck('ask'), ['yes', 'yes'])
  one.socketsJoin('later')
  while ((await other.in('later').fetchSockets()).length < 2) await new Promise(resolve => setImmediate(resolve))
  const gone = Promise.all(pair.clients.map(client => next(client, 'disconnect')))
  one.disconnectSockets()
  await gone
})

test('servers with other channels know nothing of each other; a worker that ends is not waited for', async t => {
  const apart = await two(t, ['one', 'other'])
  assert.equal((await apart.servers[0].fetchSockets()).length, 1)
  const pair = await two(t)
  await known(pair)
  for (const end of pair.endings.slice(1)) end()
  while ((await pair.servers[0].of('/').adapter.serverCount()) > 1) await new Promise(resolve => setImmediate(resolve))
  assert.equal((await pair.servers[0].fetchSockets()).length, 1)
})
