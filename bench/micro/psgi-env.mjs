// Time of the PSGI adapter alone: nanoseconds per request from the handler's call to the exchange's answer, on an exchange
// that does nothing. Then the two ways to make an env's fixed keys, which is why src/app/psgi/env.ts has a class.
//   npm run build && node bench/micro/psgi-env.mjs [rounds]
import { CONTEXT, headsOf, load, NullExchange, report, timed, title } from './frame.mjs'

const { psgiHandler } = await load('app/psgi/handler.js')
const BATCH = 2000
const BATCHES = 60

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
  return `${['GET /users/42?full=1 HTTP/1.1', 'Host: www.example.com', ...fields].join('\r\n')}\r\n\r\n`
}

const LOADS = {
  'plain, 1 field': [request([])],
  'a browser, 13 fields': [request(BROWSER)],
  '13 kinds of clients': BROWSER.map((_, count) => request(BROWSER.slice(0, count + 1))),
}

title()
const app = env => [200, ['Content-Type', 'text/plain'], [`Hello from ${env.PATH_INFO}`]]
for (const [name, requests] of Object.entries(LOADS)) {
  const handler = psgiHandler(app, CONTEXT)
  const result = await timed({
    count: BATCH,
    batches: BATCHES,
    prepare: () => headsOf(requests, BATCH).map(head => new NullExchange(head)),
    work: exchanges => {
      for (const exchange of exchanges) handler(exchange)
      if (exchanges.some(({ state }) => state !== 'done')) throw new Error(`Cannot time "${name}": not answered`)
    },
  })
  report(name, result)
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
  let kept
  const result = await timed({
    count: BATCH * 20,
    work: () => {
      for (let i = 0; i < BATCH * 20; i++) kept = make('value')
    },
  })
  if (kept.PATH_INFO !== 'value') throw new Error('Cannot time: the env has no keys')
  report(name, result)
}
