// What becomes of a connection whose client does not take what it is sent, on a clock that the test moves.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Handler } from '../../../src/app/handler.ts'
import { QUIET_MS, type ServerSettings, UNANSWERED_MS } from '../../../src/server/settings.ts'
import { wholeBody } from '../../support/listening.ts'
import { OpenTransport } from '../../support/open-transport.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

let last: SlowTransport
/** A transport whose client takes nothing. */
class SlowTransport extends OpenTransport {
  isDestroyed = false
  hasEnded = false
  sent = ''
  constructor() {
    super()
    last = this
  }
  override sendText(text: string): boolean {
    this.sent += text
    return false
  }
  override sendBytes(before: string, bytes: Uint8Array): boolean {
    return this.sendText(before + Buffer.from(bytes).toString('latin1'))
  }
  override sendPieces(pieces: readonly (string | Uint8Array)[]): boolean {
    return this.sendText(pieces.map(piece => Buffer.from(piece as string).toString('latin1')).join(''))
  }
  override end(): void {
    this.hasEnded = true
  }
  override destroy(): void {
    this.isDestroyed = true
  }
}

function served(t: TestContext, handler: Handler, settings: Partial<ServerSettings>) {
  t.mock.timers.enable({ apis: ['setInterval', 'setImmediate', 'setTimeout', 'Date'] })
  const user = SlowTransport.connect(handler, settings)
  return {
    user,
    transport: last,
    pass: (ms: number) => {
      for (let passed = 0; passed < ms; passed += 500) t.mock.timers.tick(500)
    },
  }
}

/** Lets what waits for promises go on. */
const settled = () => new Promise(process.nextTick)

test('the request timeout ends with the response: a client may take longer to read it', t => {
  const { user, transport, pass } = served(t, exchange => void exchange.answer(200, [], 'x'.repeat(100_000)), {
    requestTimeoutMs: 1000,
    keepaliveTimeoutMs: 5000,
  })
  user.received(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  pass(10_000)
  assert.equal(transport.hasEnded, false)
  user.drained()
  pass(10_000)
  assert.equal(transport.hasEnded, true, 'the keep-alive time runs from here on')
})

test('the request timeout ends when the response begins, however long its pieces take', async t => {
  let goOn = (): void => undefined
  const { user, transport, pass } = served(
    t,
    async exchange => {
      exchange.begin(200, [])
      exchange.write('one ')
      await new Promise<void>(resolve => {
        goOn = resolve
      })
      exchange.write('two')
      exchange.end()
    },
    { requestTimeoutMs: 1000 },
  )
  user.received(Buffer.from('GET / HTTP/1.0\r\n\r\n'))
  user.drained()
  pass(60_000)
  goOn()
  await settled()
  assert.match(transport.sent, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\none two$/)
})

test('a body that is still read when the response has begun is not cut by the request timeout', async t => {
  const { user, transport, pass } = served(
    t,
    async exchange => {
      exchange.begin(200, [])
      exchange.write(await wholeBody(exchange))
      exchange.end()
    },
    { requestTimeoutMs: 1000, bodyTimeoutMs: 60_000 },
  )
  user.received(Buffer.from('POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\na'))
  pass(10_000)
  user.received(Buffer.from('bc'))
  await settled()
  assert.match(transport.sent, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nabc$/)
})

test('a body that keeps coming is not cut, however long it takes', async t => {
  const { user, transport, pass } = served(t, async exchange => exchange.answer(200, [], await wholeBody(exchange)), {
    bodyTimeoutMs: 1500,
  })
  user.received(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n'))
  for (let i = 0; i < 12; i++) {
    pass(1500)
    user.received(Buffer.from('x'))
    await settled()
  }
  assert.match(transport.sent, /^HTTP\/1\.1 200 /)
})

test('an application that takes its time is not timed: the deadlines of a client are not its own', async t => {
  let answer = (): void => undefined
  const { user, transport, pass } = served(
    t,
    exchange => {
      answer = () => exchange.answer(200, [], '')
    },
    { headTimeoutMs: 1000, bodyTimeoutMs: 1000, keepaliveTimeoutMs: 1000, writeTimeoutMs: 1000 },
  )
  user.received(Buffer.from(GET))
  pass(60_000)
  answer()
  await settled()
  assert.match(transport.sent, /^HTTP\/1\.1 200 /)
})

test('a client that left its body behind and does not take its 400 is cut after the write timeout', t => {
  const { user, transport, pass } = served(t, () => undefined, { writeTimeoutMs: 1000 })
  user.received(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na'))
  user.receivedEnd()
  pass(UNANSWERED_MS + 1000)
  assert.equal(transport.hasEnded, true)
  pass(5000)
  assert.equal(transport.isDestroyed, true)
})

test('a body that was dropped behind a response leaves no time to take that response behind', t => {
  const { user, transport, pass } = served(t, exchange => void exchange.answer(200, [], 'x'.repeat(100_000)), {})
  user.received(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na'))
  user.received(Buffer.from('bc'))
  pass(60_000)
  assert.equal(transport.hasEnded, false)
})

const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na'

for (const [what, sent, late] of [
  ['the next request', GET, GET],
  ['the first request', '', GET],
  ['the rest of a head', GET.slice(0, -2), '\r\n'],
  ['the rest of a body', POST, 'b'],
] as const) {
  test(`${what} is served when it has come in time, and is read only behind the deadline (RFC 9112 9.3.1)`, async t => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
    let answered = 0
    const user = SlowTransport.connect(
      async exchange => {
        while ((await exchange.read()) !== null);
        answered++
        exchange.answer(200, [], '')
      },
      { keepaliveTimeoutMs: 1000, headTimeoutMs: 1000, bodyTimeoutMs: 1000 },
    )
    user.received(Buffer.from(sent))
    await nextTurn()
    user.drained()
    const before = answered
    for (let passed = 0; passed < 2000; passed += 500) t.mock.timers.tick(500)
    user.received(Buffer.from(late))
    await nextTurn()
    assert.equal(answered, before + 1)
    assert.equal(last.hasEnded, false)
  })
}

test('a drain begins the quiet moment of a client once it has taken its answer', t => {
  const { user, transport, pass } = served(t, exchange => void exchange.answer(200, [], 'x'.repeat(100_000)), {})
  user.received(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  SlowTransport.drain()
  pass(10_000)
  assert.equal(transport.hasEnded, false, 'the answer is on its way')
  user.drained()
  pass(QUIET_MS + 500)
  assert.equal(transport.hasEnded, true)
})

test('a client that counts as gone is not answered when the request timeout is over as well', t => {
  const { user, transport, pass } = served(t, () => undefined, { requestTimeoutMs: UNANSWERED_MS + 5000 })
  user.received(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  user.receivedEnd()
  pass(UNANSWERED_MS + 1000)
  assert.equal(transport.isDestroyed, true)
  pass(10_000)
  assert.equal(transport.sent, '')
})
