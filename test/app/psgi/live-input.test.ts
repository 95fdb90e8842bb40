import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import { LiveInput } from '../../../src/app/psgi/live-input.ts'
import type { PsgiApp, PsgiEnv } from '../../../src/app/psgi/types.ts'
import { wrongEchoes } from '../../support/bodies.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { listening } from '../../support/listening.ts'
import { mistakeOf, startApp, testContext, tryApp } from './try-app.ts'

const LIVE = { streamsInput: true }
const POST = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n'
const CHUNKED = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'

async function joined(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** Answers with the body. */
const echo: PsgiApp = async env => [200, [], [await joined(env['psgi.input'])]]

test('with streamsInput an application is called before its body has come, and reads it as it comes', async () => {
  let seen: PsgiEnv | undefined
  const app: PsgiApp = env => {
    seen = env
    return echo(env)
  }
  const { exchange, pending } = startApp(app, `${POST}ab`, LIVE)
  assert.equal(seen?.['psgix.input.buffered'], false)
  assert.equal(seen?.CONTENT_LENGTH, '6')
  for (const piece of ['cd', 'ef']) {
    await new Promise(setImmediate)
    exchange.give(piece)
  }
  await pending
  assert.equal(Buffer.concat(exchange.body).toString(), 'abcdef')
})

test('with streamsInput a request without a body has an empty input', async () => {
  const { exchange } = await tryApp(env => [200, [], [String(env['psgi.input'].length)]], undefined, LIVE)
  assert.equal(Buffer.concat(exchange.body).toString(), '0')
})

test('with streamsInput a chunked body has no length', async () => {
  const app: PsgiApp = env => [200, [], [`${env.CONTENT_LENGTH} ${env['psgi.input'].length}`]]
  const tried = await tryApp(app, CHUNKED, LIVE)
  assert.equal(tried.exchange.answered?.status, 500)
  assert.match(
    mistakeOf(tried),
    /^Cannot tell the length of a chunked body: with --stream-input it comes from the client/,
  )
})

test('a live input refuses what would have to wait for the client', () => {
  const input = new LiveInput(new FakeExchange(`${POST}abcdef`))
  assert.equal(input.length, 6)
  for (const ask of [
    () => input.bytes(),
    () => input.text(),
    () => input.json(),
    () => input.read(),
    () => input.seek(),
  ]) {
    assert.throws(ask, { name: 'AppError', message: /with --stream-input it comes from the client, by "for await"/ })
  }
})

test('a live input is streamed, goes on where a reader stopped, and ends once', async () => {
  assert.equal(await joined(new LiveInput(new FakeExchange(`${POST}abcdef`)).stream()), 'abcdef')
  const exchange = new FakeExchange(`${CHUNKED}3\r\nabc\r\n`)
  const input = new LiveInput(exchange)
  for await (const piece of input) {
    assert.equal(Buffer.from(piece).toString(), 'abc')
    assert.equal(exchange.isReading?.(), true)
    await assert.rejects(async () => joined(input), /^AppError: Cannot read the body twice at a time/)
    break
  }
  assert.equal(exchange.isReading?.(), false)
  exchange.give('3\r\ndef\r\n0\r\n\r\n')
  assert.equal(await joined(input), 'def')
  assert.equal(await joined(input), '')
})

test('a live input throws to its reader when the client leaves, and when the body breaks the rules', async () => {
  const gone = new FakeExchange(`${POST}ab`)
  const reading = joined(new LiveInput(gone))
  await new Promise(setImmediate)
  gone.leave()
  await assert.rejects(reading, { name: 'ClientDisconnected' })
  const broken = await tryApp(echo, `${CHUNKED}zz\r\n`, LIVE)
  assert.equal(broken.exchange.answered?.status, 400)
})

test('live bodies come over sockets as they were sent, many at once', async t => {
  const app: PsgiApp = env => [200, [], env['psgi.input'].stream()]
  const { port } = await listening(t, psgiHandler(app, testContext(LIVE)))
  assert.equal(await wrongEchoes(`http://127.0.0.1:${port}/`, 4), 0)
})

test('a live body is asked for when it is read, and a client that is told no need not send it', async t => {
  const app: PsgiApp = env => (env.PATH_INFO === '/no' ? [403, [], ['no']] : echo(env))
  const { port } = await listening(t, psgiHandler(app, testContext(LIVE)))
  const said = async (path: string): Promise<string> => {
    const client = connect(port, '127.0.0.1').setEncoding('latin1')
    client.write(
      `POST ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    )
    let text = ''
    for await (const piece of client) {
      text += piece
      if (text.endsWith('100 Continue\r\n\r\n')) client.write('ab')
    }
    return text
  }
  assert.match(await said('/yes'), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [\s\S]*ab$/)
  assert.match(await said('/no'), /^HTTP\/1\.1 403 /)
})
