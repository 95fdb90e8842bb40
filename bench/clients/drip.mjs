// A body in writes of one byte, again and again on one connection. With pauses, so that each byte is a read of its own.
// Usage: node drip.mjs '{"port":5000,"bytes":1000,"seconds":2}'; it prints bytes as `requests`, so that the cost is that of a byte
import { connect } from 'node:net'

const { port, bytes, seconds } = JSON.parse(process.argv[2])
const GAP_MS = 0.05
const HEAD = `PUT /upload HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${bytes}\r\n\r\n`
const BYTE = Buffer.from('x')

const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
let answer = ''
let sent = 0
let total = 0
let dueAt = 0
const start = performance.now()
socket.on('data', piece => {
  answer += piece
})
socket.on('close', () => fail('the server closed the connection'))
socket.once('connect', () => {
  socket.write(HEAD)
  drip()
})

function drip() {
  const now = performance.now()
  if (sent === bytes && answer.includes('\r\n\r\n') && answer.includes(`${bytes}`)) {
    if (now > start + 1000 * seconds) return report(now)
    answer = ''
    sent = 0
    socket.write(HEAD)
  }
  if (sent < bytes && now >= dueAt) {
    dueAt = now + GAP_MS
    socket.write(BYTE)
    sent++
    total++
  }
  if (now > start + 60_000) fail(`no answer, ${answer}`)
  setImmediate(drip)
}

function report(now) {
  console.log(JSON.stringify({ requests: total, seconds: (now - start) / 1000 }))
  process.exit()
}

function fail(reason) {
  console.error(`Cannot go on: ${reason}`)
  process.exit(1)
}
