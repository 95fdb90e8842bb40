// The life of a server: what draining does to idle, busy and stubborn connections, and what is counted.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../../src/app/handler.ts'
import { fieldOf } from '../support/answers.ts'
import { deferred, listening } from '../support/listening.ts'
import { connectRaw } from '../support/raw-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

function ok(exchange: Exchange): undefined {
  exchange.answer(200, [], 'ok')
}

test('drain resolves at once when nobody is connected, and nobody can connect any more', async t => {
  const { server, port } = await listening(t, ok)
  await server.drain(10_000)
  await assert.rejects(connectRaw({ port }), { code: 'ECONNREFUSED' })
})

test('drain lets an idle connection go by half-close, after a quiet moment in which a request is still answered', async t => {
  const { server, connect } = await listening(t, ok)
  const [idle, racing] = [await connect(), await connect()]
  for (const client of [idle, racing]) {
    await client.send(GET)
    await client.answer()
  }
  const drained = server.drain(20_000)
  await racing.send(GET)
  const [, raced] = await racing.answers(2)
  assert.equal(raced!.status, 200)
  assert.equal(fieldOf(raced!, 'connection'), 'close')
  assert.equal(await idle.ended(), 'fin')
  for (const client of [idle, racing]) client.halfClose()
  await drained
})

test('drain waits for the request that is under way, and its answer says close', async t => {
  const [begun, allowed] = [deferred(), deferred()]
  const { server, connect } = await listening(t, async x => {
    begun.resolve()
    await allowed.promise
    x.answer(200, [], 'late')
  })
  const client = await connect()
  await client.send(GET)
  await begun.promise
  const drained = server.drain(20_000)
  allowed.resolve()
  const answer = await client.answer()
  assert.equal(fieldOf(answer, 'connection'), 'close')
  client.halfClose()
  await drained
})

test('drain cuts what is left after its grace, with a line for each request', async t => {
  const begun = deferred()
  const { server, connect, logged } = await listening(t, () => {
    begun.resolve()
    return undefined
  })
  const client = await connect()
  await client.send('GET /never HTTP/1.1\r\nHost: a\r\n\r\n')
  await begun.promise
  await server.drain(50)
  await client.ended()
  assert.equal(logged.length, 1)
  assert.match(logged[0] ?? '', /^warn: Cut after the graceful timeout: GET \/never, 0\.\d s old$/)
  assert.deepEqual(server.stats, { connections: 0, requests: 1, inFlight: 0, shed: 0, refused: {} })
})

test('afterRequests calls once, when the count is reached', async t => {
  let calls = 0
  const { server, connect } = await listening(t, ok)
  server.afterRequests(3, () => calls++)
  const client = await connect()
  await client.send(GET + GET)
  await client.answers(2)
  assert.equal(calls, 0)
  await client.send(GET + GET + GET)
  await client.answers(5)
  assert.equal(calls, 1)
})

test('stats count connections and requests', async t => {
  const [begun, allowed] = [deferred(), deferred()]
  const { server, connect } = await listening(t, async x => {
    begun.resolve()
    await allowed.promise
    x.answer(200, [], '')
  })
  const client = await connect()
  await client.send(GET)
  await begun.promise
  assert.deepEqual(server.stats, { connections: 1, requests: 1, inFlight: 1, shed: 0, refused: {} })
  allowed.resolve()
  await client.answer()
  assert.deepEqual(server.stats, { connections: 1, requests: 1, inFlight: 0, shed: 0, refused: {} })
})

for (const way of ['halfClose', 'destroy'] as const) {
  test(`a peer hears once that its idle connection has closed, with and without a socket: ${way} of the client`, async t => {
    const closed = [deferred(), deferred()]
    const calls: string[] = []
    const { connect } = await listening(t, exchange => {
      const { peer, head } = exchange
      if (head.path === '/socket') peer.socket.on('close', () => calls.push('socket'))
      peer.onClosed = () => {
        calls.push(head.path)
        closed[head.path === '/socket' ? 1 : 0]!.resolve()
      }
      return ok(exchange)
    })
    for (const [i, path] of ['/', '/socket'].entries()) {
      const client = await connect()
      await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
      await client.answer()
      client[way]()
      await closed[i]!.promise
    }
    await new Promise(setImmediate)
    assert.deepEqual(calls.toSorted(), ['/', '/socket', 'socket'])
  })
}

test('retireWorker reaches the one who runs the server', async t => {
  const retired = deferred()
  const { connect } = await listening(
    t,
    x => {
      x.retireWorker()
      return ok(x)
    },
    {},
    { onRetire: () => retired.resolve() },
  )
  await (await connect()).send(GET)
  await retired.promise
})

test('with too many requests in work the next one gets 503 and Retry-After, and health is still answered', async t => {
  const held: (() => void)[] = []
  const handler = (exchange: Exchange): undefined => {
    if (exchange.head.path.startsWith('/health')) exchange.answer(200, [], 'well')
    else held.push(() => exchange.answer(200, [], 'done'))
  }
  const { server, connect } = await listening(t, handler, { inFlight: 2, healthPaths: ['/health'] })
  const ask = async (path: string): Promise<{ status: number; text: string }> => {
    const client = await connect()
    await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const [answer] = await client.allAnswers()
    return { status: answer?.status ?? 0, text: client.text }
  }
  const first = [ask('/1'), ask('/2')]
  while (held.length < 2) await new Promise(setImmediate)
  const third = await ask('/3')
  assert.equal(third.status, 503)
  assert.match(third.text, /\r\nRetry-After: 1\r\n/)
  assert.equal((await ask('/health')).status, 200)
  assert.equal((await ask('/health?from=balancer')).status, 200)
  assert.equal((await ask('/healthier')).status, 503)
  for (const finish of held) finish()
  assert.deepEqual(
    (await Promise.all(first)).map(({ status }) => status),
    [200, 200],
  )
  assert.equal(server.stats.inFlight, 0)
})
