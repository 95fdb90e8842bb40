// Socket.IO as its first page has it, with its default client (polling, then an upgrade), several workers and the adapter.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { connect, type Socket } from 'socket.io-client'
import { ROOT } from '../support/root.ts'
import { served, textOf } from './adoption-support.ts'
import { until } from './supervisor-support.ts'

const SERVER = `
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { createAdapter } from '${pathToFileURL(join(ROOT, 'dist', 'bundle', 'socket.io.js')).href}'
const server = createServer(async (req, res) => {
  if (req.url === '/sockets') res.end(String((await io.fetchSockets()).length))
  else if (req.url === '/workers') res.end(JSON.stringify(await io.serverSideEmitWithAck('who')))
  else res.end(io.to('all').emit('news', 'for all') ? 'sent' : '')
})
const io = new Server(server, { adapter: createAdapter() })
io.on('who', answer => answer(process.pid))
io.on('connection', socket => {
  socket.join('all')
  socket.emit('worker', process.pid)
})
server.listen(3000)
`
const CLIENTS = 10

test('ten default clients of ten addresses are connected to four workers, also when one dies and after a reload', {
  skip: process.platform !== 'linux' && 'Linux gives every program 127.0.0.0/8',
}, async t => {
  const server = await served(t, 'server.mjs', SERVER, ['--workers=4', '--balance=sticky'])
  const errors: string[] = []
  const workerOf = new Map<Socket, number>()
  const clients = Array.from({ length: CLIENTS }, (_, i) => {
    const agent = new Agent({ keepAlive: true, localAddress: `127.0.0.${i + 1}` } as object)
    const client = connect(server.url, { agent: agent as never, forceNew: true, reconnectionDelay: 10 })
    client.on('connect_error', error => errors.push(error.message))
    client.on('worker', (pid: number) => workerOf.set(client, pid))
    t.after(() => {
      client.close()
      agent.destroy()
    })
    return client
  })
  const isUpgraded = (client: Socket): boolean =>
    client.connected && client.io.engine.transport.name === 'websocket' && workerOf.has(client)
  const all = async (): Promise<void> => {
    await until(() => clients.every(isUpgraded), 'all clients have WebSockets')
    await until(async () => (await textOf(server, '/sockets')) === `${CLIENTS}`, 'one worker counts all of them')
    const heard = clients.map(client => new Promise(resolve => client.once('news', resolve)))
    assert.equal(await textOf(server, '/emit'), 'sent')
    assert.deepEqual([...new Set(await Promise.all(heard))], ['for all'])
  }
  await all()
  assert.deepEqual(errors, [], 'no session was asked for in another worker')
  await until(
    async () => new Set(JSON.parse(await textOf(server, '/workers'))).size === 3,
    'the three others answer a question of one',
  )
  const [killed = 0] = workerOf.values()
  const lost = clients.filter(client => workerOf.get(client) === killed)
  for (const client of lost) workerOf.delete(client)
  process.kill(killed, 'SIGKILL')
  await all()
  assert.ok(clients.every(client => workerOf.get(client) !== killed))
  const before = new Set(workerOf.values())
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  await until(() => [...workerOf.values()].every(pid => !before.has(pid)), 'all clients are with new workers')
  await all()
  assert.equal((await server.stop()).code, 0)
})
