// The peers, each as its documentation says; bun and deno run this file, too.
// Usage: node serve.mjs KIND PORT ['{"keyFile":"...","certFile":"...","shares":true,"name":"bodies"}'], `shares`: with others on the
// same port; `name`: another application than hello world
import { readFileSync } from 'node:fs'
import { TEXT } from './work.mjs'

const [, , kind, text, more = '{}'] = process.argv
const port = Number(text)
const hostname = '127.0.0.1'
const { keyFile, certFile, shares = false, name = 'fetch' } = JSON.parse(more)
const tls = keyFile && { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
// Longer than any measurement: idle connections stay.
const KEEP_ALIVE_SECONDS = 120
const app = async name => (await import(`./${name}.mjs`)).default

const PEERS = {
  'node:http': async () => {
    const keepAliveTimeout = 1000 * KEEP_ALIVE_SECONDS
    const { createServer } = await import(tls ? 'node:https' : 'node:http')
    createServer({ ...tls, keepAliveTimeout }, await app(name === 'fetch' ? 'node' : `${name}-node`)).listen(
      port,
      hostname,
    )
  },
  // Its own API: a stream for each request.
  'node:http2': async () => {
    const http2 = await import('node:http2')
    const server = tls ? http2.createSecureServer(tls) : http2.createServer()
    server.on('stream', stream => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain', 'content-length': TEXT.length })
      stream.end(TEXT)
    })
    server.listen(port, hostname)
  },
  'node:http2 compat': async () => {
    const http2 = await import('node:http2')
    const server = tls ? http2.createSecureServer(tls) : http2.createServer()
    server.on('request', await app('node')).listen(port, hostname)
  },
  express: async () => (await app('express')).listen(port, hostname),
  fastify: async () => (await app('fastify')).listen({ port, host: hostname }),
  koa: async () => (await app('koa')).listen(port, hostname),
  hono: async () =>
    (await import('@hono/node-server')).serve({
      fetch: (await app(name === 'fetch' ? 'hono' : name)).fetch,
      port,
      hostname,
    }),
  srvx: async () => (await import('srvx')).serve({ fetch: (await app(name)).fetch, port, hostname, silent: true }),
  bun: async () =>
    Bun.serve({ ...(await app(name)), port, hostname, tls, reusePort: shares, idleTimeout: KEEP_ALIVE_SECONDS }),
  deno: async () => Deno.serve({ port, hostname, ...tls, reusePort: shares, onListen() {} }, (await app(name)).fetch),
  // The floor: no parser, no application, one fixed answer for each head that comes.
  'node:net': async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!'
    const { createServer } = await import('node:net')
    const server = createServer({ noDelay: true }, socket => {
      socket.setEncoding('latin1').on('data', piece => {
        let heads = 0
        for (let at = piece.indexOf('\r\n\r\n'); at >= 0; at = piece.indexOf('\r\n\r\n', at + 4)) heads++
        socket.write(answer.repeat(heads))
      })
      socket.on('error', () => socket.destroy())
    })
    server.listen(port, hostname)
  },
}

await PEERS[kind]()
