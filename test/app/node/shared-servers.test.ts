import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { type GivenSocket, listenOnGiven } from '../../../src/app/node/shared-servers.ts'
import type { ListeningServer } from '../../../src/app/node/taken-servers.ts'

function given(): GivenSocket & { readonly told: string[] } {
  const told: string[] = []
  const handle = {
    close: (done?: () => void): void => {
      told.push('closed')
      if (done !== undefined) process.nextTick(done)
    },
  }
  return { handle, told, giveUp: () => told.push('given up') }
}

test('a server listens on what it is given, in a later tick, and gives it up when it is closed', async () => {
  const server = net.createServer()
  const socket = given()
  const listens = new Promise<void>(resolve => {
    listenOnGiven(server as unknown as ListeningServer, Promise.resolve(socket), resolve)
  })
  assert.equal(server.listening, false)
  await listens
  assert.equal(server.listening, true)
  assert.deepEqual(socket.told, [])
  await new Promise(resolve => server.close(resolve))
  assert.deepEqual(socket.told, ['given up', 'closed'])
  assert.equal(server.listenerCount('close'), 0)
})

test('a server that is closed while its socket is on its way does not listen', async () => {
  const server = net.createServer()
  const socket = given()
  const listenOn = (it: Promise<GivenSocket>): void =>
    listenOnGiven(server as unknown as ListeningServer, it, () => assert.fail('listens'))
  let come: (socket: GivenSocket) => void = () => undefined
  listenOn(new Promise(resolve => (come = resolve)))
  server.close(() => undefined)
  await once(server, 'close')
  come(socket)
  await new Promise(setImmediate)
  assert.deepEqual(socket.told, ['given up', 'closed'])
})

test('what keeps it from listening is its error', async () => {
  const server = net.createServer()
  const failure = new Error('in use')
  listenOnGiven(server as unknown as ListeningServer, Promise.reject(failure), () => assert.fail('listens'))
  const [error] = await once(server, 'error')
  assert.equal(error, failure)
  assert.equal(server.listenerCount('close'), 0)
})
