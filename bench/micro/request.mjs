// Time of a request between its bytes and those of its answer, without any socket: a whole connection whose transport takes everything.
// CPU nanoseconds per request, medians of rounds that alternate between builds; the change is the median of what each round changed,
// since a machine is not as fast in one minute as in the next.
//   node scripts/test.mjs test/cli && node bench/micro/request.mjs [rounds] [style ...]
// BUILDS names folders with the compiled sources and tests, with commas between them (default build): the first is compared with the
// others.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROUND_REQUESTS = 16_000
const WARM_ROUNDS = 20

const BROWSER = [
  'Host: shop.example.com',
  'Connection: keep-alive',
  'Cache-Control: max-age=0',
  'sec-ch-ua: "Chromium";v="148", "Not=A?Brand";v="24"',
  'sec-ch-ua-mobile: ?0',
  'sec-ch-ua-platform: "Linux"',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/148.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Referer: https://shop.example.com/catalogue/lamps?page=3',
]

const plain = query => `GET /${query} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n`
const realistic = query =>
  `GET /${query} HTTP/1.1\r\n${BROWSER.join('\r\n')}\r\nCookie: session=9f8a7b6c5d4e3f2a${query}; theme=dark; _ga=GA1.2.1234567890.1700000000; consent=all\r\n\r\n`

/** Chunks as a socket gives them. In those that differ, no head is like one of the 63 before it. */
const chunks = (write, depth, differ) =>
  Array.from({ length: 64 / depth }, (_, chunk) => {
    const requests = Array.from({ length: depth }, (_, i) => write(differ ? `?id=${1000 + chunk * depth + i}` : ''))
    return Buffer.from(requests.join(''), 'latin1')
  })

const LOADS = {
  plain: [plain, 1, false],
  'plain, heads differ': [plain, 1, true],
  realistic: [realistic, 1, false],
  'realistic, heads differ': [realistic, 1, true],
  'pipelined x16': [plain, 16, false],
  'pipelined x16, heads differ': [plain, 16, true],
}

const STYLES = ['psgi', 'fetch', 'node', 'hono']

async function compare() {
  const [first, ...rest] = process.argv.slice(2)
  const isCounted = /^\d+$/.test(first ?? '')
  const rounds = isCounted ? Number(first) : 41
  const named = isCounted ? rest : process.argv.slice(2)
  const builds = (process.env.BUILDS ?? fileURLToPath(new URL('../../build', import.meta.url))).split(',')
  const titles = builds.flatMap((_build, i) => [i === 0 ? 'ns/request' : 'other', ...(i === 0 ? [] : ['change'])])
  console.log(`node ${process.version}, CPU of a request, median of ${rounds} rounds: ${builds.join(', ')}`)
  console.log(`${''.padEnd(34)}${titles.map(title => title.padStart(12)).join('')}`)
  for (const style of named.length > 0 ? named : STYLES) {
    const children = builds.map(build => fork(fileURLToPath(import.meta.url), [style, build]))
    for (const child of children) await once(child, 'message')
    for (const load of Object.keys(LOADS)) {
      const figures = builds.map(() => [])
      for (let round = 0; round < rounds; round++) {
        for (let i = 0; i < builds.length; i++) {
          const turn = round % 2 === 0 ? i : builds.length - 1 - i
          children[turn].send(load)
          figures[turn].push((await once(children[turn], 'message'))[0])
        }
      }
      report(`${style}, ${load}`, figures)
    }
    for (const child of children) child.disconnect()
  }
}

function report(name, [base, ...others]) {
  const columns = others.flatMap(other => {
    const change = median(other.map((figure, round) => figure / base[round]))
    return [median(other).toFixed(0), `${((change - 1) * 100).toFixed(1)} %`]
  })
  console.log(`${name.padEnd(34)}${[median(base).toFixed(0), ...columns].map(column => column.padStart(12)).join('')}`)
}

function median(figures) {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1]
}

async function measure(style, folder) {
  const build = pathToFileURL(`${folder}/`)
  const { OpenTransport } = await import(new URL('test/support/open-transport.js', build))
  const handler = await handlerOf(style, build)
  let answered = 0
  let whenAnswered = () => undefined
  const count = () => {
    if (--answered === 0) whenAnswered()
  }
  const connections = Array.from({ length: 32 }, () => OpenTransport.connect(handler, {}, count))
  const loads = Object.fromEntries(
    Object.entries(LOADS).map(([name, [write, depth, differ]]) => [
      name,
      { list: chunks(write, depth, differ), depth },
    ]),
  )

  async function round(load) {
    const { list, depth } = loads[load]
    const before = process.cpuUsage()
    for (let i = 0, at = 0; i < ROUND_REQUESTS / depth; i += connections.length) {
      answered = connections.length * depth
      const all = new Promise(resolve => {
        whenAnswered = resolve
      })
      // All connections of one turn of the event loop, then what their answers need.
      for (const connection of connections) connection.received(list[at++ % list.length])
      await all
      await nextTurn()
    }
    const { user, system } = process.cpuUsage(before)
    return ((user + system) * 1000) / ROUND_REQUESTS
  }

  for (let i = 0; i < WARM_ROUNDS; i++) for (const load of Object.keys(LOADS)) await round(load)
  process.on('message', async load => process.send(await round(load)))
  process.send('ready')
}

async function handlerOf(style, build) {
  const load = path => import(new URL(`src/app/${path}`, build))
  const context = {
    environment: 'deployment',
    mount: '',
    defaultMiddleware: true,
    multiprocess: false,
    multithread: false,
    spool: { memoryBytes: 1 << 20, directory: '/tmp' },
    log: { error: (message, cause) => console.error(message, cause), warn() {}, info() {}, debug() {} },
    background() {},
  }
  if (style === 'psgi') {
    const { psgiHandler } = await load('psgi/handler.js')
    return psgiHandler(() => [200, ['Content-Type', 'text/plain'], ['Hello, World!']], context)
  }
  if (style === 'node') {
    const { nodeHandler } = await load('node/handler.js')
    return nodeHandler((_request, response) => response.end('Hello, World!'), context)
  }
  const { fetchHandler } = await load('fetch/adapter/handler.js')
  const { installLightGlobals } = await load('fetch/web/globals.js')
  installLightGlobals()
  if (style === 'fetch') {
    // The application of ../apps/fetch.mjs, whose paths have no query.
    return fetchHandler({ fetch: ({ url }) => new Response(url === '' ? 'none' : 'Hello, World!') }, context)
  }
  const { Hono } = await import('hono')
  const app = new Hono()
  app.get('/', c => c.text('Hello, World!'))
  return fetchHandler(app, context)
}

if (process.send === undefined) await compare()
else await measure(process.argv[2], process.argv[3])
