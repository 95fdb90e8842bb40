// A body that is read behind the answer: by who has begun, to its end; by who comes too late, not at all, and it says so.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fetchHandler } from '../../../../src/app/fetch/adapter/handler.ts'
import type { FetchFunction } from '../../../../src/app/fetch/types.ts'
import { deferred, listening } from '../../../support/listening.ts'
import type { RawClient } from '../../../support/raw-client.ts'
import { testContext } from '../../node/both.ts'

const PIECE = 'x'.repeat(100_000)
const HEAD = `POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: ${3 * PIECE.length}\r\n\r\n`
const NEXT = 'GET /next HTTP/1.1\r\nHost: app.example\r\n\r\n'

/** What the application has made of the body, in the background. */
type Reading = (request: Request) => Promise<number>

async function count(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.byteLength
    await new Promise(resolve => setImmediate(resolve))
  }
  return bytes
}

const BEGUN: Record<string, Reading> = {
  text: async request => (await request.text()).length,
  arrayBuffer: async request => (await request.arrayBuffer()).byteLength,
  'its stream': request => count(request.body as never),
  'a clone': request => count(request.clone().body as never),
  'a Request made of it': request => count(new Request(request).body as never),
  'a reader that has not read yet': async request => {
    const reader = (request.body as ReadableStream<Uint8Array>).getReader()
    await new Promise(resolve => setImmediate(resolve))
    reader.releaseLock()
    return await count(request.body as never)
  },
}

describe('A body is read on behind the answer', () => {
  for (const [how, read] of Object.entries(BEGUN)) {
    test(`by ${how}`, async t => {
      const { client, reading } = await served(t, request => read(request))
      await client.send(HEAD + PIECE)
      await client.answer()
      await client.send(PIECE)
      await client.send(PIECE)
      assert.equal(await reading, 3 * PIECE.length)
      // The answer to more than a server reads in vain was said to be the last one.
      await client.ended()
    })
  }

  test('and the connection serves the next request', async t => {
    const { client, reading } = await served(t, request => request.text().then(text => text.length))
    await client.send('POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 5\r\n\r\nhe')
    await client.answer()
    await client.send(`llo${NEXT}`)
    assert.equal(await reading, 5)
    assert.equal(String((await client.answers(2))[1]!.body), '/next')
  })
})

const LATE: Record<string, (request: Request) => Promise<unknown>> = {
  text: request => request.text(),
  json: request => request.json(),
  'its stream': request => count(request.body as never),
  'a stream that was let go': async request => {
    const reader = (request.body as ReadableStream<Uint8Array>).getReader()
    reader.releaseLock()
    await answered()
    return count(request.body as never)
  },
}

const answered = (): Promise<void> => new Promise(resolve => setImmediate(() => setImmediate(resolve)))

describe('A body that was let go of is refused, not empty', () => {
  for (const [how, read] of Object.entries(LATE)) {
    test(`by ${how}`, async t => {
      const { client, reading } = await served(t, request => answered().then(() => read(request)) as Promise<number>)
      const refused = assert.rejects(reading, /the request is answered, and the rest of it was dropped/)
      await client.send('POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 5\r\n\r\n')
      await client.answer()
      await refused
      await client.send(`hello${NEXT}`)
      assert.equal(String((await client.answers(2))[1]!.body), '/next')
    })
  }

  test('by whoever cancels it', async t => {
    const { client, reading } = await served(t, async request => {
      const reader = (request.body as ReadableStream<Uint8Array>).getReader()
      await reader.read()
      await answered()
      await reader.cancel()
      return 0
    })
    await client.send('POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 5\r\n\r\nhe')
    await client.answer()
    await reading
    await client.send(`llo${NEXT}`)
    assert.equal(String((await client.answers(2))[1]!.body), '/next')
  })
})

async function served(
  t: Parameters<typeof listening>[0],
  read: Reading,
): Promise<{ client: RawClient; reading: Promise<number> }> {
  const { promise: reading, resolve, reject } = deferred<number>()
  const app: FetchFunction = request => {
    if (request.method === 'POST') read(request).then(resolve, reject)
    return new Response(new URL(request.url).pathname)
  }
  const { connect } = await listening(t, fetchHandler(app, testContext()))
  return { client: await connect('POST'), reading }
}
