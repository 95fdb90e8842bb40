// What every part that is timed alone needs: the compiled sources, an exchange that does nothing, real heads, and rounds behind a
// warm-up. BUILD names another folder with the compiled sources (default dist).
import { pathToFileURL } from 'node:url'

const build = pathToFileURL(`${process.env.BUILD ?? new URL('../../dist', import.meta.url).pathname}/`)
export const load = path => import(new URL(path, build))
const { RequestReader } = await load('http1/request-reader.js')
const { DEFAULT_LIMITS } = await load('http1/limits.js')

export const rounds = Number(process.argv[2] ?? 7)
/** V8 goes on optimizing for a while after the first thousands of calls. */
const WARM_UP_MS = 1500

export const CONTEXT = {
  environment: 'deployment',
  mount: '',
  multiprocess: false,
  defaultMiddleware: true,
  spool: { memoryBytes: 1 << 20, directory: '/tmp' },
  log: { error: (message, cause) => console.error(message, cause), warn() {}, info() {}, debug() {} },
  background() {},
}

export const PEER = {
  remoteAddress: '192.0.2.1',
  remotePort: 50000,
  localAddress: '192.0.2.2',
  localPort: 80,
  serverName: 'app.example',
  serverPort: '80',
  isEncrypted: false,
  socket: undefined,
}

/** The server's side of a request, without a server. */
export class NullExchange {
  hasBody = false
  contentLength = 0
  state = 'owed'
  isGone = false
  onGone = undefined
  mayPersist = true
  peer = PEER
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

  beginRaw() {
    this.state = 'body'
  }

  writeRaw() {}

  endRaw() {
    this.state = 'done'
  }
}

/** So many heads, as a connection would have read them; of several texts in turn. */
export function headsOf(texts, count) {
  const bytes = texts.map(text => Buffer.from(text, 'latin1'))
  const reader = new RequestReader(DEFAULT_LIMITS)
  return Array.from({ length: count }, (_, i) => {
    reader.receive(bytes[i % bytes.length])
    const head = reader.next()
    if (head.type !== 'request') throw new Error(`Cannot read the head: "${head.type}"`)
    reader.startNext()
    return head
  })
}

/**
 * Nanoseconds of CPU for one of `count`: median and best of the rounds. A round is `batches` times `work` on what `prepare` made;
 * only `work` is counted.
 */
export async function timed({ count, batches = 1, prepare = () => undefined, work }) {
  const times = []
  const warmAt = performance.now() + WARM_UP_MS
  for (let isWarm = false; times.length < rounds; ) {
    let spent = 0
    for (let batch = 0; batch < batches; batch++) {
      const prepared = prepare()
      const before = process.cpuUsage()
      const pending = work(prepared)
      if (pending !== undefined) await pending
      const { user, system } = process.cpuUsage(before)
      spent += user + system
    }
    if (isWarm) times.push((spent * 1000) / (count * batches))
    isWarm ||= performance.now() > warmAt
  }
  times.sort((a, b) => a - b)
  return { median: times[times.length >> 1], best: times[0] }
}

export function title(...more) {
  console.log(`node ${process.version}, ns of CPU, median and best of ${rounds} rounds`)
  row('', 'median', 'best', ...more)
}

export function report(name, { median, best }, ...more) {
  row(name, median.toFixed(0), best.toFixed(0), ...more)
}

function row(name, ...columns) {
  console.log(`${name.padEnd(32)}${columns.map(column => String(column).padStart(10)).join('')}`)
}
