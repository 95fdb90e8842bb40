// Time of the PSGI adapter alone: nanoseconds per request from the handler's call to the exchange's answer, on an exchange
// that does nothing. Then the two ways to make an env's fixed keys, which is why src/app/psgi/env.ts has a class.
//   npm run build && node bench/micro/psgi-env.mjs [rounds]
// BUILD names another folder with the compiled sources (default dist).
import { pathToFileURL } from 'node:url'

const build = pathToFileURL(`${process.env.BUILD ?? new URL('../../dist', import.meta.url).pathname}/`)
const { psgiHandler } = await import(new URL('app/psgi/handler.js', build))
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
  serverName: 'app.example',
  serverPort: '80',
  isEncrypted: false,
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
}

const BROWSER = [
  'Connection: keep-alive',
  'sec-ch-ua: "Chromium";v="126", "Not(A:Brand";v="24"',
  'sec-ch-ua-mobile: ?0',
  'sec-ch-ua-platform: "Linux"',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: navigate',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9,de;q=0.8',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
]

function request(fields) {
  return Buffer.from(`${['GET /users/42?full=1 HTTP/1.1', 'Host: www.example.com', ...fields].join('\r\n')}\r\n\r\n`)
}

const LOADS = {
  'plain, 1 field': [request([])],
  'a browser, 13 fields': [request(BROWSER)],
  '13 kinds of clients': BROWSER.map((_, count) => request(BROWSER.slice(0, count + 1))),
}

function exchanges(requests) {
  const reader = new RequestReader(DEFAULT_LIMITS)
  return Array.from({ length: BATCH }, (_, i) => {
    reader.receive(requests[i % requests.length])
    const head = reader.next()
    if (head.type !== 'request') throw new Error(`Cannot read the head: "${head.type}"`)
    reader.startNext()
    return new NullExchange(head)
  })
}

function report(name, times) {
  times.sort((a, b) => a - b)
  console.log(`${name.padEnd(30)} ${times[rounds >> 1].toFixed(0).padStart(8)} ${times[0].toFixed(0).padStart(8)}`)
}

console.log(`node ${process.version}, ns per request, median and best of ${rounds} rounds`)
const app = env => [200, ['Content-Type', 'text/plain'], [`Hello from ${env.PATH_INFO}`]]
for (const [name, requests] of Object.entries(LOADS)) {
  const handler = psgiHandler(app, context)
  const times = []
  for (let round = 0; round < rounds; round++) {
    let spent = 0n
    for (let batch = 0; batch < BATCHES; batch++) {
      const waiting = exchanges(requests)
      const started = process.hrtime.bigint()
      for (const exchange of waiting) handler(exchange)
      spent += process.hrtime.bigint() - started
      if (waiting.some(({ state }) => state !== 'done')) throw new Error(`Cannot time "${name}": not answered`)
    }
    times.push(Number(spent) / (BATCHES * BATCH))
  }
  report(name, times)
}

// The fixed keys alone, with a getter for psgix.io in the prototype and the exchange under a symbol.
const EXCHANGE = Symbol('exchange')
const KEYS = ['REQUEST_METHOD', 'SCRIPT_NAME', 'PATH_INFO', 'REQUEST_URI', 'QUERY_STRING', 'SERVER_NAME', 'SERVER_PORT']
KEYS.push(
  'SERVER_PROTOCOL',
  'REMOTE_ADDR',
  'REMOTE_PORT',
  'psgi.version',
  'psgi.url_scheme',
  'psgi.input',
  'psgi.errors',
)
KEYS.push('psgi.multithread', 'psgi.multiprocess', 'psgi.run_once', 'psgi.nonblocking', 'psgi.streaming')
KEYS.push('psgix.input.buffered', 'psgix.logger', 'psgix.harakiri', 'psgix.cleanup')
const list = KEYS.map(key => JSON.stringify(key))
const getter = `get 'psgix.io'() { return this[EXCHANGE] }`
const makers = {
  'env keys by a class': `class Env { constructor(e) { this[EXCHANGE] = e; ${list.map(key => `this[${key}] = e`).join('; ')} } ${getter} }
    return e => new Env(e)`,
  'env keys by a literal': `const proto = { ${getter} }
    return e => ({ __proto__: proto, ${list.map(key => `${key}: e`).join(', ')}, [EXCHANGE]: e })`,
}
for (const [name, source] of Object.entries(makers)) {
  const make = new Function('EXCHANGE', source)(EXCHANGE)
  const times = []
  let kept
  for (let round = 0; round < rounds; round++) {
    const started = process.hrtime.bigint()
    for (let i = 0; i < BATCH * 20; i++) kept = make('value')
    times.push(Number(process.hrtime.bigint() - started) / (BATCH * 20))
  }
  if (kept.PATH_INFO !== 'value') throw new Error('Cannot time: the env has no keys')
  report(name, times)
}
