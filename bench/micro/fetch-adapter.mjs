// Time of the fetch adapter alone: nanoseconds per request from the handler's call to the exchange's answer, on an exchange that
// does nothing. The head is a real one, read again for each request outside of the time that is counted.
//   npm run build && node bench/micro/fetch-adapter.mjs [rounds]
// BUILD names another folder with the compiled sources (default dist).
import { pathToFileURL } from 'node:url'

const build = pathToFileURL(`${process.env.BUILD ?? new URL('../../dist', import.meta.url).pathname}/`)
const { fetchHandler } = await import(new URL('app/fetch/handler.js', build))
const { RequestReader } = await import(new URL('http1/request-reader.js', build))
const { DEFAULT_LIMITS } = await import(new URL('http1/limits.js', build))

const rounds = Number(process.argv[2] ?? 7)
const BATCH = 2000
const BATCHES = 60

const context = {
  environment: 'deployment',
  mount: '',
  multiprocess: false,
  defaultMiddleware: true,
  spool: { memoryBytes: 1 << 20, directory: '/tmp' },
  log: { error: (message, cause) => console.error(message, cause), warn() {}, info() {}, debug() {} },
  background() {},
}
const peer = {
  remoteAddress: '192.0.2.1',
  remotePort: 50000,
  localAddress: '192.0.2.2',
  localPort: 80,
  serverName: 'app.example',
  serverPort: '80',
  isEncrypted: false,
  socket: undefined,
}

class NullExchange {
  hasBody = false
  contentLength = 0
  state = 'owed'
  isGone = false
  onGone = undefined
  peer = peer
  bytes = 0

  constructor(head) {
    this.head = head
  }

  answer(_status, headers, body) {
    this.bytes += headers.length + body.length
    this.state = 'done'
  }

  begin() {
    this.state = 'body'
  }

  write(chunk) {
    this.bytes += chunk.length
  }

  end() {
    this.state = 'done'
  }
}

const HEAD = [
  'GET /users/42?full=1 HTTP/1.1',
  'Host: www.example.com',
  'Connection: keep-alive',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9,de;q=0.8',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Fetch-Mode: navigate',
]
const bytes = Buffer.from(`${HEAD.join('\r\n')}\r\n\r\n`)

function exchanges() {
  const reader = new RequestReader(DEFAULT_LIMITS)
  return Array.from({ length: BATCH }, () => {
    reader.receive(bytes)
    const head = reader.next()
    if (head.type !== 'request') throw new Error(`Cannot read the head: "${head.type}"`)
    reader.startNext()
    return new NullExchange(head)
  })
}

const only = process.env.ONLY
const apps = {
  hello: () => new Response('Hello, world!\n'),
  'hello, async': async () => new Response('Hello, world!\n'),
  'hello, type given': () => new Response('Hello, world!\n', { headers: { 'Content-Type': 'text/plain' } }),
  json: () => Response.json({ hello: 'world' }),
  'two headers and the url': request =>
    new Response(`${request.url}${request.headers.get('user-agent')}${request.headers.get('Cookie')}`),
  'all headers': request => new Response(String([...request.headers].length)),
  'stream of one piece': () => new Response(new Blob(['Hello, world!\n']).stream()),
}
try {
  const { Hono } = await import('hono')
  const hono = new Hono()
  hono.get('/users/:id', c => c.text(c.req.param('id')))
  apps['Hono, text'] = hono
  const json = new Hono()
  json.get('/users/:id', c => c.json({ id: c.req.param('id'), agent: c.req.header('user-agent') }))
  apps['Hono, json and a header'] = json
  const middleware = new Hono()
  middleware.use(async (c, next) => {
    await next()
    c.header('X-Served-By', 'bench')
  })
  middleware.get('/users/:id', c => c.text('ok'))
  apps['Hono, a header after next()'] = middleware
} catch {
  console.log('(hono is not installed)')
}

console.log(`node ${process.version}, ns per request, median and best of ${rounds} rounds`)
for (const [name, app] of Object.entries(apps)) {
  if (only !== undefined && !name.includes(only)) continue
  const handler = fetchHandler(app, context)
  const perRound = []
  for (let round = 0; round < rounds; round += 1) {
    let spent = 0n
    const batches = name.startsWith('stream') ? 3 : BATCHES
    for (let batch = 0; batch < batches; batch += 1) {
      const waiting = exchanges()
      const started = process.hrtime.bigint()
      const pending = []
      for (const exchange of waiting) {
        const promise = handler(exchange)
        if (promise !== undefined) pending.push(promise)
      }
      if (pending.length > 0) await Promise.all(pending)
      spent += process.hrtime.bigint() - started
      if (waiting.some(exchange => exchange.state !== 'done')) throw new Error(`Cannot time "${name}": not answered`)
    }
    perRound.push(Number(spent) / (batches * BATCH))
  }
  perRound.sort((a, b) => a - b)
  const [best] = perRound
  const median = perRound[rounds >> 1]
  console.log(`${name.padEnd(30)} ${median.toFixed(0).padStart(8)} ${best.toFixed(0).padStart(8)}`)
}
