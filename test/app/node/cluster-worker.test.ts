import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Adoption } from '../../../src/app/node/adoption.ts'
import { dropClusterHandle } from '../../../src/app/node/cluster-worker.ts'

let leaves = 0
new Adoption({
  isOn: true,
  log: { warn: () => undefined },
  sharing: 'none',
  worker: 3,
  waitMs: Infinity,
  isEncrypted: false,
  mayEncrypt: true,
  isAsAsked: false,
  address: { address: '127.0.0.1', family: 'IPv4', port: 5000 },
  connections: () => 0,
  onClosing: () => leaves++,
}).begin()

test('a worker is one of node:cluster, also for those who import by name', async () => {
  const { isPrimary } = (await import('node:cluster')) as unknown as { isPrimary: boolean }
  assert.deepEqual([cluster.isPrimary, cluster.isMaster, cluster.isWorker, isPrimary], [false, false, true, false])
  const { worker } = cluster
  assert.ok(worker !== undefined)
  assert.equal(worker.id, 3)
  assert.equal(worker.process, process)
  assert.deepEqual([worker.isConnected(), worker.isDead(), worker.exitedAfterDisconnect], [true, false, undefined])
  assert.equal(worker.send('ready'), true)
})

test('what ends a worker of node:cluster asks for the end of this one', () => {
  for (const end of ['disconnect', 'kill', 'destroy'] as const) cluster.worker?.[end]()
  assert.equal(leaves, 3)
  assert.equal(cluster.worker?.exitedAfterDisconnect, true)
})

test('nothing is forked in a worker', () => {
  assert.throws(() => cluster.fork(), /Cannot fork by node:cluster: Starlight is the primary/)
})

test('servers of node:net listen on their own, on every kind of place', async () => {
  for (const place of [{ port: 0 }, { port: 0, host: '127.0.0.1' }, { port: 0, exclusive: true }]) {
    const server = net.createServer(socket => socket.end('hello'))
    await once(server.listen(place), 'listening')
    const [text] = await once(net.connect((server.address() as AddressInfo).port, '127.0.0.1'), 'data')
    assert.equal(String(text), 'hello')
    await new Promise(resolve => server.close(resolve))
  }
})

test('a port in use is an error as ever', async () => {
  const first = net.createServer()
  await once(first.listen(0, '127.0.0.1'), 'listening')
  const second = net.createServer().listen((first.address() as AddressInfo).port, '127.0.0.1')
  const [error] = await once(second, 'error')
  assert.equal(error.code, 'EADDRINUSE')
  first.close()
})

test('sockets of node:dgram bind on their own, in every way to say where', async () => {
  const ways: readonly ((socket: dgram.Socket, done: () => void) => dgram.Socket)[] = [
    (socket, done) => socket.bind(done),
    (socket, done) => socket.bind(0, done),
    (socket, done) => socket.bind(0, '127.0.0.1', done),
    (socket, done) => socket.bind({ port: 0, address: '127.0.0.1' }, done),
  ]
  for (const bind of ways) {
    const socket = dgram.createSocket('udp4')
    await new Promise<void>(resolve => bind(socket, resolve))
    assert.ok(socket.address().port > 0)
    socket.close()
  }
})

test('a handle of its own stays with a server', () => {
  const server = net.createServer() as unknown as Parameters<typeof dropClusterHandle>[0]
  const handle = {}
  server._handle = handle
  dropClusterHandle(server)
  assert.equal(server._handle, handle)
})
