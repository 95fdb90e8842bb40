// The peers, each as its documentation says. Usage: node serve.mjs KIND PORT (bun and deno run it, too)
const [, , kind, text] = process.argv
const port = Number(text)
const hostname = '127.0.0.1'
const app = async name => (await import(`./${name}.mjs`)).default

const PEERS = {
  'node:http': async () => (await import('node:http')).createServer(await app('node')).listen(port, hostname),
  express: async () => (await app('express')).listen(port, hostname),
  fastify: async () => (await app('fastify')).listen({ port, host: hostname }),
  koa: async () => (await app('koa')).listen(port, hostname),
  hono: async () => (await import('@hono/node-server')).serve({ fetch: (await app('hono')).fetch, port, hostname }),
  srvx: async () => (await import('srvx')).serve({ fetch: (await app('fetch')).fetch, port, hostname, silent: true }),
  bun: async () => Bun.serve({ ...(await app('fetch')), port, hostname }),
  deno: async () => Deno.serve({ port, hostname, onListen() {} }, (await app('fetch')).fetch),
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
