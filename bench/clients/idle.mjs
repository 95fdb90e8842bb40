// Connections that have had one answer and then say nothing. Prints how many stand, and holds them until it is killed.
// Usage: node idle.mjs '{"port":5000,"count":10000,"path":"/"}'; what comes behind the first bytes is read and forgotten.
import { connect } from 'node:net'

const { port, count, path = '/' } = JSON.parse(process.argv[2])
const AT_ONCE = 100
let opened = 0
let lost = 0
await Promise.all(Array.from({ length: AT_ONCE }, openSome))
console.log(JSON.stringify({ opened, lost }))
setInterval(() => {}, 60_000)

async function openSome() {
  while (opened < count) {
    opened++
    await openOne()
  }
}

function openOne() {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`))
    socket.once('data', resolve)
    socket.on('error', () => {})
    socket.once('close', () => {
      console.error(`Connection ${++lost} of ${count} was closed by the server`)
      process.exit(1)
    })
  })
}
