// Which of a connection's times run, and which is over first, on a clock that the test moves. overdue.test.ts has what becomes of a connection.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Deadline, Deadlines } from '../../../src/server/connection/deadlines.ts'
import { HANDSHAKE_PAUSE_MS } from '../../../src/server/connection/going-away.ts'
import type { ServerContext } from '../../../src/server/server-context.ts'
import {
  DEFAULT_SETTINGS,
  LAST_LINGER_QUIET_MS,
  LINGER_MS,
  LINGER_QUIET_MS,
  QUIET_MS,
  type ServerSettings,
} from '../../../src/server/settings.ts'

const SETTINGS: ServerSettings = {
  ...DEFAULT_SETTINGS,
  headTimeoutMs: 100,
  keepaliveTimeoutMs: 200,
  requestTimeoutMs: 300,
  writeTimeoutMs: 400,
}

/** Deadlines at the time 1000, which `at` changes. */
function made(settings: Partial<ServerSettings> = {}) {
  const clock = { time: 1000, after: (ms: number) => (ms === 0 ? Infinity : clock.time + ms) }
  const context = { clock, settings: { ...SETTINGS, ...settings }, isDraining: false }
  const deadlines = new Deadlines(context as unknown as ServerContext)
  return { clock, context, deadlines }
}

const STARTS: readonly [deadline: Deadline, start: (deadlines: Deadlines) => void, end: number][] = [
  ['first-byte', d => d.awaitFirstByte(), 1100],
  ['head', d => d.awaitHead(true), 1100],
  ['keep-alive', d => d.awaitHead(false), 1200],
  ['response', d => d.awaitResponse(), 1300],
  ['departure', d => d.awaitDeparture(1234), 1234],
  ['body', d => d.awaitBody(1234), 1234],
  ['unread', d => d.awaitReader(false), 1200],
  ['discard', d => d.startDropping('discard'), 1000 + LINGER_QUIET_MS],
  ['handshake', d => d.awaitHandshake(), 1000 + HANDSHAKE_PAUSE_MS],
  ['stall', d => d.awaitTaking(), 1400],
  ['write', d => d.awaitLastWrite(), 1400],
  ['linger', d => d.startDropping('linger'), 1000 + LINGER_QUIET_MS],
]

for (const [deadline, start, end] of STARTS) {
  test(`"${deadline}" runs until its time is over, once`, () => {
    const { clock, deadlines } = made()
    start(deadlines)
    assert.equal(deadlines.first, end)
    clock.time = end
    assert.equal(deadlines.expire(), deadline)
    assert.equal(deadlines.first, Infinity)
  })

  test(`"${deadline}" does not outlive the exchange: none runs behind it`, () => {
    const { deadlines } = made()
    start(deadlines)
    deadlines.stop()
    assert.equal(deadlines.first, Infinity)
  })
}

test('a time of 0 is none', () => {
  const { deadlines } = made({ headTimeoutMs: 0, keepaliveTimeoutMs: 0, requestTimeoutMs: 0, writeTimeoutMs: 0 })
  for (const start of [
    () => deadlines.awaitFirstByte(),
    () => deadlines.awaitHead(true),
    () => deadlines.awaitHead(false),
    () => deadlines.awaitResponse(),
    () => deadlines.awaitReader(false),
    () => deadlines.awaitLastWrite(),
  ]) {
    deadlines.stop()
    start()
    assert.equal(deadlines.first, Infinity)
  }
})

test('what comes of a head does not move its end; what comes before one does not move that of the first byte', () => {
  const { clock, deadlines } = made()
  deadlines.awaitFirstByte()
  clock.time = 1050
  deadlines.awaitHead(false)
  assert.equal(deadlines.first, 1100)
  deadlines.awaitHead(true)
  clock.time = 1090
  deadlines.awaitHead(true)
  assert.equal(deadlines.first, 1150)
})

test('the earliest of an exchange is over first, and the others run on', () => {
  const { clock, deadlines } = made()
  deadlines.awaitResponse()
  deadlines.awaitBody(1400)
  deadlines.awaitDeparture(1200)
  const order: [number, Deadline][] = []
  while (deadlines.first !== Infinity) {
    clock.time = deadlines.first
    order.push([clock.time, deadlines.expire()])
  }
  assert.deepEqual(order, [
    [1200, 'departure'],
    [1300, 'response'],
    [1400, 'body'],
  ])
})

test('a piece of the body ends the wait for it, not that for the response', () => {
  const { deadlines } = made()
  deadlines.awaitResponse()
  deadlines.awaitBody(1100)
  deadlines.bodyCame()
  assert.equal(deadlines.first, 1300)
})

test('behind the response only the body is waited for: by its reader, or for its reader', () => {
  const { deadlines } = made()
  deadlines.awaitResponse()
  deadlines.awaitDeparture(1050)
  deadlines.awaitBody(5000)
  deadlines.awaitReader(true)
  assert.equal(deadlines.first, 5000)
  deadlines.awaitReader(false)
  assert.equal(deadlines.first, 1200)
})

test('what is dropped has a time in all, however steadily it comes', () => {
  const { clock, deadlines } = made()
  deadlines.startDropping('linger')
  for (; clock.time < 1000 + LINGER_MS - 1000; clock.time += 1000) deadlines.keepDropping('linger')
  assert.equal(deadlines.first, 1000 + LINGER_MS)
})

test('a server that drains gives idle and leaving connections less', () => {
  const { context, deadlines } = made({ keepaliveTimeoutMs: 0 })
  deadlines.awaitHead(false)
  context.isDraining = true
  deadlines.shortenIdle()
  assert.equal(deadlines.first, 1000 + QUIET_MS)
  deadlines.stop()
  deadlines.shortenIdle()
  assert.equal(deadlines.first, 1000 + QUIET_MS)
  deadlines.startDropping('linger')
  assert.equal(deadlines.first, 1000 + LAST_LINGER_QUIET_MS)
})
