// Time of the head reader alone: nanoseconds per head and MB/s, whole and in drips of one byte, with the strings of no
// field, of one, and of all fields cut out. Then what shows that the cost is linear: 60 kB against 900 bytes, and the
// price of a byte in a drip at growing lengths. Before all of it the whole corpus of valid requests, bodies included.
//   npm run build && npm run build:test && node bench/micro/head-parser.mjs [rounds]
import { existsSync } from 'node:fs'
import { load, report, timed, title } from './frame.mjs'

const { RequestReader } = await load('http1/request-reader.js')
const { DEFAULT_LIMITS } = await load('http1/limits.js')

/** Bytes that one round reads of each load. */
const ROUND_BYTES = 24 * 1024 * 1024

const PLAIN = 'GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n'
const BROWSER = [
  'GET /users/42?full=1 HTTP/1.1',
  'Host: www.example.com',
  'Connection: keep-alive',
  'Cache-Control: max-age=0',
  'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  'sec-ch-ua-mobile: ?0',
  'sec-ch-ua-platform: "Linux"',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8,fr;q=0.7',
  `Cookie: session=${'0123456789abcdef'.repeat(10)}; theme=dark; consent=${'yes-'.repeat(20)}`,
  'Referer: https://www.example.com/a/long/path/to/some/page?with=a&query=string',
]
const browser = `${BROWSER.join('\r\n')}\r\n\r\n`
const large = `GET / HTTP/1.1\r\nHost: a\r\n${`X-Filler: ${'v'.repeat(640)}\r\n`.repeat(92)}\r\n`
const LOADS = { plain: PLAIN, browser, large }

function readWhole(text, use) {
  const bytes = Buffer.from(text.repeat(Math.max(1, Math.floor(65536 / text.length))))
  const heads = bytes.length / text.length
  const times = Math.ceil(ROUND_BYTES / bytes.length)
  const reader = new RequestReader(DEFAULT_LIMITS)
  const work = () => {
    for (let i = 0; i < times; i++) {
      reader.receive(bytes)
      for (let k = 0; k < heads; k++) {
        const head = reader.next()
        if (head.type !== 'request') throw new Error(`Cannot time: "${head.type}"`)
        use(head)
        reader.startNext()
      }
    }
  }
  return timed({ count: times * heads, work })
}

function readDripped(text, limits = DEFAULT_LIMITS) {
  const bytes = Buffer.from(text)
  const drops = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  const times = Math.max(1, Math.ceil(ROUND_BYTES / 24 / bytes.length))
  const work = () => {
    for (let i = 0; i < times; i++) {
      const reader = new RequestReader(limits)
      let event
      for (const drop of drops) {
        reader.receive(drop)
        event = reader.next()
      }
      if (event.type !== 'request') throw new Error(`Cannot time: "${event.type}"`)
    }
  }
  return timed({ count: times, work })
}

/** All requests of test/corpus/valid, as the tests read them. */
async function readCorpus() {
  const parser = new URL('../../build/test/support/corpus.js', import.meta.url)
  if (!existsSync(parser)) return console.log('(no corpus: npm run build:test compiles what reads it)')
  const { readCorpus: read } = await import(parser)
  const cases = read('valid')
  const bytes = cases.reduce((sum, each) => sum + each.bytes.length, 0)
  const times = Math.ceil(ROUND_BYTES / 4 / bytes)
  const work = () => {
    for (let i = 0; i < times; i++) for (const each of cases) readCase(each)
  }
  const result = await timed({ count: times, work })
  report(`corpus, ${cases.length} cases`, result, ...speed(bytes, result))
}

function readCase({ bytes, limits, name }) {
  const reader = new RequestReader(limits)
  reader.receive(bytes)
  for (;;) {
    const { type } = reader.next()
    if (type === 'paused') reader.startNext()
    else if (type === 'fault') throw new Error(`Cannot time "${name}": it is refused`)
    else if (type === 'need-data' || type === 'closed' || type === 'cut') return
  }
}

function speed(bytes, { best }) {
  return [bytes, ((bytes / best) * 1000).toFixed(0)]
}

let kept = ''
const USES = {
  'no string': () => {},
  'one field': head => {
    kept = head.get('accept') ?? head.get('host')
  },
  'all fields': head => {
    for (let i = 0; i < head.fieldCount; i++) kept = head.name(i) + head.value(i)
  },
}

title('bytes', 'MB/s')
await readCorpus()
const best = {}
for (const [name, text] of Object.entries(LOADS)) {
  for (const [use, cut] of Object.entries(USES)) {
    const result = await readWhole(text, cut)
    if (use === 'no string') best[name] = result.best
    report(`${name}, ${use}`, result, ...speed(text.length, result))
  }
  const dripped = await readDripped(text)
  report(`${name}, byte by byte`, dripped, ...speed(text.length, dripped))
}
console.log(
  `\nlarge / browser: ${(best.large / best.browser).toFixed(1)} times the time for ${(large.length / browser.length).toFixed(1)} times the bytes (at most 70)`,
)

console.log('\nns per byte of a drip, by the length of the head')
const unlimited = { ...DEFAULT_LIMITS, headBytes: 1 << 30, fieldCount: 1 << 20 }
for (const kilobytes of [1, 4, 16, 64, 256, 1024]) {
  const text = `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'v'.repeat(123)}\r\n`.repeat(kilobytes * 8)}\r\n`
  const { best: time } = await readDripped(text, unlimited)
  console.log(`${String(kilobytes).padStart(6)} kB ${(time / text.length).toFixed(1).padStart(8)}`)
}
if (kept === '') throw new Error('Cannot time: no string was cut')
