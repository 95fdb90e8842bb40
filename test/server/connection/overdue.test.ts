// What becomes of a connection whose client does not take what it is sent, on a clock that the test moves.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Handler } from '../../../src/app/handler.ts'
import { type ServerSettings, UNANSWERED_MS } from '../../../src/server/settings.ts'
import { OpenWire } from '../../support/open-wire.ts'

let last: SlowWire
/** A wire whose client takes nothing. */
class SlowWire extends OpenWire {
  isDestroyed = false
  hasEnded = false
  constructor() {
    super()
    last = this
  }
  override sendText(): boolean {
    return false
  }
  override end(): void {
    this.hasEnded = true
  }
  override destroy(): void {
    this.isDestroyed = true
  }
}

function served(t: TestContext, handler: Handler, settings: Partial<ServerSettings>) {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'] })
  const user = SlowWire.connect(handler, settings)
  return {
    user,
    transport: last,
    pass: (ms: number) => {
      for (let passed = 0; passed < ms; passed += 500) t.mock.timers.tick(500)
    },
  }
}

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
