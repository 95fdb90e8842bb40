// WebSockets by the hooks of crossws: in answers (h3, Nitro), in requests, and exported as `websocket` (srvx), for every kind of application.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fetchHandler } from '../../../../src/app/fetch/adapter/handler.ts'
import { installLightGlobals } from '../../../../src/app/fetch/web/globals.ts'
import type { Handler } from '../../../../src/app/handler.ts'
import type { AppKind } from '../../../../src/app/load/kind.ts'
import { adapt } from '../../../../src/app/load/load-app.ts'
import type { AnsweredRequest } from '../../../../src/server/http-server.ts'
import { http2Place } from '../../../support/http2-place.ts'
import { listening } from '../../../support/listening.ts'
import { frame, openSocket, refusal } from '../../../support/websockets.ts'
import { testContext } from '../../node/both.ts'

interface Peer {
  readonly request: Request
  readonly remoteAddress: string
  readonly context: Record<string, unknown>
  send(text: string): void
  close(code?: number, reason?: string): void
  subscribe(topic: string): void
  publish(topic: string, text: string): void
}

/** A room: each hears the others. Tells what happened in `seen`. */
function room(seen: unknown[] = [], more: object = {}): object {
  return {
    open(peer: Peer) {
      peer.subscribe('room')
      peer.send(`welcome ${peer.remoteAddress} ${new URL(peer.request.url).pathname}`)
    },
    message(peer: Peer, message: { text(): string }) {
      peer.publish('room', message.text())
      peer.send(`you: ${message.text()}`)
    },
    close: (_peer: Peer, details: { code: number }) => seen.push(details.code),
    ...more,
  }
}

interface Place {
  readonly url: string
  readonly answered: readonly AnsweredRequest[]
  readonly server: Awaited<ReturnType<typeof listening>>['server']
}

async function serving(t: TestContext, handler: Handler): Promise<Place> {
  const answered: AnsweredRequest[] = []
  const place = await listening(t, handler, {}, { onAnswered: request => answered.push(request) })
  return { url: `ws://127.0.0.1:${place.port}`, answered, server: place.server }
}

async function exporting(value: unknown, kind: AppKind, websocket: unknown): Promise<Handler> {
  const verdict = { kind, because: 'the test says so', isGuess: false }
  return await adapt({ value, verdict, websocket, upgrade: undefined, file: undefined }, testContext())
}

async function chat({ url }: Place): Promise<void> {
  const [one, two] = [await openSocket(`${url}/a`), await openSocket(`${url}/a`)]
  assert.equal(await one.next(), 'welcome 127.0.0.1 /a')
  assert.equal(await two.next(), 'welcome 127.0.0.1 /a')
  one.socket.send('hello')
  assert.deepEqual([await one.next(), await two.next()], ['you: hello', 'hello'])
  one.socket.close(4001)
  two.socket.close(4002)
  await Promise.all([one.closed, two.closed])
}

installLightGlobals()
/** Not known to the type checker: it is there for this test alone. */
const H3: string = 'h3'

const CONVENTIONS: Readonly<Record<string, (seen: unknown[]) => Promise<Handler> | Handler>> = {
  'crossws of a Response': seen => {
    const app = (): Response => Object.assign(new Response('', { status: 426 }), { crossws: room(seen) })
    return fetchHandler(app, testContext())
  },
  'crossws of a plain object': seen => {
    const app = (): unknown => ({ crossws: room(seen), headers: { 'x-from': 'app' } })
    return fetchHandler(app as never, testContext())
  },
  'the request, with an answer that is made anew': seen => {
    const app = (request: Request): Response => {
      Object.assign(request, { [Symbol.for('crossws.hooks')]: room(seen) })
      return new Response('', { status: 426 })
    }
    return fetchHandler(app, testContext())
  },
  'defineWebSocketHandler of h3': async seen => {
    const { H3: App, defineWebSocketHandler } = await import(H3)
    return fetchHandler(new App().get('/a', defineWebSocketHandler(room(seen))), testContext())
  },
  'an exported "websocket" of a fetch application': seen => exporting(() => new Response('plain'), 'fetch', room(seen)),
  'an exported "websocket" that resolves hooks': seen =>
    exporting(() => new Response('plain'), 'fetch', { resolve: async () => room(seen) }),
  'an exported "websocket" of a PSGI style application': seen =>
    exporting(() => [200, [], ['plain']], 'psgi', room(seen)),
  'an exported "websocket" of a Node application': seen =>
    exporting(
      createServer((_req, res) => res.end('plain')),
      'node',
      room(seen),
    ),
  'an exported adapter': async seen => {
    const adapter: string = 'crossws/adapters/node'
    const { default: make } = await import(adapter)
    return await exporting(() => [200, [], ['plain']], 'psgi', make({ hooks: room(seen) }))
  },
}

for (const [convention, make] of Object.entries(CONVENTIONS)) {
  test(`hooks by ${convention} open WebSockets that publish to each other`, async t => {
    const seen: number[] = []
    const place = await serving(t, await make(seen))
    await chat(place)
    assert.deepEqual(seen.sort(), [4001, 4002])
    assert.deepEqual(
      place.answered.map(({ status }) => status),
      [101, 101],
    )
    if (convention.startsWith('an exported "')) {
      assert.equal(await (await fetch(place.url.replace('ws', 'http'))).text(), 'plain')
    }
    const last = await openSocket(`${place.url}/a`)
    const drained = place.server.drain(60_000)
    assert.equal((await last.closed).code, 1001)
    await drained
  })
}

test('the hook "upgrade" refuses with an answer, chooses the subprotocol, adds fields and a context', async t => {
  const hooks = room([], {
    upgrade(request: Request) {
      if (request.headers.get('authorization') === null) throw new Response('who are you?', { status: 401 })
      return { headers: { 'sec-websocket-protocol': 'v2', 'set-cookie': 'a=1' }, context: { user: 'me' } }
    },
    message: (peer: Peer) => peer.send(String(peer.context['user'])),
  })
  const place = await serving(t, await exporting(() => new Response('plain'), 'fetch', hooks))
  assert.deepEqual(await refusal(place.url), { status: 401, body: 'who are you?' })
  const options = { headers: { authorization: 'Basic eDp5' } }
  const client = await openSocket(place.url, ['v1', 'v2'], options)
  assert.equal(client.socket.protocol, 'v2')
  await client.next()
  client.socket.send('who?')
  assert.equal(await client.next(), 'me')
  client.socket.terminate()
  assert.deepEqual(
    place.answered.map(({ status }) => status),
    [401, 101],
  )
})

test('an answer without hooks is an answer, also next to hooks that were left in the request', async t => {
  const app = (request: Request): Response => {
    Object.assign(request, { [Symbol.for('crossws.hooks')]: room() })
    return new Response('no', { status: 403 })
  }
  const place = await serving(t, fetchHandler(app, testContext()))
  assert.deepEqual(await refusal(place.url), { status: 403, body: 'no' })
  const plain = await serving(
    t,
    fetchHandler(() => new Response('plain'), testContext()),
  )
  assert.deepEqual(await refusal(plain.url), { status: 200, body: 'plain' })
})

test('hooks that throw when a message comes do not reach other sockets', async t => {
  const logged: string[] = []
  const app = (): Response => {
    const upgrade = (): never => {
      throw new Error('broken on purpose')
    }
    return Object.assign(new Response(''), { crossws: { upgrade } })
  }
  const place = await serving(t, fetchHandler(app, testContext({}, logged)))
  assert.equal((await refusal(place.url)).status, 500)
  assert.deepEqual(logged, ['error: The application failed on GET /: broken on purpose'])
})

test('messages are limited to 16 MiB, or to what the exported options say', async t => {
  const options = { options: { node: { serverOptions: { maxPayload: 100 } } } }
  const app = (): Response => Object.assign(new Response(''), { crossws: room() })
  for (const [websocket, bytes] of [
    [options, 101],
    [undefined, 16 * 1024 * 1024 + 1],
  ] as const) {
    const place = await serving(t, await exporting(app, 'fetch', websocket))
    const client = await openSocket(place.url)
    client.socket.send(Buffer.alloc(bytes))
    assert.equal((await client.closed).code, 1009)
  }
})

test('over HTTP/2 a fetch application has WebSockets as well, and is told the 1001', async t => {
  const app = (): Response => Object.assign(new Response(''), { crossws: room() })
  const { server, client: connect } = await http2Place(t, fetchHandler(app, testContext()))
  const client = connect()
  await once(client.session, 'remoteSettings')
  assert.equal(client.session.remoteSettings.enableConnectProtocol, true)
  const stream = client.open({
    method: 'CONNECT',
    path: '/a',
    fields: { ':protocol': 'websocket', ':scheme': 'http', 'sec-websocket-version': '13' },
  })
  let text = Buffer.alloc(0)
  const until = async (part: string): Promise<void> => {
    while (!text.includes(part)) text = Buffer.concat([text, ((await once(stream, 'data')) as [Buffer])[0]])
  }
  await once(stream, 'response')
  await until('welcome 127.0.0.1 /a')
  stream.write(frame(1, 'hello'))
  await until('you: hello')
  const drained = server.drain(60_000)
  while (text.at(-1) !== 0xe9) text = Buffer.concat([text, ((await once(stream, 'data')) as [Buffer])[0]])
  stream.end(frame(8, Buffer.from([3, 0xe9])))
  await drained
})
