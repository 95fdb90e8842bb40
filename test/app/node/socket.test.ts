// `req.socket` as applications use it.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex, finished } from 'node:stream'
import { test } from 'node:test'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { NodeSocket } from '../../../src/app/node/socket.ts'
import { SocketFacts } from '../../../src/app/node/socket-properties.ts'
import { FakeExchange, fakePeer } from '../../support/fake-exchange.ts'
import { listening } from '../../support/listening.ts'
import { answered, quiet, testContext } from './both.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 5\r\n\r\n'

test('The socket tells both ends and that nothing is encrypted', async () => {
  await answered((req, res) => {
    const { socket } = req
    assert.ok(socket instanceof NodeSocket && socket instanceof SocketFacts && socket instanceof EventEmitter)
    assert.equal(res.socket, socket)
    assert.equal(req.connection, socket)
    assert.deepEqual(
      [socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort],
      ['192.0.2.1', 50000, '192.0.2.2', 8080],
    )
    assert.equal('encrypted' in socket, false)
    assert.equal('getPeerCertificate' in socket, false)
    assert.deepEqual([socket.readable, socket.writable, socket.destroyed], [true, true, false])
    res.end()
  }, GET)
})

test('The socket of a TLS connection has what a TLSSocket has', async () => {
  const socket = new Duplex()
  Object.assign(socket, { authorized: true, getPeerCertificate: () => ({ subject: 'you' }) })
  const exchange = new FakeExchange(GET, fakePeer({ isEncrypted: true, socket }))
  await answered((req, res) => {
    assert.deepEqual([Reflect.get(req.socket, 'encrypted'), Reflect.get(req.socket, 'authorized')], [true, true])
    const { getPeerCertificate } = req.socket as unknown as { getPeerCertificate(): unknown }
    assert.deepEqual(getPeerCertificate.call(req.socket), { subject: 'you' })
    res.end()
  }, exchange)
})

test('Who logs at the end of an answer is told both ends of a connection that closes behind it', async t => {
  for (const event of ['finish', 'close']) {
    const told: unknown[] = []
    const handler = nodeHandler((req: IncomingMessage, res: ServerResponse) => {
      res.on(event, () => told.push(req.socket.remoteAddress, req.socket.localAddress, typeof req.socket.remotePort))
      res.end()
    }, testContext())
    const { connect } = await listening(t, handler)
    const client = await connect('GET')
    await client.send(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    await client.answer()
    assert.deepEqual(told, ['127.0.0.1', '127.0.0.1', 'number'], event)
  }
})

test('Knobs go to the real socket and give this one back', async () => {
  const socket = new Duplex()
  const calls: unknown[] = []
  Object.assign(socket, {
    setNoDelay(on: boolean) {
      calls.push(on)
      return socket
    },
  })
  await answered(
    (req, res) => {
      assert.equal(req.socket.setNoDelay(true), req.socket)
      res.end()
    },
    new FakeExchange(GET, fakePeer({ socket })),
  )
  assert.deepEqual(calls, [true])
})

test('A request makes no socket of the connection, which may have none yet', async () => {
  let isMade = false
  const peer = fakePeer()
  const { socket } = peer
  Object.defineProperty(peer, 'socket', {
    get() {
      isMade = true
      return socket
    },
  })
  await answered(
    (req, res) => {
      assert.equal(req.socket.remoteAddress, '192.0.2.1')
      req.resume().on('end', () => res.end('x'))
    },
    new FakeExchange(`${POST}12345`, peer),
  )
  assert.equal(isMade, false)
})

test('A connection has one socket over its requests, without listeners piling up', async () => {
  const peer = fakePeer()
  const seen = new Set<Socket>()
  for (let i = 0; i < 20; i++) {
    await answered((req, res) => {
      seen.add(req.socket)
      res.end()
    }, new FakeExchange(GET, peer))
  }
  assert.equal(seen.size, 1)
  assert.equal(peer.socket.listenerCount('close'), 0)
})

test('After a failure the next request of the connection works, without listeners piling up', async () => {
  const peer = fakePeer()
  for (let i = 0; i < 20; i++) {
    const failing = new FakeExchange(GET, peer)
    await answered(() => {
      throw new Error('fails')
    }, failing)
    assert.equal(failing.answered?.status, 500)
    const exchange = await answered((_req, res) => res.end('fine'), new FakeExchange(GET, peer))
    assert.match(exchange.rawText, /fine$/)
  }
  assert.equal(peer.socket.listenerCount('close'), 0)
})

test('A late write of an answered request reaches nobody', async () => {
  const peer = fakePeer()
  let old: ServerResponse | undefined
  await answered((_req, res) => {
    old = res
    res.end('first')
  }, new FakeExchange(GET, peer))
  const exchange = await answered((_req, res) => {
    old!.on('error', () => {})
    old!.write('smuggled')
    res.end('second')
    old!.destroy()
  }, new FakeExchange(GET, peer))
  assert.match(exchange.rawText, /\r\n\r\nsecond$/)
  assert.equal(exchange.persists, true)
})

const CUTS: Record<string, (req: IncomingMessage, res: ServerResponse) => unknown> = {
  'res.destroy': (_req, res) => res.destroy(),
  'req.destroy': req => req.destroy(),
  'req.socket.destroy': req => req.socket.destroy(),
  'res.destroy with an error': (_req, res) => res.destroy(new Error('why')),
  'socket.end without an answer': req => req.socket.end(),
}
for (const [name, cut] of Object.entries(CUTS)) {
  test(`${name} cuts the connection without an answer, and everything closes`, async () => {
    const notes: string[] = []
    const exchange = await answered((req, res) => {
      req.on('close', () => notes.push('req'))
      res.on('close', () => notes.push('res'))
      req.socket.on('close', () => notes.push('socket'))
      cut(req, res)
    }, POST)
    await quiet()
    assert.equal(exchange.answered, undefined)
    assert.equal(exchange.rawText, '')
    assert.equal(exchange.failures.length, 1)
    assert.deepEqual(notes.sort(), ['req', 'res', 'socket'])
  })
}

test('Destroying the socket behind the answer lets the answer out first', async () => {
  const exchange = await answered((req, res) => {
    res.end('bye')
    req.socket.destroy()
  }, GET)
  assert.match(exchange.rawText, /bye$/)
  assert.equal(exchange.persists, true)
  assert.equal(exchange.peer.socket.destroyed, true)
})

test('An answer can be written by hand', async () => {
  const exchange = await answered(
    req => req.socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'),
    GET,
  )
  assert.equal(exchange.rawStatus, 418)
  assert.match(exchange.rawText, /^HTTP\/1.1 418 Teapot\r\n(?:.+\r\n)*\r\nno$/)
  assert.equal(exchange.persists, false)
})

test('Bytes by hand that are no answer are refused', async () => {
  const exchange = await answered(req => req.socket.write('hello'), GET)
  assert.equal(exchange.answered?.status, 500)
})

test('A timeout tells the request and the response, and cuts only when nobody listens', async test => {
  test.mock.timers.enable({ apis: ['setTimeout'] })
  const heard: string[] = []
  const exchange = new FakeExchange(POST)
  let response: ServerResponse | undefined
  const handler = nodeHandler((req, res) => {
    response = res
    req.setTimeout(50, () => heard.push('req'))
    res.setTimeout(100, () => heard.push('res'))
  }, testContext())
  handler(exchange)
  test.mock.timers.tick(99)
  assert.deepEqual(heard, [])
  test.mock.timers.tick(1)
  assert.deepEqual(heard, ['req', 'res'])
  response!.end('late')
  await quiet()
  assert.equal(exchange.state, 'done')
  const silent = new FakeExchange(POST)
  nodeHandler(req => void req.socket.setTimeout(100), testContext())(silent)
  test.mock.timers.tick(100)
  assert.equal(silent.failures.length, 1)
})

test('stream.finished works on requests and responses', async () => {
  const seen: unknown[] = []
  await answered((req, res) => {
    finished(req, error => seen.push(['req', error?.message]))
    finished(res, error => seen.push(['res', error?.message]))
    req.resume()
    res.end('x')
  }, GET)
  assert.deepEqual(seen.sort(), [
    ['req', undefined],
    ['res', undefined],
  ])
})

test('Early answers keep the connection: the body is thrown away by the server, or read by the application', async test => {
  const { connect } = await listening(
    test,
    nodeHandler((req, res) => {
      if (req.url === '/read') req.on('data', () => {})
      res.end(req.url)
    }, testContext()),
  )
  const client = await connect('POST', 'POST', 'GET')
  await client.send('POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n')
  await client.answers(1)
  await client.send('helloPOST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n')
  await client.answers(2)
  await client.send('helloGET /next HTTP/1.1\r\nHost: a\r\n\r\n')
  const answers = await client.answers(3)
  assert.deepEqual(
    answers.map(({ body }) => body.toString()),
    ['/unread', '/read', '/next'],
  )
})

test('Pipelined requests are answered in order, in whichever order the application ends them', async test => {
  const waiting: (() => void)[] = []
  const { connect } = await listening(
    test,
    nodeHandler((req, res) => {
      if (req.url !== '/slow') return res.end(req.url)
      return void waiting.push(() => res.end(req.url))
    }, testContext()),
  )
  const client = await connect()
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
  await client.send(get('/a') + get('/slow') + get('/b'))
  await client.answers(1)
  waiting[0]!()
  const answers = await client.answers(3)
  assert.deepEqual(
    answers.map(({ body }) => body.toString()),
    ['/a', '/slow', '/b'],
  )
})

test('A large answer waits for a slow reader, and a client that leaves in the middle closes it', async test => {
  let report = (_finished: boolean): void => {}
  const ended = new Promise<boolean>(resolve => {
    report = resolve
  })
  const { connect } = await listening(
    test,
    nodeHandler((_req, res) => {
      res.on('close', () => report(res.writableFinished))
      const block = Buffer.alloc(65536)
      const fill = (): void => {
        while (res.write(block)) {}
      }
      res.on('drain', fill)
      fill()
    }, testContext()),
  )
  const client = await connect()
  client.socket.pause()
  await client.send(GET)
  await once(client.socket, 'readable')
  client.destroy()
  assert.equal(await ended, false)
})
