// What every kind of application does for clients of HTTP/2: the same as for those of HTTP/1, as far as the protocol has it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import type { AppKind } from '../../src/app/load/load-app.ts'
import type { ListenAddress } from '../../src/config/listen/address.ts'
import type { Log } from '../../src/log/log.ts'
import { type App, serve } from '../../src/server/library/serve.ts'
import { makeApp as makeFetch } from '../fixtures/contract/fetch.ts'
import { makeApp as makeNode } from '../fixtures/contract/node.ts'
import { makeApp as makePsgi } from '../fixtures/contract/psgi.ts'
import { LARGE, PIECE, PIECES } from '../fixtures/contract/routes.ts'
import { writeCertificate } from '../support/certificate.ts'
import { answerOf, Http2Client } from '../support/http2-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Place {
  readonly kind: AppKind
  readonly scheme: 'http' | 'https'
  connect(): Http2Client
}

const APPS: Readonly<Record<string, () => App>> = { psgi: makePsgi, fetch: makeFetch, node: makeNode }
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const CASES: Readonly<Record<string, (client: Http2Client, place: Place) => Promise<void>>> = {
  'GET gets status, fields and body': async client => {
    const { status, fields, body, code } = await client.get('/hello')
    assert.deepEqual([status, String(body), fields['content-length'], code], [200, 'hello', '5', 0])
    assert.match(String(fields['content-type']), /^text\/plain/)
    assert.match(String(fields['date']), /GMT$/)
    for (const name of ['connection', 'keep-alive', 'transfer-encoding']) assert.equal(fields[name], undefined)
  },
  'HEAD gets the fields of GET and no body': async client => {
    const { status, fields, body } = await client.ask({ method: 'HEAD', path: '/hello' })
    assert.deepEqual([status, fields['content-length'], body.length], [200, '5', 0])
    const streamed = await client.ask({ method: 'HEAD', path: '/stream' })
    assert.deepEqual([streamed.status, streamed.body.length, streamed.code], [200, 0, 0])
  },
  'the method reaches the application as it was sent': async client => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE']
    const answers = await Promise.all(methods.map(method => client.ask({ method, path: '/method' })))
    assert.deepEqual(
      answers.map(({ body }) => String(body)),
      methods,
    )
  },
  'bodies come back: with a length, without one, empty, and every byte': async client => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    for (const body of [all, Buffer.alloc(0)]) {
      for (const fields of [{}, { 'content-length': body.length }]) {
        const answer = await client.ask({ method: 'POST', path: '/echo', body, fields })
        assert.deepEqual([answer.status, answer.body.equals(body)], [200, true])
      }
    }
  },
  'a body of 1 MiB comes back, ten at a time': async client => {
    const asked = Array.from({ length: 10 }, () => client.ask({ method: 'POST', path: '/echo', body: LARGE }))
    for (const { body } of await Promise.all(asked)) assert.ok(body.equals(LARGE))
  },
  'a body that the application ignores is stopped': async client => {
    const { status, body, code } = await client.ask({ method: 'POST', path: '/ignore', body: LARGE })
    assert.deepEqual([status, String(body), code], [200, 'ignored', 0])
    assert.equal((await client.get('/hello')).status, 200)
  },
  'Expect: 100-continue is answered before the body is sent': async client => {
    const waiting = client.session.request({
      ':method': 'POST',
      ':path': '/echo',
      ':authority': 'a',
      expect: '100-continue',
    })
    waiting.on('error', () => undefined)
    const answer = answerOf(waiting)
    await once(waiting, 'continue')
    waiting.end('body')
    assert.equal(String((await answer).body), 'body')
  },
  'statuses, those without a body as well': async client => {
    for (const status of [200, 201, 403, 503]) assert.equal((await client.get(`/status/${status}`)).status, status)
    for (const status of [204, 304]) {
      const answer = await client.get(`/status/${status}`)
      assert.deepEqual([answer.status, answer.body.length, answer.fields['x-kept'], answer.code], [status, 0, 'yes', 0])
    }
  },
  'answers empty, in UTF-8, large, streamed and with a length of their own': async client => {
    assert.deepEqual(
      [(await client.get('/empty')).body.length, (await client.get('/empty')).fields['x-empty']],
      [0, 'yes'],
    )
    const text = await client.get('/unicode')
    assert.deepEqual([String(text.body), text.fields['content-length']], ['grüezi €', '11'])
    assert.ok((await client.get('/large')).body.equals(LARGE))
    assert.equal(String((await client.get('/stream')).body), 'one two three')
    const told = await client.get('/length')
    assert.deepEqual([String(told.body), told.fields['content-length']], ['hello', '5'])
  },
  'repeated fields of an answer stay apart, those of a request are joined, crumbs of a cookie are one':
    async client => {
      const { fields } = await client.get('/repeat')
      assert.deepEqual([fields['set-cookie'], fields['x-one']], [['a=1', 'b=2'], '1'])
      assert.equal(String((await client.get('/field', { 'x-test': ['a', 'b, c'] })).body), 'a, b, c')
      assert.equal(String((await client.get('/cookie', { cookie: ['a=1', 'b=2'] })).body), 'a=1; b=2')
      const long = 'x'.repeat(8000)
      assert.equal(String((await client.get('/field', { 'x-test': long })).body), long)
    },
  'targets are left as they are': async client => {
    for (const target of ['/target/a%2Fb%20c%E3%81%82;p//d?x=%26&y=a+b?', '/target?sale=50%']) {
      const answer = await client.get(target)
      assert.equal(String(answer.body).replace(/^https?:\/\/[^/]*/, ''), target)
    }
  },
  'the application knows scheme, host and client': async (client, { scheme }) => {
    const answers = await Promise.all(['/scheme', '/host', '/client'].map(path => client.get(path)))
    assert.deepEqual(
      answers.map(({ body }) => String(body)),
      [scheme, 'contract.test', '127.0.0.1'],
    )
  },
  'an interim answer comes before the final one': async client => {
    const { interim, body } = await client.get('/early')
    assert.equal(String(body), 'late')
    assert.deepEqual(
      interim.map(({ status, fields }) => [status, fields['link']]),
      [[103, '</style.css>; rel=preload']],
    )
  },
  'an application that throws is a 500 without details, and the others are served': async client => {
    const [hello, ...failed] = await Promise.all(['/hello', '/throw', '/reject'].map(path => client.get(path)))
    for (const { status, body } of failed) {
      assert.equal(status, 500)
      assert.doesNotMatch(String(body), /purpose/)
    }
    assert.equal(hello!.status, 200)
  },
  'an answer that breaks is reset, never ended as if it were whole': async client => {
    const { status, code } = await client.get('/broken')
    assert.equal(status, 200)
    assert.notEqual(code, 0)
    assert.equal((await client.get('/hello')).status, 200)
  },
  'an application learns that its client has left, by a reset and by the end of the connection': async (
    client,
    place,
  ) => {
    for (const leave of ['reset', 'close']) {
      const leaving = place.connect()
      const stream = leaving.open({ path: '/silent' })
      await once(stream, 'data')
      const left = client.get('/left')
      if (leave === 'reset') stream.close(8)
      else leaving.destroy()
      assert.equal(String((await left).body), 'left')
    }
  },
  'a slow reader holds the application back, and still gets all of it': async (client, place) => {
    const slow = place.connect()
    const stream = slow.open({ path: '/pieces' })
    stream.pause()
    await once(stream, 'response')
    assert.ok((await standstill(client)) < PIECES, 'the application made everything although nobody reads')
    let received = 0
    stream.on('data', (piece: Buffer) => {
      received += piece.length
    })
    stream.resume()
    await once(stream, 'end')
    assert.equal(received, PIECES * PIECE.length)
  },
}

/** Pieces that were made when ten answers in a row tell the same number. */
async function standstill(client: Http2Client): Promise<number> {
  const seen: number[] = []
  for (;;) {
    seen.push(Number(String((await client.get('/made')).body)))
    const last = seen.slice(-10)
    if (last.length === 10 && last.every(count => count === last[0])) return last[0]!
  }
}

/** Without a least size all text is compressed, and has no length. */
const COMPRESSES = { compress: { codings: ['gzip'], minBytes: 100 } } as const
const TAKES_GZIP = { 'accept-encoding': 'gzip' }

async function placeOf(t: TestContext, kind: AppKind, scheme: 'http' | 'https', compresses: boolean): Promise<Place> {
  const here = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const
  const address: ListenAddress =
    scheme === 'http'
      ? { ...here, h2c: true }
      : { ...here, tls: { ...writeCertificate(temporaryFolder('http2')), verifyMode: 0 } }
  const settings = compresses ? COMPRESSES : {}
  const server = await serve(APPS[kind]!(), { interface: kind, listen: [address], log: SILENT, graceMs: 0, settings })
  const clients: Http2Client[] = []
  t.after(async () => {
    for (const client of clients) client.destroy()
    await server.close()
  })
  const [bound] = server.addresses
  return {
    kind,
    scheme,
    connect() {
      const port = bound !== undefined && 'port' in bound ? bound.port : -1
      const client = new Http2Client({ port, tls: scheme === 'https' }, compresses ? TAKES_GZIP : undefined)
      clients.push(client)
      return client
    },
  }
}

for (const kind of ['psgi', 'fetch', 'node'] as const) {
  for (const [scheme, compresses] of [
    ['http', false],
    ['https', false],
    ['http', true],
  ] as const) {
    describe(`${kind} style over HTTP/2, ${scheme}${compresses ? ', compressed' : ''}`, () => {
      for (const [name, run] of Object.entries(CASES)) {
        test(name, async t => {
          const place = await placeOf(t, kind, scheme, compresses)
          await run(place.connect(), place)
        })
      }
    })
  }
}
