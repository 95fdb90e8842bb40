// Time of the Node adapter alone: nanoseconds per request from the handler's call to the end of the ticks behind the answer,
// on an exchange that does nothing. The heads are real ones, read outside of the time that is counted. Beside it what
// node:http spends on the same two objects without a parser: IncomingMessage and ServerResponse on a socket that swallows.
//   npm run build && node bench/micro/node-adapter.mjs [rounds]
import { execFileSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import express from 'express'
import { CONTEXT, headsOf, load, NullExchange, PEER, rounds, timed } from './frame.mjs'

const { nodeHandler } = await load('app/node/handler.js')
const BATCH = 1000
const BATCHES = 60

PEER.socket = Object.assign(new EventEmitter(), { readableHighWaterMark: 65536, writableHighWaterMark: 65536 })

const hello = (_req, res) => {
  res.setHeader('Content-Type', 'text/plain')
  res.end('Hello, World!\n')
}
const expressApp = express().get('/', (_req, res) => void res.type('txt').send('Hello, World!\n'))

/** What node:http does per request besides parsing and writing, as far as a program can do it. */
function genuineObjects(app) {
  const swallowing = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
    writev: (_chunks, done) => done(),
  })
  return exchange => {
    const { head } = exchange
    const req = new IncomingMessage(swallowing)
    req.httpVersionMajor = req.httpVersionMinor = 1
    req.httpVersion = '1.1'
    req.method = head.method
    req.url = head.path
    const lines = []
    for (let i = 0; i < head.fieldCount; i++) lines.push(head.name(i), head.value(i))
    req._addHeaderLines(lines, lines.length)
    const res = new ServerResponse(req)
    res.assignSocket(swallowing)
    res.on('finish', () => {
      req._dump()
      res.detachSocket(swallowing)
      process.nextTick(() => res.emit('close'))
    })
    app(req, res)
    req.complete = true
    req.push(null)
  }
}

const PLAIN = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'
const REALISTIC = `${PLAIN.slice(0, -2)}Connection: keep-alive\r\nCache-Control: max-age=0\r\nsec-ch-ua: "Chromium";v="124", "Not-A.Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Linux"\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\nSec-Fetch-Site: none\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\nCookie: sid=0123456789abcdef0123456789abcdef; theme=dark; tz=Europe%2FBerlin\r\n\r\n`

const cases = [
  ['listener, plain head', hello, PLAIN],
  ['listener, realistic head', hello, REALISTIC],
  ['Express, plain head', expressApp, PLAIN],
  ['Express, realistic head', expressApp, REALISTIC],
]
// Each in a process of its own: what one application does to the prototypes and caches must not slow another.
const [, self, , chosen, side] = process.argv
if (chosen === undefined) {
  for (const [index, [name]] of cases.entries()) {
    const [ours, theirs] = ['adapter', 'node'].map(wanted => Number(run(index, wanted)))
    const ratio = (ours / theirs).toFixed(2)
    console.log(`${name.padEnd(26)} adapter ${ours} ns, node:http's objects ${theirs} ns, ratio ${ratio}`)
  }
} else {
  const [, app, text] = cases[Number(chosen)]
  const handler = side === 'adapter' ? nodeHandler(app, CONTEXT) : genuineObjects(app)
  const result = await timed({
    count: BATCH,
    batches: BATCHES,
    prepare: () => headsOf([text], BATCH).map(head => new NullExchange(head)),
    work: exchanges => answerInTurn(handler, exchanges),
  })
  console.log(Math.round(result.median))
}

function run(index, wanted) {
  return execFileSync(process.execPath, [...process.execArgv, self, String(rounds), String(index), wanted], {
    encoding: 'utf8',
  })
}

/** One request at a time, as on one connection, each with the ticks behind it. */
async function answerInTurn(handler, exchanges) {
  for (const exchange of exchanges) {
    handler(exchange)
    await new Promise(process.nextTick)
  }
  await new Promise(setImmediate)
}
