// The sync driver of crossws, with the real adapter: two adapters that stand for two workers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import nodeAdapter from 'crossws/adapters/node'
import { type Channel, enterWorker, worker } from '../src/app/worker.ts'
import { workers } from '../src/crossws.ts'
import { openSocket } from './support/websockets.ts'

/** What one sends all others hear. */
function enter(): void {
  const listeners = new Map<object, (name: string, message: unknown) => void>()
  enterWorker({
    ...worker,
    channel: name => {
      const own: Channel = {
        broadcast: message => {
          for (const [channel, listener] of listeners) if (channel !== own) listener(name, structuredClone(message))
          return true
        },
        onMessage: listener => {
          listeners.set(own, (to, message) => void (to === name && listener(message as never)))
          return () => void listeners.delete(own)
        },
      }
      return own
    },
  })
}

async function serving(t: TestContext, channel?: string): Promise<string> {
  const hooks = {
    open: (peer: { subscribe(topic: string): void }) => peer.subscribe('news'),
    message: (
      peer: { publish(topic: string, data: unknown): void },
      message: { uint8Array(): Uint8Array; text(): string },
    ) => peer.publish('news', message.text() === 'bytes' ? message.uint8Array() : message.text()),
  }
  const adapter = nodeAdapter({ hooks, sync: workers(channel === undefined ? {} : { channel }) } as never)
  const server = createServer().on('upgrade', (...given) => void adapter.handleUpgrade(...given))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    await adapter.close(1001, '')
    server.close()
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('what a peer publishes the subscribers of all workers get, and those of other channels do not', async t => {
  enter()
  const [one, other, apart] = await Promise.all(
    [await serving(t), await serving(t), await serving(t, 'apart')].map(url => openSocket(url)),
  )
  for (const [sent, heard] of [
    ['text', 'text'],
    ['bytes', 'bytes'],
    ['x'.repeat(200_000), 'x'.repeat(200_000)],
  ] as const) {
    one?.socket.send(sent)
    assert.equal(await other?.next(), heard)
  }
  other?.socket.send('back')
  assert.equal(await one?.next(), 'back')
  apart?.socket.send('nobody here')
  one?.socket.send('last')
  assert.equal(await other?.next(), 'last')
})
