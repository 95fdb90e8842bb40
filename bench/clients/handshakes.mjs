// A TLS connection for each request, with or without resumption of the session before. The newest ticket is used, which is a
// new one each time where the server sends one with each handshake (Bun, Deno); OpenSSL takes an old one again and sends no other.
// Usage: node handshakes.mjs '{"port":5000,"seconds":3,"resumes":true,"connections":8}'
import { connect, createSecureContext } from 'node:tls'
import { percentiles } from './percentiles.mjs'

const { port, seconds, resumes, connections } = JSON.parse(process.argv[2])
const GET = `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
const secureContext = createSecureContext()
const latencies = []
let resumed = 0
const start = performance.now()
await Promise.all(Array.from({ length: connections }, visits))
const elapsed = (performance.now() - start) / 1000
const requests = latencies.length
console.log(JSON.stringify({ requests, seconds: elapsed, ...percentiles(latencies), resumed: resumed / requests }))
process.exit()

async function visits() {
  let session
  while (performance.now() < start + 1000 * seconds) session = await visit(resumes ? session : undefined)
}

/** One request; gives the newest session. */
function visit(session) {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    let newest = session
    let text = ''
    // The certificate is the benchmark's own.
    const socket = connect({ port, host: '127.0.0.1', secureContext, session, rejectUnauthorized: false })
    socket.once('secureConnect', () => {
      if (socket.isSessionReused()) resumed++
      socket.write(GET)
    })
    socket.on('session', ticket => {
      newest = ticket
    })
    socket.setEncoding('latin1').on('data', piece => {
      text += piece
    })
    socket.once('error', reject)
    socket.once('close', () => {
      if (!text.startsWith('HTTP/1.1 200')) return reject(new Error(`Cannot count this answer: ${text}`))
      latencies.push(performance.now() - began)
      resolve(newest)
    })
  })
}
