import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { memoryConnection } from '../../../src/server/library/memory-socket.ts'

test('what one end writes the other reads, both ways', async () => {
  const { client, server } = memoryConnection()
  client.end('question')
  assert.equal(await text(server), 'question')
  server.end('answer')
  assert.equal(await text(client), 'answer')
})

test('what is read is not the memory of the writer, who may use it again', async () => {
  const { client, server } = memoryConnection()
  const bytes = Buffer.from('answer')
  server.end(bytes)
  const read = buffer(client)
  await once(server, 'finish')
  bytes.fill('x')
  assert.equal((await read).toString(), 'answer')
})

test('text is sent in the encoding that is named', async () => {
  const { client, server } = memoryConnection()
  server.end('\xe9', 'latin1')
  assert.deepEqual(await buffer(client), Buffer.from([0xe9]))
})

test('a writer waits for its reader', async () => {
  const { client, server } = memoryConnection()
  const big = Buffer.alloc(1 << 20)
  while (server.write(big)) {}
  let isDrained = false
  server.once('drain', () => {
    isDrained = true
  })
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(isDrained, false)
  client.resume()
  await once(server, 'drain')
})

test('the end of one direction leaves the other open', async () => {
  const { client, server } = memoryConnection()
  client.end()
  await text(server)
  assert.equal(server.writable, true)
})

test('a destroyed end is an end for the other, and writing to it fails', async () => {
  const { client, server } = memoryConnection()
  server.destroy()
  assert.equal(await text(client), '')
  client.write('x')
  const [error] = await once(client, 'error')
  assert.equal(error.code, 'EPIPE')
})

test('destroySoon sends what was written first', async () => {
  const { client, server } = memoryConnection()
  server.write('last words')
  server.destroySoon()
  assert.equal(await text(client), 'last words')
})

test('a reset reaches the other end as one', async () => {
  const { client, server } = memoryConnection()
  server.resetAndDestroy()
  const [error] = await once(client, 'error')
  assert.equal(error.code, 'ECONNRESET')
})

/** All that can be read, without what an async iterator does: it destroys both directions. */
async function buffer(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks)
}

async function text(stream: Duplex): Promise<string> {
  return (await buffer(stream)).toString()
}
