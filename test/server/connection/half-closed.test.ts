// Clients that leave, as every kind of application is told, and what their connections cost.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { Handler } from '../../../src/app/handler.ts'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import type { ServerExchange } from '../../../src/server/connection/exchange.ts'
import { HalfClosed } from '../../../src/server/connection/half-closed.ts'
import { DeadlineTimer } from '../../../src/server/deadline-timer.ts'
import { HALF_CLOSED_MS, UNANSWERED_MS } from '../../../src/server/settings.ts'
import { testContext } from '../../app/node/both.ts'
import { deferred, type Listening, listening } from '../../support/listening.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'
const CLIENTS = 50

/** An application that says one thing and then waits; `told` is called when it hears that its client has left. */
type Make = (told: () => void) => Handler

const STREAMS: Record<string, Make> = {
  'Node style': told =>
    nodeHandler((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
      res.on('close', told)
    }, testContext()),
  fetch: told => fetchHandler(() => new Response(new ReadableStream(silent(told)) as never), testContext()),
  'PSGI body': told => psgiHandler(() => [200, [], iterable(told)], testContext()),
  'PSGI writer': told =>
    psgiHandler(
      env => respond => {
        respond([200, []]).write('data: 1\n\n')
        env['starlight.signal'].addEventListener('abort', told)
      },
      testContext(),
    ),
}

const SILENT: Record<string, Make> = {
  'Node style': told => nodeHandler((_req, res) => void res.on('close', told), testContext()),
  fetch: told =>
    fetchHandler(request => {
      request.signal.addEventListener('abort', told)
      return new Promise(() => {})
    }, testContext()),
  PSGI: told =>
    psgiHandler(env => {
      env['starlight.signal'].addEventListener('abort', told)
      return new Promise(() => {})
    }, testContext()),
}

function silent(told: () => void): { start(controller: { enqueue(chunk: Uint8Array): void }): void; cancel(): void } {
  return { start: controller => controller.enqueue(Buffer.from('data: 1\n\n')), cancel: told }
}

function iterable(told: () => void): AsyncIterable<string> {
  const words = ['data: 1\n\n']
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => (words.length > 0 ? Promise.resolve({ value: words.pop()! }) : new Promise(() => {})),
      return: async () => {
        told()
        return { value: undefined, done: true }
      },
    }),
  }
}

describe('50 clients that leave are told to 50 applications, and none of their connections is left', () => {
  for (const [kind, make] of Object.entries(STREAMS)) {
    for (const half of [true, false]) {
      test(`${kind}, in the middle of a stream, ${half ? 'their sending side only' : 'with everything'}`, async t => {
        const { promise: allTold, resolve } = deferred()
        let told = 0
        const place = await listening(
          t,
          make(() => ++told === CLIENTS && resolve()),
        )
        const clients = await Promise.all(Array.from({ length: CLIENTS }, () => place.connect()))
        for (const client of clients) await client.send(GET)
        await Promise.all(clients.map(client => client.seen('data: 1')))
        for (const client of clients) half ? client.halfClose() : client.destroy()
        await allTold
        await noConnections(place)
        assert.equal(told, CLIENTS)
        assert.equal(place.server.stats.inFlight, 0)
      })
    }
  }
  for (const [kind, make] of Object.entries(SILENT)) {
    test(`${kind}, before their answers`, async t => {
      const { promise: allTold, resolve } = deferred()
      let told = 0
      const place = await listening(
        t,
        make(() => ++told === CLIENTS && resolve()),
      )
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => place.connect()))
      for (const client of clients) await client.send(GET)
      while (place.server.stats.inFlight < CLIENTS) await turn()
      for (const client of clients) client.destroy()
      await allTold
      await noConnections(place)
      assert.equal(place.server.stats.inFlight, 0)
    })
  }
})

describe('A client that ends along with its request', () => {
  const kinds: Record<string, (answer: Promise<string>) => Handler> = {
    fetch: answer => fetchHandler(() => answer.then(text => new Response(text)), testContext()),
    PSGI: answer => psgiHandler(() => answer.then(text => [200, [], [text]]), testContext()),
  }
  for (const [kind, make] of Object.entries(kinds)) {
    test(`gets an answer that comes a moment later (${kind})`, async t => {
      const { promise, resolve } = deferred<string>()
      const place = await listening(t, make(promise))
      const client = await place.connect()
      await client.send(GET)
      client.halfClose()
      while (place.server.stats.inFlight === 0) await turn()
      setImmediate(resolve, 'late')
      const [answer] = await client.allAnswers()
      assert.equal(String(answer!.body), 'late')
    })
  }

  test('gets all of a stream that does not pause', async t => {
    const pieces = async function* (): AsyncGenerator<string> {
      for (let count = 0; count < 20; count++) {
        await new Promise(resolve => setTimeout(resolve, HALF_CLOSED_MS / 8))
        yield 'x'
      }
    }
    const place = await listening(
      t,
      psgiHandler(() => [200, [], pieces()], testContext()),
    )
    const client = await place.connect()
    await client.send(GET)
    client.halfClose()
    const [answer] = await client.allAnswers()
    assert.equal(String(answer!.body), 'x'.repeat(20))
  })
})

describe('HalfClosed', () => {
  const clock = new DeadlineTimer(1000)
  const exchange = (state: string, ageMs: number): ServerExchange & { bodyBytes: number } =>
    ({ state, startedAt: clock.now - ageMs, bodyBytes: 10 }) as ServerExchange

  test('a client that ends while it is streamed to has left at once', () => {
    assert.equal(new HalfClosed(exchange('body', HALF_CLOSED_MS), clock).goneAt, clock.time)
  })

  test('a client that ends with its request is given the time of a pause, and again as long as it gets its answer', () => {
    const young = exchange('body', 10)
    const half = new HalfClosed(young, clock)
    assert.ok(half.goneAt >= clock.time + HALF_CLOSED_MS)
    young.bodyBytes += 5
    assert.equal(half.isGone(young, clock), false)
    assert.equal(half.isGone(young, clock), true)
  })

  test('a client that ends before its answer is given some time, whenever it ends', () => {
    for (const age of [10, 100_000]) {
      const half = new HalfClosed(exchange('pending', age), clock)
      assert.ok(half.goneAt >= clock.time + UNANSWERED_MS)
    }
  })
})

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

async function noConnections({ server }: Listening): Promise<void> {
  while (server.stats.connections > 0) await turn()
}
