// RFC 9112 9.6: after its last answer a server goes on reading for a while, or a reset destroys the answer on its way.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LINGER_BYTES } from '../../src/server/settings.ts'
import { listening } from '../support/listening.ts'
import { OpenTransport } from '../support/open-transport.ts'

const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000\r\n\r\n'
const SMALL = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n'
const PIECE = Buffer.alloc(1000)

let last: LingeringTransport
/** A transport that ends at once and tells when it is destroyed. */
class LingeringTransport extends OpenTransport {
  isDestroyed = false
  hasEnded = false
  hasClosed = false
  constructor() {
    super()
    last = this
  }
  override end(ended: () => void): void {
    this.hasEnded = true
    ended()
  }
  override endAndClose(): void {
    this.hasClosed = true
  }
  override destroy(): void {
    this.isDestroyed = true
  }
}

/** A client that has its answer and goes on sending; `pass` lets seconds go by. */
function answered(t: TestContext, request: string) {
  t.mock.timers.enable({ apis: ['setInterval', 'setImmediate', 'Date'] })
  const user = LingeringTransport.connect(async exchange => exchange.answer(200, [], 'early'))
  user.received(Buffer.from(request))
  return {
    transport: last,
    send: () => user.received(Buffer.from(PIECE)),
    pass: (seconds: number) => {
      for (let i = 0; i < seconds * 2; i++) t.mock.timers.tick(500)
    },
  }
}

test('an upload with a piece each second is read for 30 s behind its answer', t => {
  const { transport, send, pass } = answered(t, POST)
  assert.ok(transport.hasEnded)
  for (let second = 0; second < 29; second++) {
    send()
    pass(1)
    assert.equal(transport.isDestroyed, false, `${second} s`)
  }
  for (let second = 29; second < 32; second++) {
    send()
    pass(1)
  }
  assert.ok(transport.isDestroyed, 'it has no end')
})

test('an upload that is silent for 5 s is let go', t => {
  const { transport, send, pass } = answered(t, POST)
  pass(4)
  send()
  pass(4)
  assert.equal(transport.isDestroyed, false)
  pass(2)
  assert.ok(transport.isDestroyed)
})

test('a body that is dropped to keep its connection has the same time', t => {
  const { transport, send, pass } = answered(t, SMALL)
  for (let second = 0; second < 20; second++) {
    send()
    pass(1)
  }
  assert.equal(transport.hasEnded, false)
  pass(6)
  assert.ok(transport.hasEnded)
})

test('what is read behind the answer is bounded in bytes, too', t => {
  const { transport } = answered(t, POST)
  const buffer = Buffer.alloc(1)
  for (let read = 0; read < LINGER_BYTES; read += 2 ** 20) transport.user?.receivedBorrowed(buffer, 2 ** 20)
  assert.equal(transport.isDestroyed, false)
  transport.user?.receivedBorrowed(buffer, 1)
  assert.ok(transport.isDestroyed)
})

const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
for (const [who, request, isAtOnce] of [
  ['asked for it', LAST, true],
  ['speaks HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', true],
  ['asked for it, and has sent more', `${LAST}\r\n`, false],
  [
    'asked for it behind a body',
    LAST.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\nx'),
    false,
  ],
  ['asked for nothing', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.replace('GET', 'FAULT /'), false],
] as const)
  test(`${isAtOnce ? 'closed at once' : 'closed in stages'}: a client that ${who}`, t => {
    const { transport } = answered(t, request)
    assert.deepEqual([transport.hasEnded, transport.hasClosed], [!isAtOnce, isAtOnce])
  })

test('a client that reads only behind its upload, a piece each second for 6 s, gets its answer', async t => {
  // The sockets are real: the kernel would send the reset that this is about.
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const { connect } = await listening(t, async exchange => exchange.answer(413, [], 'no'))
  const client = await connect()
  client.socket.pause()
  await client.send(POST)
  for (let second = 0; second < 6; second++) {
    await client.send(PIECE)
    for (let i = 0; i < 2; i++) {
      // The event loop reads what has come before it goes on to the next immediate but one.
      for (const _ of [1, 2]) await nextTurn()
      t.mock.timers.tick(500)
    }
  }
  client.socket.resume()
  assert.deepEqual(
    (await client.allAnswers()).map(({ status }) => status),
    [413],
  )
})

test('a drain waits for an upload that goes on behind its answer no longer than its own time', async t => {
  const { connect, server } = await listening(t, async exchange => exchange.answer(413, [], 'no'))
  const client = await connect()
  await client.send(POST)
  const sending = setInterval(() => void client.send(PIECE).catch(() => undefined), 20)
  t.after(() => clearInterval(sending))
  const start = performance.now()
  await server.drain(300)
  assert.ok(performance.now() - start >= 290)
})
