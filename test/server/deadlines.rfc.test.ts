// Deadlines (RFC 9110 15.5.9): heads, bodies and idle connections are all bounded, and many slow clients cost the others nothing.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Exchange } from '../../src/app/handler.ts'
import { MinimumRate } from '../../src/server/connection/minimum-rate.ts'
import { DeadlineTimer } from '../../src/server/deadline-timer.ts'
import { BODY_GRACE_MS, DEFAULT_SETTINGS } from '../../src/server/settings.ts'
import { fieldOf } from '../support/answers.ts'
import { listening, wholeBody } from '../support/listening.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const reading = async (exchange: Exchange) => exchange.answer(200, [], await wholeBody(exchange))

/** Milliseconds until `work` is done. */
async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work
  return performance.now() - start
}

/** Gives what `work` does, which must take `leastMs`, and less than a silent client has on a server with the times of the default. */
async function soon<T>(t: TestContext, leastMs: number, work: () => Promise<T>): Promise<T> {
  const { connect } = await listening(t, reading)
  const other = await connect()
  let isOver = false
  void other.ended().then(() => {
    isOver = true
  })
  const working = work()
  const ms = await timed(working)
  assert.ok(ms > leastMs, `${ms} ms`)
  assert.ok(!isOver, 'a silent client was cut before')
  return working
}

describe('deadlines', { concurrency: true }, () => {
  test('a head that does not end gets 408, however it drips', async t => {
    const { connect } = await listening(t, reading, { headTimeoutMs: 300 })
    const client = await connect()
    await client.send('GET / HTTP/1.1\r\nHost: a\r\n')
    const dripping = setInterval(() => void client.send('X: y\r\n'), 20)
    t.after(() => clearInterval(dripping))
    const answers = await soon(t, 200, () => client.allAnswers())
    assert.deepEqual(
      answers.map(({ status }) => status),
      [408],
    )
    assert.equal(fieldOf(answers[0]!, 'connection'), 'close')
  })

  test('an answer that does not begin in time is a 504, and the application hears of it', async t => {
    let aborted: unknown
    const { connect, logged } = await listening(
      t,
      async exchange => {
        await new Promise(resolve => exchange.signal.addEventListener('abort', resolve))
        aborted = exchange.signal.reason
        // Too late: it must go nowhere, and be no mistake.
        exchange.answer(200, [], 'late')
      },
      { requestTimeoutMs: 100 },
    )
    const client = await connect()
    await client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
    const answers = await client.allAnswers()
    assert.deepEqual(
      answers.map(({ status }) => status),
      [504],
    )
    assert.equal(fieldOf(answers[0]!, 'connection'), 'close')
    assert.match(String(aborted), /too long/)
    assert.deepEqual(logged, ['warn: No answer within the request timeout: GET /slow'])
  })

  test('a connection that says nothing is closed without an answer', async t => {
    const { connect } = await listening(t, reading, { headTimeoutMs: 200 })
    const client = await connect()
    assert.equal(await client.ended(), 'fin')
    assert.equal(client.text, '')
  })

  test('an idle connection is closed after the keep-alive time, without an answer', async t => {
    const { connect } = await listening(t, reading, { keepaliveTimeoutMs: 200, headTimeoutMs: 5000 })
    const client = await connect()
    // From before the request: the server's time runs as soon as it has answered, whenever we hear of it.
    const answers = await soon(t, 150, () => client.send(GET).then(() => client.allAnswers()))
    assert.equal(answers.length, 1)
  })

  test('the head of a later request has its own deadline', async t => {
    const { connect } = await listening(t, reading, { keepaliveTimeoutMs: 5000, headTimeoutMs: 200 })
    const client = await connect()
    await client.send(`${GET}GET / HT`)
    assert.deepEqual(
      (await client.allAnswers()).map(({ status }) => status),
      [200, 408],
    )
  })

  test('an empty line on an idle connection begins no request: no 408 for it', async t => {
    const { connect } = await listening(t, reading, { keepaliveTimeoutMs: 2500, headTimeoutMs: 1000 })
    const client = await connect()
    await client.send(`${GET}\r\n`)
    assert.deepEqual(
      (await client.allAnswers()).map(({ status }) => status),
      [200],
    )
  })

  test('silence in a body gets 408, then the end', async t => {
    const { connect } = await listening(t, reading, { bodyTimeoutMs: 200 })
    for (const body of ['Content-Length: 10\r\n\r\nhello', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhel']) {
      const client = await connect()
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${body}`)
      const answers = await soon(t, 150, () => client.allAnswers())
      assert.deepEqual(
        answers.map(({ status }) => status),
        [408],
      )
    }
  })

  test('500 clients that drip are cut on time and slow nobody', async t => {
    const { connect, server } = await listening(t, reading, { headTimeoutMs: 1000 })
    const slow = await Promise.all(Array.from({ length: 500 }, () => connect()))
    for (const client of slow) void client.send('GET / HTTP/1.1\r\nHost: a\r\nX: ')
    let rounds = 0
    const dripping = setInterval(() => {
      rounds++
      for (const client of slow) void client.send('x')
    }, 100)
    t.after(() => clearInterval(dripping))
    const fast = await connect()
    // In rounds of the others, which take longer on a slow machine, too.
    const latencies: number[] = []
    for (let i = 1; i <= 200; i++) {
      const before = rounds
      await fast.send(GET)
      await fast.answers(i)
      latencies.push(rounds - before)
    }
    // They drip on: a deadline that a byte moves would never come.
    const answers = await Promise.all(slow.map(client => client.allAnswers()))
    assert.ok(answers.every(([answer]) => answer!.status === 408))
    assert.ok(latencies.sort((a, b) => a - b)[100]! <= 2, `median ${latencies[100]} rounds`)
    assert.equal(server.stats.requests, 200)
  })
})

describe('the minimum rate of a body', () => {
  const clockAt = (now: number) => Object.assign(new DeadlineTimer(1000), { time: now })
  const paceOf = (bodyMinRate: number) =>
    new MinimumRate({ ...DEFAULT_SETTINGS, bodyTimeoutMs: 1_000_000, bodyMinRate })

  test('one byte every ten seconds is cut soon after the grace time', () => {
    const pace = paceOf(240)
    let now = 1_000_000
    const start = now
    for (;;) {
      const deadline = pace.waitFrom(clockAt(now))
      now += 10_000
      if (deadline <= now) break
      pace.got(1, clockAt(now))
    }
    assert.ok(now - start <= BODY_GRACE_MS + 20_000, `${now - start} ms`)
  })

  test('a body above the rate is never cut', () => {
    const pace = paceOf(240)
    let now = 1_000_000
    for (let i = 0; i < 1000; i++) {
      assert.ok(pace.waitFrom(clockAt(now)) > now + 1000, `second ${i}`)
      now += 1000
      pace.got(300, clockAt(now))
    }
  })

  test('a rate of 0 is none', () => {
    const pace = paceOf(0)
    assert.ok(pace.waitFrom(clockAt(1_000_000)) >= 2_000_000)
  })
})

// Not beside the others: it holds them all up.
test('time in which the process does not run is not the time of its clients', async t => {
  const { connect } = await listening(t, reading, { keepaliveTimeoutMs: 200, headTimeoutMs: 200 })
  const client = await connect()
  await client.send(GET)
  await client.answer()
  // The request lies in the kernel when the server looks at its deadlines again.
  const sent = client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
  await sent
  assert.deepEqual(
    (await client.allAnswers()).map(({ status }) => status),
    [200, 200],
  )
})

test('a short --write-timeout lets the clock tick as often as it needs', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const ticks: unknown[] = []
  const { setInterval: repeat } = globalThis
  t.mock.method(globalThis, 'setInterval', (call: () => void, ms: number) => {
    ticks.push(ms)
    return repeat(call, ms)
  })
  const { connect } = await listening(t, async exchange => exchange.answer(200, [], ''), { writeTimeoutMs: 200 })
  const client = await connect()
  await client.send(GET)
  await client.answer()
  assert.ok(ticks.includes(50), `every ${ticks.join(', ')} ms`)
})
