// What a connection does between its requests and at its end: RFC 9112 section 9, RFC 9110 sections 7.8, 9.3.6 and 10.1.1.
// The file is long because the RFC is: it follows the order of its sections.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '../../src/app/handler.ts'
import { fieldOf } from '../support/answers.ts'
import { deferred, listening, wholeBody } from '../support/listening.ts'

const get = (path: string, ...fields: string[]) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n`
const post = (path: string, body: string, ...fields: string[]) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n${body}`

function path(exchange: Exchange): undefined {
  exchange.answer(200, [], exchange.head.path)
}
const bodies = (answers: readonly { body: Buffer }[]) => answers.map(({ body }) => body.toString())
const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status)

describe('pipelining (RFC 9112 9.3.2)', () => {
  test('answers come complete and in order, behind a slow first one', async t => {
    const slow = deferred()
    const { connect } = await listening(t, async exchange => {
      if (exchange.head.path === '/1') await slow.promise
      path(exchange)
    })
    const client = await connect()
    await client.send(get('/1') + get('/2') + post('/3', 'body') + get('/4'))
    slow.resolve()
    assert.deepEqual(bodies(await client.answers(4)), ['/1', '/2', '/3', '/4'])
  })

  test('a request that comes while the first one is handled waits for it, in a packet of its own', async t => {
    const slow = deferred()
    const began = deferred()
    const order: string[] = []
    const { connect } = await listening(t, async exchange => {
      order.push(`begin ${exchange.head.path}`)
      if (exchange.head.path === '/1') {
        began.resolve()
        await slow.promise
      }
      order.push(`end ${exchange.head.path}`)
      path(exchange)
    })
    const client = await connect()
    await client.send(get('/1'))
    await began.promise
    await client.drip(get('/2'))
    slow.resolve()
    assert.deepEqual(bodies(await client.answers(2)), ['/1', '/2'])
    assert.deepEqual(order, ['begin /1', 'end /1', 'begin /2', 'end /2'])
  })

  test('a hundred requests in one write get a hundred answers', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    await client.send(Array.from({ length: 100 }, (_, i) => get(`/${i}`)).join(''))
    assert.deepEqual(
      bodies(await client.answers(100)),
      Array.from({ length: 100 }, (_, i) => `/${i}`),
    )
  })

  test('far more requests than the server reads ahead all get their answers', async t => {
    const { connect } = await listening(t, async exchange => {
      await new Promise(setImmediate)
      path(exchange)
    })
    const client = await connect()
    const count = 3000
    void client.send(Array.from({ length: count }, (_, i) => get(`/${i}`, `X: ${'y'.repeat(100)}`)).join(''))
    assert.equal((await client.answers(count)).at(-1)!.body.toString(), `/${count - 1}`)
  })

  test('requests byte by byte with bodies of both framings stay apart', async t => {
    const { connect } = await listening(t, async exchange => exchange.answer(200, [], await wholeBody(exchange)))
    const client = await connect()
    await client.drip(
      `${post('/1', 'one')}POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\nX: y\r\n\r\n${post('/3', 'three')}`,
    )
    assert.deepEqual(bodies(await client.answers(3)), ['one', 'two', 'three'])
  })
})

describe('faults behind other requests (RFC 9112 2.2, 9.3.2)', () => {
  test('the answer to a fault waits for the pending answer before it', async t => {
    const slow = deferred()
    const began = deferred()
    const { connect } = await listening(t, async exchange => {
      began.resolve()
      await slow.promise
      path(exchange)
    })
    const client = await connect()
    await client.send(`${get('/1')}GARBAGE\r\n\r\n`)
    await began.promise
    await new Promise(setImmediate)
    assert.equal(client.text, '')
    slow.resolve()
    const answers = await client.allAnswers()
    assert.deepEqual(statuses(answers), [200, 400])
    assert.equal(answers[0]!.body.toString(), '/1')
  })

  test('the answer to a fault never enters the streamed body before it', async t => {
    const next = deferred()
    const { connect } = await listening(t, async exchange => {
      exchange.begin(200, [])
      exchange.write('first ')
      await next.promise
      exchange.write('second')
      exchange.end()
    })
    const client = await connect()
    await client.send(get('/1'))
    await client.seen('first')
    await client.send('GARBAGE\r\n\r\n')
    await new Promise(setImmediate)
    next.resolve()
    const answers = await client.allAnswers()
    assert.deepEqual(statuses(answers), [200, 400])
    assert.equal(answers[0]!.body.toString(), 'first second')
  })

  test('nothing behind a fault is a request: neither in the same packet nor later', async t => {
    const { connect, server } = await listening(t, path)
    const client = await connect()
    await client.send(`GARBAGE\r\n\r\n${get('/2')}`)
    await client.answer()
    await client.send(get('/3'))
    assert.deepEqual(statuses(await client.allAnswers()), [400])
    assert.equal(server.stats.requests, 0)
  })

  test('a fault in a body that the app reads is answered with its status, once', async t => {
    const { connect } = await listening(t, async exchange => exchange.answer(200, [], await wholeBody(exchange)))
    for (const [chunks, status] of [
      ['zz\r\n', 400],
      ['fffffff0\r\n', 413],
      ['1\r\nxX', 400],
      ['0\r\nX y\r\n\r\n', 400],
    ] as const) {
      const client = await connect()
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}${get('/2')}`)
      const answers = await client.allAnswers()
      assert.deepEqual(statuses(answers), [status])
      assert.equal(fieldOf(answers[0]!, 'connection'), 'close')
    }
  })

  test('a fault in a body behind an answer that is complete is not answered again', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    await client.send('POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    await client.answer()
    await client.send(`zz\r\n${get('/2')}`)
    assert.deepEqual(statuses(await client.allAnswers()), [200])
  })
})

describe('persistence (RFC 9112 9.3, 9.6)', () => {
  test('nothing behind a request with "close" is processed', async t => {
    const { connect, server } = await listening(t, path)
    for (const fields of [
      ['Connection: close'],
      ['Connection: TE', 'Connection: x,\tCLOSE'],
      ['Connection: close', 'Connection: keep-alive'],
    ]) {
      const client = await connect()
      await client.send(get('/1', ...fields) + get('/2'))
      const answers = await client.allAnswers()
      assert.equal(answers.length, 1)
      assert.equal(fieldOf(answers[0]!, 'connection'), 'close')
    }
    assert.equal(server.stats.requests, 3)
  })

  test('HTTP/1.0 lives on only with keep-alive, and is told so', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    await client.send('GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\nGET /3 HTTP/1.0\r\n\r\n')
    const answers = await client.allAnswers()
    assert.deepEqual(
      answers.map(answer => fieldOf(answer, 'connection')),
      ['keep-alive', 'close'],
    )
  })

  test("the app's own Connection: close is honoured", async t => {
    const { connect, server } = await listening(
      t,
      exchange => exchange.answer(200, ['connection', 'x, Close'], 'bye') as undefined,
    )
    const client = await connect()
    await client.send(get('/1') + get('/2'))
    const answers = await client.allAnswers()
    assert.equal(answers.length, 1)
    assert.equal(fieldOf(answers[0]!, 'connection'), 'close')
    assert.equal(server.stats.requests, 1)
  })

  test('the last request that a connection may have says close', async t => {
    const { connect } = await listening(t, path, { requestsPerConnection: 2 })
    const client = await connect()
    await client.send(get('/1') + get('/2') + get('/3'))
    assert.deepEqual(
      (await client.allAnswers()).map(answer => fieldOf(answer, 'connection')),
      [undefined, 'close'],
    )
  })

  test('a half-closed client still gets all its answers', async t => {
    const slow = deferred()
    const { connect } = await listening(t, async exchange => {
      await slow.promise
      path(exchange)
    })
    const client = await connect()
    await client.send(get('/1') + get('/2'))
    client.halfClose()
    await new Promise(setImmediate)
    slow.resolve()
    assert.deepEqual(bodies(await client.allAnswers()), ['/1', '/2'])
  })

  test('a body that is cut by the end of the client never reaches the app as complete', async t => {
    const failed = deferred<unknown>()
    const { connect } = await listening(t, async exchange => {
      try {
        await wholeBody(exchange)
        failed.resolve('complete')
      } catch (error) {
        failed.resolve((error as Error).name)
        throw error
      }
    })
    for (const body of ['Content-Length: 10\r\n\r\nhello', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n']) {
      const client = await connect()
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${body}`)
      client.halfClose()
      assert.equal(await failed.promise, 'ClientDisconnected')
      assert.deepEqual(statuses(await client.allAnswers()), [400])
    }
  })
})

describe('bodies that nobody reads (RFC 9112 9.3, 9.6)', () => {
  test('a small one is drained, and the next request is served', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    await client.send(post('/1', 'x'.repeat(10_000)) + get('/2'))
    assert.deepEqual(bodies(await client.answers(2)), ['/1', '/2'])
  })

  test('a small one that comes late is drained, and is never a request', async t => {
    const { connect, server } = await listening(t, path)
    const client = await connect()
    const smuggled = get('/evil')
    await client.send(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n`)
    await client.answer()
    await client.send(smuggled + get('/2'))
    assert.deepEqual(bodies(await client.answers(2)), ['/1', '/2'])
    assert.equal(server.stats.requests, 2)
  })

  test('a large one closes the connection, and the answer says so', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    await client.send('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n')
    void client.send(Buffer.alloc(1_000_000, 'x'))
    const answers = await client.allAnswers()
    assert.deepEqual(bodies(answers), ['/1'])
    assert.equal(fieldOf(answers[0]!, 'connection'), 'close')
  })

  test('an endless chunked one ends the connection within bounds', async t => {
    const { connect, server } = await listening(t, path)
    const client = await connect()
    await client.send('POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = Buffer.from(`8000\r\n${'x'.repeat(0x8000)}\r\n`)
    let sent = 0
    while (client.ending === undefined && sent < 64 * 1024 * 1024) {
      await client.send(chunk)
      sent += chunk.length
      await new Promise(setImmediate)
    }
    await client.ended()
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken`)
    assert.equal(server.stats.requests, 1)
  })
})

describe('Expect: 100-continue (RFC 9110 10.1.1)', () => {
  const EXPECT = 'Expect: 100-continue'
  const reading = async (exchange: Exchange) => exchange.answer(200, [], await wholeBody(exchange))
  const waiting = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${EXPECT}\r\n\r\n`

  test('100 is sent when the app reads, and once', async t => {
    const { connect } = await listening(t, reading)
    const client = await connect()
    await client.send(waiting('/', 10))
    await client.seen('HTTP/1.1 100 Continue\r\n\r\n')
    await client.send('hello')
    await client.send('hello')
    const answer = await client.answer()
    assert.deepEqual(
      answer.interim.map(({ status }) => status),
      [100],
    )
    assert.equal(answer.body.toString(), 'hellohello')
  })

  test('100 waits behind the answers before it', async t => {
    const slow = deferred()
    const { connect } = await listening(t, async exchange => {
      if (exchange.head.path === '/1') await slow.promise
      await reading(exchange)
    })
    const client = await connect()
    await client.send(get('/1') + waiting('/2', 5))
    await new Promise(setImmediate)
    assert.equal(client.text, '')
    slow.resolve()
    await client.seen('100 Continue')
    await client.send('hello')
    const [first, second] = await client.answers(2)
    assert.deepEqual([first!.interim.length, second!.interim.length], [0, 1])
  })

  test('no 100 when the app does not read; the connection closes, for the body may or may not come', async t => {
    const { connect, server } = await listening(t, path)
    const client = await connect()
    await client.send(waiting('/1', 5))
    const answer = await client.answer()
    assert.equal(answer.interim.length, 0)
    assert.equal(fieldOf(answer, 'connection'), 'close')
    await client.send(`hello${get('/2')}`)
    assert.equal((await client.allAnswers()).length, 1)
    assert.equal(server.stats.requests, 1)
  })

  test('no 100 to HTTP/1.0, and none when the body has come already', async t => {
    const { connect } = await listening(t, reading)
    const old = await connect()
    await old.send(`POST / HTTP/1.0\r\nContent-Length: 5\r\n${EXPECT}\r\n\r\nhello`)
    assert.equal((await old.answer()).interim.length, 0)
    const eager = await connect()
    await eager.send(`${waiting('/', 5)}hello`)
    assert.equal((await eager.answer()).interim.length, 0)
  })

  test('a body that is too large gets 413 instead of 100, an unknown expectation 417', async t => {
    const { connect } = await listening(t, reading, { bodyBytes: 10 })
    const large = await connect()
    await large.send(waiting('/', 11))
    assert.deepEqual(statuses(await large.allAnswers()), [413])
    const unknown = await connect()
    await unknown.send(get('/', 'Expect: a-miracle'))
    assert.deepEqual(statuses(await unknown.allAnswers()), [417])
    assert.ok(!(large.text + unknown.text).includes('100'))
  })
})

describe('Upgrade and CONNECT (RFC 9110 7.8, 9.3.6)', () => {
  test('an upgrade that nobody takes is a request like others, and the bytes behind it are kept', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    await client.send(
      get('/1', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk') +
        get('/2', 'Connection: upgrade', 'Upgrade: websocket') +
        get('/3'),
    )
    const answers = await client.answers(3)
    assert.deepEqual(statuses(answers), [200, 200, 200])
    assert.deepEqual(bodies(answers), ['/1', '/2', '/3'])
  })

  test('an upgrade with a body keeps its body', async t => {
    const { connect } = await listening(t, async exchange => exchange.answer(200, [], await wholeBody(exchange)))
    const client = await connect()
    await client.send(post('/1', 'hello', 'Connection: upgrade', 'Upgrade: h2c') + get('/2'))
    assert.deepEqual(bodies(await client.answers(2)), ['hello', ''])
  })

  test('the app that takes the connection over gets the bytes behind the request', async t => {
    const { connect } = await listening(t, exchange => {
      const { socket, head } = exchange.takeOver()
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.write(head)
      socket.pipe(socket)
      return undefined
    })
    const client = await connect()
    await client.send(`${get('/', 'Connection: upgrade', 'Upgrade: echo')}early`)
    await client.seen('early').catch(() => {})
    await client.send('late')
    client.halfClose()
    await client.ended()
    assert.ok(client.text.endsWith('\r\n\r\nearlylate'), client.text)
  })

  test('CONNECT is refused, and the connection ends', async t => {
    const { connect, server } = await listening(t, path)
    const client = await connect()
    await client.send(`CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n${get('/2')}`)
    assert.deepEqual(statuses(await client.allAnswers()), [501])
    assert.equal(server.stats.requests, 0)
  })

  test('OPTIONS * is answered by the server', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    await client.send(`OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n${get('/2')}`)
    const answers = await client.answers(2)
    assert.deepEqual(bodies(answers), ['', '/2'])
    assert.ok(answers[0]!.status < 300)
  })
})

describe('the end of a connection (RFC 9112 9.6)', { concurrency: true }, () => {
  test('no reset eats an answer: a megabyte behind a request that gets 413', async t => {
    const { connect } = await listening(t, path, { bodyBytes: 1000 })
    for (let round = 0; round < 5; round++) {
      const client = await connect()
      void client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n')
      for (let i = 0; i < 16; i++) void client.send(Buffer.alloc(65536, 'x'))
      assert.deepEqual(statuses(await client.allAnswers()), [413])
    }
  })

  test('no reset eats an answer: a megabyte behind garbage', async t => {
    const { connect } = await listening(t, path)
    const client = await connect()
    void client.send('GARBAGE\r\n\r\n')
    for (let i = 0; i < 16; i++) void client.send(Buffer.alloc(65536, 'x'))
    assert.deepEqual(statuses(await client.allAnswers()), [400])
  })

  test('a client that never ends its side is let go after a while', async t => {
    const { connect, server } = await listening(t, path)
    const client = await connect()
    await client.send(get('/', 'Connection: close'))
    await client.allAnswers()
    while (server.stats.connections > 0) await new Promise(resolve => setTimeout(resolve, 20))
  })

  test('a large last answer reaches a client that reads slowly', async t => {
    const body = Buffer.alloc(16 * 1024 * 1024, 'x')
    const last: readonly string[] = ['Connection', 'close']
    const { connect, server } = await listening(
      t,
      exchange => exchange.answer(200, last, exchange.head.path === '/' ? body : '') as undefined,
    )
    const client = await connect()
    client.socket.pause()
    await client.send(get('/'))
    while (server.stats.requests < 1) await new Promise(resolve => setTimeout(resolve, 20))
    // Longer than the server reads on after its last answer: it has given up a client that came later, and never closes.
    const other = await connect()
    await other.send(get('/other'))
    await other.answer()
    while (server.stats.connections > 1) await new Promise(resolve => setTimeout(resolve, 20))
    client.socket.resume()
    assert.equal((await client.allAnswers())[0]!.body.length, body.length)
  })

  test('a connection beyond the limit is answered 503', async t => {
    const { connect } = await listening(t, path, { connections: 2 })
    const [first, second] = [await connect(), await connect()]
    await first.send(get('/1'))
    await second.send(get('/2'))
    await Promise.all([first.answer(), second.answer()])
    const third = await connect()
    assert.deepEqual(statuses(await third.allAnswers()), [503])
    await first.send(get('/3'))
    assert.equal((await first.answers(2))[1]!.body.toString(), '/3')
  })
})

describe('a client that does not take its answers', () => {
  test('the server stops reading its requests: memory stays flat', async t => {
    const body = 'x'.repeat(100_000)
    const { connect, server } = await listening(t, exchange => exchange.answer(200, [], body) as undefined)
    const client = await connect()
    client.socket.pause()
    void client.send(get('/').repeat(1000))
    let before = -1
    while (server.stats.requests !== before) {
      before = server.stats.requests
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    assert.ok(before < 400, `${before} answers of 100 kB were made for a client that reads nothing`)
    client.socket.resume()
    assert.equal((await client.answers(1000)).length, 1000)
  })

  test("an app's writes wait for the client, and end waiting when it leaves", async t => {
    const gone = deferred()
    let written = 0
    const { connect } = await listening(t, async exchange => {
      exchange.begin(200, [])
      while (!exchange.isGone) {
        await exchange.write(Buffer.alloc(100_000))
        written += 100_000
        await new Promise(setImmediate)
      }
      gone.resolve()
    })
    const client = await connect()
    client.socket.pause()
    await client.send(get('/'))
    let before = -1
    while (written !== before) {
      before = written
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    assert.ok(written < 32 * 1024 * 1024)
    client.socket.resetAndDestroy()
    await gone.promise
  })

  test('a declared length reserves nothing: 50 bodies of 100 MB that never come', async t => {
    const begun: Promise<unknown>[] = []
    const { connect } = await listening(t, exchange => {
      begun.push(Promise.resolve(exchange.read()))
      return wholeBody(exchange).then(body => exchange.answer(200, [], body))
    })
    const used = () => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
    const before = used()
    for (let i = 0; i < 50; i++) {
      const client = await connect()
      await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nhello')
    }
    while (begun.length < 50) await new Promise(setImmediate)
    await Promise.all(begun)
    assert.ok(used() - before < 30_000_000, `${used() - before} bytes`)
  })

  test('writes to a client that has left do not wait for ever', async t => {
    const done = deferred<number>()
    const { connect } = await listening(t, async exchange => {
      exchange.begin(200, [])
      exchange.write('first')
      while (!exchange.isGone) await new Promise(setImmediate)
      for (let i = 0; i < 10; i++) await exchange.write(Buffer.alloc(100_000))
      exchange.end()
      done.resolve(1)
    })
    const client = await connect()
    await client.send(get('/'))
    await client.seen('first')
    client.socket.resetAndDestroy()
    assert.equal(await done.promise, 1)
  })
})
