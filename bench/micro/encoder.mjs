// Time of the way out alone: from the adapter's call of the exchange to the text that a connection would write. Statuses, fields,
// their check, framing and the head's text; no adapter and no socket.
//   npm run build && node bench/micro/encoder.mjs [rounds]
import { CONTEXT, headsOf, load, PEER, report, timed, title } from './frame.mjs'

const { ServerExchange } = await load('server/exchange.js')
const BATCH = 2000
const BATCHES = 60

/** A connection of which only the ends for an exchange are there. */
class NullConnection {
  peer = PEER
  hasUnread = false
  isHalfClosed = false
  common = { dateLine: `Date: ${new Date().toUTCString()}\r\n`, serverLine: '', isDraining: false, log: CONTEXT.log }
  bytes = 0
  answers = 0

  mayPersistAfter() {
    return true
  }

  sendText(text) {
    this.bytes += text.length
  }

  sendBytes(bytes) {
    this.bytes += bytes.byteLength
  }

  whenWritable() {}

  answered() {
    this.answers++
  }
}

const GET = ['GET / HTTP/1.1\r\nHost: app.example\r\n\r\n']
const OLD = ['GET / HTTP/1.0\r\nHost: app.example\r\n\r\n']
const TEXT = ['Content-Type', 'text/plain']
const SITE = [
  ...['Content-Type', 'text/html; charset=utf-8', 'Cache-Control', 'private, max-age=0', 'Vary', 'Accept-Encoding'],
  ...[
    'ETag',
    '"5f3c-1a2b"',
    'X-Frame-Options',
    'DENY',
    'X-Content-Type-Options',
    'nosniff',
    'Referrer-Policy',
    'same-origin',
  ],
  ...['Set-Cookie', 'session=9f8a7b6c5d4e3f2a; Path=/; HttpOnly; Secure; SameSite=Lax'],
]
const HELLO = 'Hello, World!'
const PAGE = '<p>ä</p>'.repeat(100)
const BYTES = Buffer.alloc(1024, 'x')
let number = 0

const CASES = {
  'hello, 1 field': [GET, exchange => exchange.answer(200, TEXT, HELLO)],
  'hello, HTTP/1.0': [OLD, exchange => exchange.answer(200, TEXT, HELLO)],
  '8 fields': [GET, exchange => exchange.answer(200, SITE, HELLO)],
  '8 fields, one always another': [
    GET,
    exchange => exchange.answer(200, [...SITE, 'X-Request-Id', String(number++)], HELLO),
  ],
  'page of UTF-8': [GET, exchange => exchange.answer(200, TEXT, PAGE)],
  '1 kB of bytes': [GET, exchange => exchange.answer(200, TEXT, BYTES)],
  'not modified': [GET, exchange => exchange.answer(304, ['ETag', '"5f3c-1a2b"'], '')],
  'four chunks': [
    GET,
    exchange => {
      exchange.begin(200, TEXT)
      for (let i = 0; i < 4; i++) exchange.write(HELLO)
      exchange.end()
    },
  ],
}

title('bytes', 'MB/s')
for (const [name, [texts, answer]] of Object.entries(CASES)) {
  const connection = new NullConnection()
  const result = await timed({
    count: BATCH,
    batches: BATCHES,
    prepare: () => headsOf(texts, BATCH).map(head => new ServerExchange(connection, head, true)),
    work: exchanges => {
      for (const exchange of exchanges) answer(exchange)
    },
  })
  const bytes = connection.bytes / connection.answers
  report(name, result, bytes.toFixed(0), ((bytes / result.best) * 1000).toFixed(0))
}
