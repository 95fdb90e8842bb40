// Time of the head reader alone: nanoseconds per head and MB/s, whole and in drips of one byte, with the strings of no
// field, of one, and of all fields cut out. Then what shows that the cost is linear: 60 kB against 900 bytes, and the
// price of a byte in a drip at growing lengths.
//   npm run build && node bench/micro/head-parser.mjs [rounds]
// BUILD names another folder with the compiled sources (default dist).
import { pathToFileURL } from 'node:url'

const build = pathToFileURL(`${process.env.BUILD ?? new URL('../../dist', import.meta.url).pathname}/`)
const { RequestReader } = await import(new URL('http1/request-reader.js', build))
const { DEFAULT_LIMITS } = await import(new URL('http1/limits.js', build))

const rounds = Number(process.argv[2] ?? 7)
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
  return timed(times * heads, () => {
    for (let i = 0; i < times; i++) {
      reader.receive(bytes)
      for (let k = 0; k < heads; k++) {
        const head = reader.next()
        if (head.type !== 'request') throw new Error(`Cannot time: "${head.type}"`)
        use(head)
        reader.startNext()
      }
    }
  })
}

function readDripped(text, limits = DEFAULT_LIMITS) {
  const bytes = Buffer.from(text)
  const drops = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  const times = Math.max(1, Math.ceil(ROUND_BYTES / 24 / bytes.length))
  return timed(times, () => {
    for (let i = 0; i < times; i++) {
      const reader = new RequestReader(limits)
      let event
      for (const drop of drops) {
        reader.receive(drop)
        event = reader.next()
      }
      if (event.type !== 'request') throw new Error(`Cannot time: "${event.type}"`)
    }
  })
}

/** Nanoseconds of CPU per one of `count`: the median and the best of the rounds. */
function timed(count, work) {
  const results = []
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    if (round > 0) results.push(((user + system) * 1000) / count)
  }
  results.sort((a, b) => a - b)
  return { median: results[rounds >> 1], best: results[0] }
}

function report(name, bytes, { median, best }) {
  const speed = (bytes / best) * 1000
  const columns = [bytes, median.toFixed(0), best.toFixed(0), speed.toFixed(0)]
  console.log(`${name.padEnd(30)}${columns.map(column => String(column).padStart(10)).join('')}`)
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

console.log(`node ${process.version}, ns of CPU per head, median and best of ${rounds} rounds`)
console.log(`${''.padEnd(30)}${['bytes', 'median', 'best', 'MB/s'].map(title => title.padStart(10)).join('')}`)
const best = {}
for (const [name, text] of Object.entries(LOADS)) {
  for (const [use, cut] of Object.entries(USES)) {
    const result = readWhole(text, cut)
    if (use === 'no string') best[name] = result.best
    report(`${name}, ${use}`, text.length, result)
  }
  report(`${name}, byte by byte`, text.length, readDripped(text))
}
console.log(
  `\nlarge / browser: ${(best.large / best.browser).toFixed(1)} times the time for ${(large.length / browser.length).toFixed(1)} times the bytes (at most 70)`,
)

console.log('\nns per byte of a drip, by the length of the head')
const unlimited = { ...DEFAULT_LIMITS, headBytes: 1 << 30, fieldCount: 1 << 20 }
for (const kilobytes of [1, 4, 16, 64, 256, 1024]) {
  const text = `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'v'.repeat(123)}\r\n`.repeat(kilobytes * 8)}\r\n`
  const { best: time } = readDripped(text, unlimited)
  console.log(`${String(kilobytes).padStart(6)} kB ${(time / text.length).toFixed(1).padStart(8)}`)
}
if (kept === '') throw new Error('Cannot time: no string was cut')
