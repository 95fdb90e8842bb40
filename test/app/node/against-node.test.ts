// The adapter beside node:http: one listener, one request, the same bytes and the same events in the same order.
import assert from 'node:assert/strict'
import { pipeline, Readable } from 'node:stream'
import { test } from 'node:test'
import { type Listener, noteEvents, readAll, underAdapter, underNode } from './both.ts'

const GET = 'GET /a/b?c=d%20e HTTP/1.1\r\nHost: app.example\r\n\r\n'
const HEAD = 'HEAD / HTTP/1.1\r\nHost: app.example\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 11\r\n\r\nhello world'
const CHUNKED =
  'POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n'
const EXPECTING =
  'POST / HTTP/1.1\r\nHost: app.example\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\nhello world'
const OLD = 'GET / HTTP/1.0\r\n\r\n'
const OLD_KEPT = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
const CLOSING = 'GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n'
const REPEATS =
  'GET / HTTP/1.1\r\nHost: app.example\r\nAccept: a\r\naccept: b\r\nCookie: x=1\r\nCookie: y=2\r\nUser-Agent: one\r\nUser-Agent: two\r\nX-Own: 1\r\nX-Own: 2\r\nX-Latin: \xe9\r\n\r\n'

/** Same bytes and same notes under node:http and under the adapter. */
const SAME: Record<string, [request: string, listener: Listener]> = {
  'end with a string': [GET, (_req, res) => res.end('hello')],
  'end with bytes': [GET, (_req, res) => res.end(Buffer.from('h\xe9llo'))],
  'end with nothing': [GET, (_req, res) => res.end()],
  'end with UTF-8 and latin1': [GET, (_req, res) => res.setHeader('X-Latin', '\xe9').end('h\xe9llo \u20ac', 'utf8')],
  'writeHead and fields': [GET, (_req, res) => res.writeHead(201, 'Made', { 'X-A': ['1', '2'], 'X-B': 3 }).end('ok')],
  'writeHead with a flat list': [GET, (_req, res) => res.writeHead(200, ['X-A', '1', 'X-A', '2']).end('ok')],
  'Set-Cookie twice': [GET, (_req, res) => res.setHeader('Set-Cookie', ['a=1', 'b=2']).end()],
  'a body with its length': [GET, (_req, res) => res.setHeader('Content-Length', 5).end('hello')],
  'pieces with their length': [
    GET,
    (_req, res) => {
      res.setHeader('Content-Length', 10)
      res.write('hello')
      res.write(Buffer.from('wor'))
      res.end('ld')
    },
  ],
  'the head alone first': [
    GET,
    (_req, res) => {
      res.flushHeaders()
      setImmediate(() => res.end('later'))
    },
  ],
  'no Date': [
    GET,
    (_req, res) => {
      res.sendDate = false
      res.end('undated')
    },
  ],
  trailers: [
    GET,
    (_req, res) => {
      res.setHeader('Trailer', 'X-Sum')
      res.write('body')
      res.addTrailers({ 'X-Sum': '42' })
      res.end()
    },
  ],
  'status 204': [GET, (_req, res) => res.writeHead(204).end()],
  'status 204 with a body': [GET, (_req, res) => res.writeHead(204).end('dropped')],
  'status 304 with a length': [GET, (_req, res) => res.writeHead(304, { 'Content-Length': 7, ETag: '"x"' }).end()],
  'HEAD with end': [HEAD, (_req, res) => res.end('hello')],
  'HEAD with writes': [
    HEAD,
    (_req, res) => {
      res.setHeader('Content-Length', 5)
      res.write('hello')
      res.end()
    },
  ],
  'Connection: close by the application': [GET, (_req, res) => res.setHeader('Connection', 'close').end('bye')],
  'Connection: close by the client': [CLOSING, (_req, res) => res.end('bye')],
  'HTTP/1.0': [OLD, (_req, res) => res.end('old')],
  'HTTP/1.0 in pieces': [
    OLD,
    (_req, res) => {
      res.write('o')
      res.end('ld')
    },
  ],
  'HTTP/1.0 with keep-alive and a length': [OLD_KEPT, (_req, res) => res.setHeader('Content-Length', 3).end('old')],
  'HTTP/1.0 with keep-alive, no length': [OLD_KEPT, (_req, res) => res.end('old')],
  'interim responses': [
    GET,
    (_req, res) => {
      res.writeProcessing()
      res.writeEarlyHints({ link: '</style.css>; rel=preload', 'x-trace': '1' })
      res.end('final')
    },
  ],
  'the request line and fields': [
    REPEATS,
    (req, res) => {
      const { method, url, httpVersion, headers, headersDistinct, rawHeaders } = req
      const { httpVersionMajor, httpVersionMinor, complete, aborted, trailers } = req
      const facts = { method, url, httpVersion, headers, headersDistinct, rawHeaders, aborted, trailers }
      res.end(JSON.stringify({ ...facts, httpVersionMajor, httpVersionMinor, late: complete === undefined }))
    },
  ],
  'a body by events': [
    POST,
    (req, res, note) => {
      let text = ''
      req.setEncoding('utf8')
      req.on('data', chunk => {
        text += chunk
      })
      req.on('end', () => {
        note(`complete=${req.complete} ended=${req.readableEnded}`)
        res.end(text)
      })
    },
  ],
  'a body by iteration': [POST, async (req, res) => res.end(await readAll(req))],
  'a body piped back': [POST, (req, res) => req.pipe(res)],
  'a chunked body with trailers': [
    CHUNKED,
    async (req, res) => {
      const text = await readAll(req)
      res.end(JSON.stringify([text, req.trailers, req.rawTrailers, req.trailersDistinct]))
    },
  ],
  'no body, read all the same': [GET, async (req, res) => res.end(`<${await readAll(req)}> ${req.complete}`)],
  'an answer before the body is read': [
    POST,
    (req, res, note) => {
      let text = ''
      req.on('data', chunk => {
        text += chunk
      })
      req.on('end', () => note(`read ${text}`))
      res.end('early')
    },
  ],
  'Expect: 100-continue, body read': [EXPECTING, async (req, res) => res.end(await readAll(req))],
  'events of a GET': [
    GET,
    (req, res, note) => {
      noteEvents(req, res, note)
      res.end('x')
    },
  ],
  'events of a streamed answer': [
    GET,
    (req, res, note) => {
      noteEvents(req, res, note)
      res.write('x', () => note('written'))
      setImmediate(() => res.end('y', () => note('end called back')))
    },
  ],
  'events of a POST': [
    POST,
    (req, res, note) => {
      noteEvents(req, res, note)
      req.resume().on('end', () => res.end('x'))
    },
  ],
  'state after the end': [
    GET,
    (req, res, note) => {
      res.on('finish', () => note(`finish: socket=${res.socket === null} destroyed=${res.destroyed}`))
      res.on('close', () => note(`close: destroyed=${res.destroyed} closed=${res.closed} same=${req.socket !== null}`))
      res.end('x')
      note(`now: ${res.headersSent} ${res.writableEnded} ${res.statusCode} ${res.socket === req.socket}`)
    },
  ],
  'a write after the end': [
    GET,
    (_req, res, note) => {
      res.on('error', error => note(`error ${(error as NodeJS.ErrnoException).code}`))
      res.end('x')
      res.write('y', error => note(`callback ${(error as NodeJS.ErrnoException).code}`))
    },
  ],
  'pipeline from a stream': [
    GET,
    (_req, res, note) => {
      pipeline(Readable.from(['a', 'b', 'c']), res, error => note(`pipeline ${error}`))
    },
  ],
  'headers cannot change once sent': [
    GET,
    (_req, res, note) => {
      res.write('x')
      assert.throws(
        () => res.setHeader('X-A', '1'),
        error => {
          note(`thrown ${(error as NodeJS.ErrnoException).code}`)
          return true
        },
      )
      res.end()
    },
  ],
}

for (const [name, [request, listener]] of Object.entries(SAME)) {
  test(`nodeHandler does as node:http does: ${name}`, async () => {
    const expected = await underNode(listener, request)
    const { text, notes } = await underAdapter(listener, request)
    assert.equal(text, expected.text)
    assert.deepEqual(notes, expected.notes)
  })
}
