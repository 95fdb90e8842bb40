// Large bodies, one after the other on each connection, as fast as the server takes them. The server answers with what it counted.
// Usage: node upload.mjs '{"port":5000,"seconds":3,"bytes":104857600,"connections":4}'
import { once } from 'node:events'
import { connect } from 'node:net'
import { percentiles } from './percentiles.mjs'

const { port, seconds, bytes, connections } = JSON.parse(process.argv[2])
const PIECE = Buffer.alloc(256 * 1024, 'x')
const HEAD = `PUT /upload HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`

const latencies = []
const start = performance.now()
await Promise.all(Array.from({ length: connections }, sendBodies))
const elapsed = (performance.now() - start) / 1000
console.log(JSON.stringify({ requests: latencies.length, seconds: elapsed, ...percentiles(latencies) }))
process.exit()

async function sendBodies() {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  await once(socket, 'connect')
  do {
    const began = performance.now()
    const answer = answerOn(socket)
    await send(socket)
    await answer
    latencies.push(performance.now() - began)
  } while (performance.now() < start + 1000 * seconds)
}

async function send(socket) {
  socket.write(HEAD)
  for (let left = bytes; left > 0; left -= PIECE.length) {
    if (!socket.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE)) await once(socket, 'drain')
  }
}

/** Resolves with the whole answer, which ends in the number of bytes. */
function answerOn(socket) {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.removeAllListeners('data')
    socket.on('data', piece => {
      text += piece
      const [head, body] = text.split('\r\n\r\n')
      if (body?.includes(`${bytes}`)) resolve()
      else if (!head.startsWith('HTTP/1.1 200')) reject(new Error(`Cannot upload: ${text}`))
    })
    socket.once('close', () => reject(new Error(`Cannot upload: the server closed the connection, ${text}`)))
  })
}
