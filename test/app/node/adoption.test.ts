import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Adoption, isHttpServer } from '../../../src/app/node/adoption.ts'
import { takenServer } from '../../../src/app/node/taken-servers.ts'
import { isOwnServer, ownServer } from '../../../src/app/own-servers.ts'

const ADDRESS = { address: '127.0.0.1', family: 'IPv4', port: 5000 } as const
let connections = 0
let closings = 0
const adoption = new Adoption({
  isOn: true,
  log: { warn: () => undefined },
  sharing: 'none',
  worker: undefined,
  waitMs: Infinity,
  isEncrypted: false,
  mayEncrypt: true,
  address: ADDRESS,
  isAsAsked: false,
  connections: () => connections,
  onClosing: () => closings++,
})
const connectionsOf = (server: net.Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, n) => (error ? reject(error) : resolve(n))))

test('listening gives up when nothing is pending that could still listen', async () => {
  adoption.begin()
  assert.equal(await adoption.listening(), undefined)
})

test('servers of ours and servers that speak no HTTP listen as ever', async () => {
  const own = ownServer(http.createServer())
  const raw = net.createServer()
  assert.deepEqual([isOwnServer(own), isOwnServer(raw), isHttpServer(raw)], [true, false, false])
  for (const server of [own, raw]) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    assert.notEqual((server.address() as AddressInfo).port, ADDRESS.port)
    server.close()
  }
  assert.equal(adoption.server, undefined)
})

test('the first HTTP server behaves as if it listened, until its last connection is gone', async () => {
  const server = http.createServer()
  const waiting = adoption.listening()
  const events: string[] = []
  server.on('listening', () => events.push('listening')).on('close', () => events.push('close'))
  assert.equal(
    server.listen(3000, () => events.push('callback')),
    server,
  )
  assert.equal(events.length, 0)
  assert.equal(await waiting, server)
  assert.equal(adoption.where, 'on port 3000')
  if (!events.includes('listening')) await once(server, 'listening')
  await new Promise(setImmediate)
  assert.deepEqual(events, ['listening', 'callback'])
})

test('the same port on another address is the same server again; another port is another server', async () => {
  const again = http.createServer()
  await once(again.listen(3000, '127.0.0.1'), 'listening')
  assert.deepEqual(again.address(), ADDRESS)
  assert.notEqual(takenServer(again), undefined)
  const other = http.createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  assert.equal(takenServer(other), undefined)
  other.close()
})

test('close waits for the connections of the worker, and calls back once they are gone', async () => {
  const server = adoption.server!
  assert.equal(server.listening, true)
  assert.deepEqual(server.address(), ADDRESS)
  assert.equal(server.ref().unref(), server)
  connections = 2
  assert.equal(await connectionsOf(server), 2)
  let isClosed = false
  server.close(() => {
    isClosed = true
  })
  assert.equal(closings, 1)
  connections = 0
  await new Promise(setImmediate)
  assert.deepEqual([server.listening, isClosed], [false, false])
  await adoption.end()
  assert.equal(isClosed, true)
  assert.equal(await connectionsOf(server), 0)
})

test('every class of server that speaks HTTP is known', () => {
  const servers = [http.createServer(), https.createServer(), http2.createServer(), http2.createSecureServer()]
  assert.deepEqual(servers.map(isHttpServer), [true, true, true, true])
  class Own extends http.Server {}
  assert.equal(isHttpServer(new Own()), true)
})
