// Requests at a constant rate. Each has a moment at which it is due, and its latency counts from there, also when no connection
// was free by then: a client that waits for a slow server before it asks again would leave out the worst (coordinated omission).
// Usage: node paced.mjs '{"port":5000,"rate":1000,"seconds":5,"connections":32,"slowEvery":10}'
import { connect } from 'node:net'
import { percentiles } from './percentiles.mjs'

const { port, rate, seconds, connections, slowEvery = 0 } = JSON.parse(process.argv[2])
const GET = path => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
const [FAST, SLOW] = [GET('/'), GET('/slow')]
const WARM_UP_MS = 1000
const PATIENCE_MS = 10_000

const total = Math.round(rate * seconds)
const gap = 1000 / rate
const free = await Promise.all(Array.from({ length: connections }, open))
const latencies = []
const lags = []
let sent = 0
let answered = 0
let hadFree = true
const start = performance.now()
const dueAt = number => start + number * gap
tick()

function open() {
  const connection = { socket: connect({ port, host: '127.0.0.1', noDelay: true }), text: '', dueAt: 0 }
  connection.socket.setEncoding('latin1').on('data', piece => {
    connection.text += piece
    if (isComplete(connection.text)) finish(connection)
  })
  connection.socket.on('close', () => fail('the server closed a connection'))
  return new Promise(resolve => connection.socket.once('connect', () => resolve(connection)))
}

/** Timers are too coarse: the loop turns without a pause, on a core of its own. */
function tick() {
  const now = performance.now()
  for (; sent < total && free.length > 0 && dueAt(sent) <= now; sent++) {
    const connection = free.shift()
    connection.dueAt = dueAt(sent)
    // Late with a connection at hand: that is the fault of this program, and is told.
    if (hadFree) lags.push(now - connection.dueAt)
    connection.socket.write(slowEvery > 0 && sent % slowEvery === 0 ? SLOW : FAST)
  }
  hadFree = free.length > 0
  if (answered === total) return report()
  if (now > start + 1000 * seconds + PATIENCE_MS) fail(`${total - answered} of ${total} requests have no answer`)
  setImmediate(tick)
}

function isComplete(text) {
  const end = text.indexOf('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length)
}

function finish(connection) {
  if (!connection.text.startsWith('HTTP/1.1 200')) fail(connection.text)
  connection.text = ''
  if (connection.dueAt > start + WARM_UP_MS) latencies.push(performance.now() - connection.dueAt)
  answered++
  free.push(connection)
}

function report() {
  const elapsed = (performance.now() - start) / 1000
  const lag = percentiles(lags.slice(lags.length / seconds)).p99
  console.log(JSON.stringify({ requests: total, seconds: elapsed, ...percentiles(latencies), lag }))
  process.exit()
}

function fail(reason) {
  console.error(`Cannot go on: ${reason}`)
  process.exit(1)
}
