// The same bodies from node:http, as its documentation would have them sent.
import { createReadStream } from 'node:fs'
import { EVENT, EVENT_MS, FILE, JSONS, PIECES, turn } from './pieces.mjs'

const blob = Buffer.alloc(100 * 1024, 'x')

const json = value => (_req, res) => {
  const text = JSON.stringify(value)
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text)
}

const BODIES = {
  '/at-once'(_req, res) {
    for (const piece of PIECES) res.write(piece)
    res.end()
  },
  async '/one-by-one'(_req, res) {
    for (const piece of PIECES) {
      await turn()
      res.write(piece)
    }
    res.end()
  },
  async '/generator'(_req, res) {
    for (const piece of PIECES) res.write(await piece)
    res.end()
  },
  '/events'(_req, res) {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(EVENT)
    const timer = setInterval(() => res.write(EVENT), EVENT_MS)
    res.on('close', () => clearInterval(timer))
  },
  '/blob': (_req, res) => res.writeHead(200, { 'Content-Length': blob.length }).end(blob),
  '/file'(_req, res) {
    res.writeHead(200, { 'Content-Length': 1024 * 1024 })
    createReadStream(FILE).pipe(res)
  },
  '/json-1k': json(JSONS[0]),
  '/json-10k': json(JSONS[1]),
  '/json-100k': json(JSONS[2]),
}

export default (req, res) => void (BODIES[req.url] ?? ((_req, res) => res.end('no such body')))(req, res)
