// One table of what every kind of application, behind every kind of listener, does for its clients. A case gets a
// place to connect to, and knows nothing of the application but its routes (test/fixtures/contract/).
// The file is long because it is the whole table.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AppKind } from '../../src/app/load/load-app.ts'
import { LARGE, PIECE, PIECES } from '../fixtures/contract/routes.ts'
import { type Answer, fieldOf } from '../support/answers.ts'
import type { RawClient } from '../support/raw-client.ts'

export interface Place {
  /** A client that is gone when the case is over. `methods`: of the requests it will send; what is missing is GET. */
  connect(...methods: string[]): Promise<RawClient>
  readonly kind: AppKind
  readonly scheme: 'http' | 'https'
  /** What the application sees as the client's address; `none` on a Unix socket. */
  readonly clientAddress: string
}

export type Case = (place: Place) => Promise<void>

export const CASES: Readonly<Record<string, Case>> = {
  'GET gets status, fields and body': async place => {
    const answer = await ask(place, get('/hello'))
    assert.equal(`${answer.version} ${answer.status} ${answer.reason} ${answer.framing}`, '1.1 200 OK length')
    assert.equal(String(answer.body), 'hello')
    assert.match(fieldOf(answer, 'content-type') ?? '', /^text\/plain/)
    assert.equal(fieldOf(answer, 'content-length'), '5')
    assert.match(fieldOf(answer, 'date') ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    assert.doesNotMatch(fieldOf(answer, 'connection') ?? '', /close/i)
  },
  'an unknown path is the application’s 404': async place => {
    const answer = await ask(place, get('/nowhere'))
    assert.deepEqual([answer.status, answer.reason, String(answer.body)], [404, 'Not Found', 'not found'])
  },
  'HEAD gets the fields of GET and no body': async place => {
    const [head, next] = await askAll(place, head_('/hello') + get('/hello'), ['HEAD'])
    assert.deepEqual([head!.status, fieldOf(head!, 'content-length'), head!.body.length], [200, '5', 0])
    assert.equal(String(next!.body), 'hello')
  },
  'HEAD of a streamed answer leaves the connection usable': async place => {
    const [head, next] = await askAll(place, head_('/stream') + get('/hello'), ['HEAD'])
    assert.deepEqual([head!.status, head!.body.length, String(next!.body)], [200, 0, 'hello'])
  },
  'the method reaches the application as it was sent': async place => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE']
    const requests = methods.map(method => request(method, '/method', ['Content-Length: 0']))
    assert.deepEqual(bodies(await askAll(place, requests.join(''), methods)), methods)
  },
  'a body with Content-Length comes back': async place => {
    const answer = await ask(place, post('/echo', 'a=1&b=2', 'Content-Type: application/x-www-form-urlencoded'))
    assert.equal(String(answer.body), 'a=1&b=2')
    assert.equal(fieldOf(answer, 'content-type'), 'application/x-www-form-urlencoded')
  },
  'an empty body comes back empty': async place => {
    const answer = await ask(place, post('/echo', ''))
    assert.deepEqual([answer.status, answer.body.length], [200, 0])
  },
  'every byte survives the way there and back': async place => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    assert.deepEqual((await ask(place, post('/echo', all.toString('latin1')))).body, all)
  },
  'a body of 1 MiB comes back': async place => {
    const client = await place.connect('POST')
    await client.send(head('POST', '/echo', [`Content-Length: ${LARGE.length}`]))
    await client.send(LARGE)
    assert.ok((await client.answer()).body.equals(LARGE))
  },
  'a chunked body comes back, extensions and trailers left out': async place => {
    const chunked = `${head('POST', '/echo', ['Transfer-Encoding: chunked'])}5;note=x\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n`
    const [echo, next] = await askAll(place, chunked + get('/field'), ['POST'])
    assert.deepEqual([String(echo!.body), String(next!.body)], ['hello world', 'none'])
  },
  'a chunked body of 1 MiB in odd pieces comes back': async place => {
    const client = await place.connect('POST')
    await client.send(head('POST', '/echo', ['Transfer-Encoding: chunked']))
    for (let at = 0; at < LARGE.length; at += 9973) {
      const piece = LARGE.subarray(at, at + 9973)
      await client.send(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]))
    }
    await client.send('0\r\n\r\n')
    assert.ok((await client.answer()).body.equals(LARGE))
  },
  'a body of 1-byte chunks comes back, and the next request is read': async place => {
    const body = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i & 0xff))
    const chunks = Array.from(body, byte => `1\r\n${String.fromCharCode(byte)}\r\n`).join('')
    const text = `${head('POST', '/echo', ['Transfer-Encoding: chunked'])}${chunks}0\r\n\r\n`
    const [echo, next] = await askAll(place, text + get('/hello'), ['POST'])
    assert.ok(echo!.body.equals(body))
    assert.equal(String(next!.body), 'hello')
  },
  'a request that comes byte by byte is understood': async place => {
    const client = await place.connect('POST')
    await client.drip(post('/echo', 'dripped'))
    assert.equal(String((await client.answer()).body), 'dripped')
  },
  'a body that the application ignores is no request': async place => {
    const answers = await askAll(place, post('/ignore', 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n') + get('/method'), [
      'POST',
    ])
    assert.deepEqual(bodies(answers), ['ignored', 'GET'])
  },
  'a GET with a body is one request': async place => {
    const answers = await askAll(place, request('GET', '/hello', ['Content-Length: 5'], 'GET /') + get('/method'))
    assert.deepEqual(bodies(answers), ['hello', 'GET'])
  },
  'Expect: 100-continue is answered before the body is sent': async place => {
    const client = await place.connect('POST')
    await client.send(head('POST', '/echo', ['Content-Length: 4', 'Expect: 100-continue']))
    await client.seen('HTTP/1.1 100 Continue\r\n')
    await client.send('body')
    const answer = await client.answer()
    assert.deepEqual([answer.interim.map(({ status }) => status), String(answer.body)], [[100], 'body'])
  },
  'a status comes with its reason': async place => {
    const answers = await askAll(place, ['200', '201', '403', '503'].map(code => get(`/status/${code}`)).join(''))
    const seen = answers.map(({ status, reason, body }) => `${status} ${reason}: ${body}`)
    assert.deepEqual(seen, [
      '200 OK: status 200',
      '201 Created: status 201',
      '403 Forbidden: status 403',
      '503 Service Unavailable: status 503',
    ])
  },
  '204 and 304 have neither body nor framing, and the connection lives on': async place => {
    const answers = await askAll(place, get('/status/204') + get('/status/304') + get('/hello'))
    for (const answer of answers.slice(0, 2)) {
      assert.deepEqual(
        [answer.framing, fieldOf(answer, 'transfer-encoding'), fieldOf(answer, 'x-kept')],
        ['none', undefined, 'yes'],
      )
    }
    assert.equal(String(answers[2]!.body), 'hello')
  },
  'an answer without a body has length 0': async place => {
    const answer = await ask(place, get('/empty'))
    assert.deepEqual(
      [answer.framing, fieldOf(answer, 'content-length'), fieldOf(answer, 'x-empty')],
      ['length', '0', 'yes'],
    )
  },
  'text is sent as UTF-8 and its length counts bytes': async place => {
    const answer = await ask(place, get('/unicode'))
    assert.deepEqual([String(answer.body), fieldOf(answer, 'content-length')], ['grüezi €', '11'])
  },
  'an answer of 1 MiB arrives whole': async place => {
    assert.ok((await ask(place, get('/large'))).body.equals(LARGE))
  },
  'a streamed answer is chunked on HTTP/1.1': async place => {
    const [answer, next] = await askAll(place, get('/stream') + get('/hello'))
    assert.deepEqual([answer!.framing, String(answer!.body), String(next!.body)], ['chunked', 'one two three', 'hello'])
  },
  'a streamed answer with its own Content-Length is not chunked': async place => {
    const answer = await ask(place, get('/length'))
    assert.deepEqual([answer.framing, String(answer.body)], ['length', 'hello'])
  },
  'a streamed answer ends with the connection on HTTP/1.0': async place => {
    const [answer] = await lastWords(place, 'GET /stream HTTP/1.0\r\n\r\n')
    assert.deepEqual([answer!.framing, String(answer!.body)], ['close', 'one two three'])
  },
  'HTTP/1.0 without a Host is served and closed': async place => {
    const [answer] = await lastWords(place, 'GET /host HTTP/1.0\r\n\r\n')
    assert.deepEqual([answer!.status, String(answer!.body)], [200, 'none'])
  },
  'HTTP/1.0 with keep-alive gets a second answer': async place => {
    const client = await place.connect()
    const keep = 'GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
    await client.send(keep)
    assert.match(fieldOf(await client.answer(), 'connection') ?? '', /keep-alive/i)
    await client.send(keep)
    assert.deepEqual(bodies(await client.answers(2)), ['hello', 'hello'])
  },
  'a connection serves one request after the other': async place => {
    const client = await place.connect()
    for (let count = 1; count <= 5; count++) {
      await client.send(get('/hello'))
      assert.equal((await client.answers(count)).length, count)
    }
  },
  'pipelined requests are answered in order': async place => {
    const requests = [get('/stream'), post('/echo', 'two'), get('/hello'), post('/echo', 'four')]
    const answers = await askAll(place, requests.join(''), ['GET', 'POST', 'GET', 'POST'])
    assert.deepEqual(bodies(answers), ['one two three', 'two', 'hello', 'four'])
  },
  'the client’s Connection: close is honoured': async place => {
    const answers = await lastWords(place, request('GET', '/hello', ['Connection: close']))
    assert.deepEqual([answers.length, fieldOf(answers[0]!, 'connection')], [1, 'close'])
  },
  'the application’s Connection: close is honoured': async place => {
    const answers = await lastWords(place, get('/close') + get('/hello'))
    assert.deepEqual([bodies(answers), fieldOf(answers[0]!, 'connection')?.toLowerCase()], [['bye'], 'close'])
  },
  'a client that ends along with its request still gets its answer': async place => {
    const client = await place.connect()
    await client.send(get('/hello'))
    client.halfClose()
    assert.deepEqual(bodies(await client.allAnswers()), ['hello'])
  },
  'a client that ends along with its request still gets a stream; in Node style it has left, as under node:http':
    async place => {
      const client = await place.connect()
      await client.send(get('/stream'))
      client.halfClose()
      if (place.kind === 'node') await client.ended()
      else assert.deepEqual(bodies(await client.allAnswers()), ['one two three'])
    },
  'a client that closes in the middle of a stream has left': async place => {
    const [leaving, waiting] = [await place.connect(), await place.connect()]
    await leaving.send(get('/silent'))
    await leaving.seen('begun')
    await waiting.send(get('/left'))
    leaving.halfClose()
    assert.equal(String((await waiting.answer()).body), 'left')
    await leaving.ended()
  },
  'repeated fields of an answer stay apart': async place => {
    const { fields } = await ask(place, get('/repeat'))
    const named = (name: string): string[] =>
      fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
    assert.deepEqual([named('set-cookie'), named('x-one')], [['a=1', 'b=2'], ['1']])
  },
  'repeated fields of a request are joined': async place => {
    const answer = await ask(place, request('GET', '/field', ['X-Test: a', 'X-Test: b, c']))
    assert.equal(String(answer.body), 'a, b, c')
  },
  'several Cookie lines are one': async place => {
    const answer = await ask(place, request('GET', '/cookie', ['Cookie: a=1', 'Cookie: b=2']))
    assert.equal(String(answer.body), 'a=1; b=2')
  },
  'a field of 8 kB reaches the application': async place => {
    const long = 'x'.repeat(8000)
    assert.equal(String((await ask(place, request('GET', '/field', [`X-Test: ${long}`]))).body), long)
  },
  'bytes above ASCII in fields are latin1, both ways': async place => {
    const answer = await ask(place, request('GET', '/latin', ['X-Test: \xe9']))
    assert.deepEqual([String(answer.body), fieldOf(answer, 'x-latin')], ['e9', '\xe9'])
  },
  'percent-escapes of the target are left as they are': async place => {
    const target = '/target/a%2Fb%20c%E3%81%82;p//d?x=%26&y=a+b?'
    assert.equal(String((await ask(place, get(target))).body), target)
  },
  'broken percent-escapes are the application’s to judge, in a path and in a query': async place => {
    for (const target of [
      '/target?sale=50%',
      '/target/50%',
      '/target/%zz/%4',
      '/target?u=%u0041&%',
      '/target/%+1?%%34',
    ]) {
      const answer = await ask(place, get(target))
      assert.equal(answer.status, 200)
      assert.equal(String(answer.body).replace(/^https?:\/\/[^/]*/, ''), target)
    }
  },
  'an absolute target is one for the path, and its host counts': async place => {
    const answer = await ask(place, `GET http://example.org/target?q HTTP/1.1\r\nHost: example.org\r\n\r\n`)
    assert.equal(String(answer.body).replace('http://example.org', ''), '/target?q')
  },
  'the query can be read': async place => {
    assert.equal(String((await ask(place, get('/query?a=1&name=J%C3%BCrgen+K'))).body), 'Jürgen K')
  },
  'the application knows scheme, host and client': async place => {
    const answers = await askAll(place, get('/scheme') + get('/host') + get('/client'))
    assert.deepEqual(bodies(answers), [place.scheme, 'contract.test', place.clientAddress])
  },
  'an interim answer comes before the final one': async place => {
    const answer = await ask(place, get('/early'))
    assert.equal(String(answer.body), 'late')
    assert.deepEqual(
      answer.interim.map(early => [early.status, fieldOf(early, 'link')]),
      [[103, '</style.css>; rel=preload']],
    )
  },
  'an application that throws is a 500 without details, and the next request is served': async place => {
    for (const path of ['/throw', '/reject']) {
      const answer = await ask(place, get(path))
      assert.deepEqual([answer.status, answer.reason], [500, 'Internal Server Error'])
      assert.doesNotMatch(String(answer.body), /purpose/)
    }
    assert.equal((await ask(place, get('/hello'))).status, 200)
  },
  'an answer that breaks is cut, never ended as if it were whole': async place => {
    const client = await place.connect()
    await client.send(get('/broken'))
    await client.ended()
    assert.match(client.text, /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(client.text, /one /)
    assert.doesNotMatch(client.text, /0\r\n\r\n$/)
    assert.equal((await ask(place, get('/hello'))).status, 200)
  },
  'an application learns that its client has left': async place => {
    const [gone, waiting] = [await place.connect(), await place.connect()]
    await gone.send(get('/wait'))
    await gone.send('') // the request is out
    await waiting.send(get('/left'))
    gone.destroy()
    assert.equal(String((await waiting.answer()).body), 'left')
  },
  'a slow reader holds the application back, and still gets all of it': async place => {
    const client = await place.connect()
    client.socket.removeAllListeners('data').pause()
    await client.send('GET /pieces HTTP/1.0\r\n\r\n')
    assert.ok((await standstill(place)) < PIECES, 'the application made everything although nobody reads')
    let received = 0
    client.socket.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    client.socket.resume()
    await once(client.socket, 'end')
    assert.ok(received >= PIECES * PIECE.length, `only ${received} bytes came`)
  },
}

/** Pieces that were made when ten answers in a row tell the same number. */
async function standstill(place: Place): Promise<number> {
  const client = await place.connect()
  const seen: number[] = []
  for (;;) {
    await client.send(get('/made'))
    seen.push(Number(String((await client.answers(seen.length + 1)).at(-1)!.body)))
    const last = seen.slice(-10)
    if (last[0]! > 0 && last.length === 10 && last.every(count => count === last[0])) return last[0]!
  }
}

function head(method: string, path: string, fields: readonly string[] = []): string {
  return `${[`${method} ${path} HTTP/1.1`, 'Host: contract.test', ...fields].join('\r\n')}\r\n\r\n`
}

function request(method: string, path: string, fields: readonly string[], body = ''): string {
  return head(method, path, fields) + body
}

const get = (path: string): string => head('GET', path)
const head_ = (path: string): string => head('HEAD', path)
const post = (path: string, body: string, ...fields: string[]): string =>
  request('POST', path, [`Content-Length: ${body.length}`, ...fields], body)

async function ask(place: Place, text: string): Promise<Answer> {
  const client = await place.connect(text.slice(0, text.indexOf(' ')))
  await client.send(text)
  return await client.answer()
}

/** Sends several requests in one write; as many answers as there are request lines for contract.test. */
async function askAll(place: Place, text: string, methods: readonly string[] = []): Promise<readonly Answer[]> {
  const client = await place.connect(...methods)
  await client.send(text)
  return await client.answers(text.split('Host: contract.test').length - 1)
}

/** All answers until the server ends the connection. */
async function lastWords(place: Place, text: string): Promise<readonly Answer[]> {
  const client = await place.connect()
  await client.send(text)
  return await client.allAnswers()
}

function bodies(answers: readonly Answer[]): string[] {
  return answers.map(({ body }) => String(body))
}
