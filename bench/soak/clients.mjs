// Clients of the soak: polite ones, whose every answer is compared with what they asked, and rude ones, which only leave a mess.
// A `load` is { server, isOver(), next(), failed(what), served, races }; `races` are the numbers of requests that were sent twice.
import { once } from 'node:events'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

const LARGE_BYTES = 1024 * 1024
/** Sizes of uploads in bytes, from one segment to a file on disk of PSGI input. */
const UPLOADS = [0, 1, 1000, 70_000, 2_000_000]

/** GET after GET, on kept connections or on a new one each time. */
export async function asking(load, { keepAlive }) {
  const agent = agentOf(load, keepAlive)
  while (!load.isOver()) {
    const id = load.next()
    await answered(load, { path: `/?id=${id}`, agent }, [], `${id} 0`)
    await pause(5)
  }
  agent.destroy()
}

/** Uploads of every size, with Content-Length and in chunks. */
export async function uploading(load) {
  const agent = agentOf(load, true)
  for (let i = 0; !load.isOver(); i++) {
    const id = load.next()
    const bytes = UPLOADS[i % UPLOADS.length]
    const piece = Buffer.alloc(Math.min(bytes, 16_384), 'x')
    const pieces = Array.from({ length: Math.ceil(bytes / 16_384) }, (_, at) => piece.subarray(0, bytes - at * 16_384))
    const headers = i % 2 === 0 ? { 'Content-Length': bytes } : { 'Transfer-Encoding': 'chunked' }
    await answered(load, { path: `/?id=${id}`, method: 'POST', headers, agent }, pieces, `${id} ${bytes}`)
    await pause(50)
  }
  agent.destroy()
}

/** Large answers, read at about 1 MB a second. */
export async function readingSlowly(load) {
  const agent = agentOf(load, true)
  const slowly = async response => {
    let bytes = 0
    for await (const chunk of response) {
      bytes += chunk.length
      await pause(chunk.length / 1000)
    }
    return bytes
  }
  while (!load.isOver()) await answered(load, { path: `/large?id=${load.next()}`, agent }, [], LARGE_BYTES, slowly)
  agent.destroy()
}

/** What attackers and closed tabs do: half a head, half a body, answers that nobody reads, events left by FIN and by reset, garbage. */
export async function rude(load) {
  for (let i = 0; !load.isOver(); i++) {
    const act = RUDENESS[i % RUDENESS.length]
    const socket = connectionTo(load)
    socket.on('error', () => undefined)
    const closed = new Promise(resolve => socket.once('close', resolve))
    await Promise.race([once(socket, load.server.isTls ? 'secureConnect' : 'connect'), closed]).catch(() => undefined)
    await act(socket)
    socket.destroy()
    await closed
  }
}

const RUDENESS = [
  socket => send(socket, 'GET / HTTP/1.1\r\nHost: so', 20),
  socket => send(socket, 'POST /?id=0 HTTP/1.1\r\nHost: soak\r\nContent-Length: 100000\r\n\r\nhalf', 20),
  socket => send(socket, 'POST /?id=0 HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab', 20),
  socket => send(socket, 'GET /large HTTP/1.1\r\nHost: soak\r\n\r\n'.repeat(5), 20),
  socket => send(socket, 'GET /events HTTP/1.1\r\nHost: soak\r\n\r\n', 120),
  async socket => {
    await send(socket, 'GET /events HTTP/1.1\r\nHost: soak\r\n\r\n', 120)
    socket.end()
    socket.resume()
    await pause(100)
  },
  async socket => {
    await send(socket, 'GET /events HTTP/1.1\r\nHost: soak\r\n\r\n', 120)
    if (socket.encrypted !== true) socket.resetAndDestroy()
  },
  socket => send(socket, '\x16\x03\x01garbage\r\n\r\n', 20),
  socket => send(socket, `GET / HTTP/1.1\r\nHost: soak\r\nCookie: ${'c'.repeat(70_000)}\r\n\r\n`, 50),
  socket => send(socket, `GET / HTTP/1.1\r\nHost: soak\r\n${invented()}\r\n`, 20),
  socket =>
    send(
      socket,
      `POST /?id=0 HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(5000)}`,
      30,
    ),
]

/** Fields whose names nobody has sent before. */
function invented() {
  return Array.from({ length: 50 }, () => `x-${Math.random().toString(36).slice(2)}: 1\r\n`).join('')
}

async function send(socket, text, ms) {
  if (!socket.destroyed) socket.write(text)
  await pause(ms)
}

/** Sends a request and compares what `read` makes of its answer. */
async function answered(load, options, pieces, expected, read = asText) {
  const asked = requestOf(load)({ ...load.server.address, ...options })
  try {
    const answer = once(asked, 'response')
    answer.catch(() => undefined)
    for (const piece of pieces) if (!asked.write(piece)) await Promise.race([once(asked, 'drain'), answer])
    asked.end()
    const [response] = await answer
    const got = await read(response)
    if (response.statusCode !== 200 || got !== expected)
      load.failed(`${options.path}: expected "${expected}", got ${response.statusCode} "${String(got).slice(0, 200)}"`)
    load.served++
  } catch (error) {
    // RFC 9112 9.3.1: a kept connection may end while the next request is on its way; the client sends it again. Whether the server had
    // taken it already tells its access log.
    const isRace = asked.reusedSocket && asked.res === null && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    if (!isRace) return load.failed(`${options.path}: expected "${expected}", got ${error}`)
    load.races.push(Number(/id=(\d+)/.exec(options.path)[1]))
    await answered(load, options, pieces, expected, read)
  }
}

async function asText(response) {
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return body
}

function agentOf({ server }, keepAlive) {
  return new (server.isTls ? HttpsAgent : HttpAgent)({ keepAlive, maxSockets: 1 })
}

function requestOf({ server }) {
  return server.isTls ? httpsRequest : httpRequest
}

function connectionTo({ server }) {
  return server.isTls ? connectTls(server.address) : connectTcp(server.address)
}
