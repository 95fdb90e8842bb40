import assert from 'node:assert/strict'
import { IncomingMessage, Server } from 'node:http'
import { test } from 'node:test'
import { closeRequest, makeRequest } from '../../../src/app/node/request.ts'
import { socketOf } from '../../../src/app/node/sockets.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { answered, quiet, testContext } from './both.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n'

test('A request is a genuine IncomingMessage, whatever prototype it is given later', async () => {
  await answered((req, res) => {
    assert.ok(req instanceof IncomingMessage)
    assert.equal(Object.getPrototypeOf(req), IncomingMessage.prototype)
    Object.setPrototypeOf(req, Object.create(IncomingMessage.prototype))
    req.pipe(res)
  }, GET)
})

test('A request that nobody has looked at ends in the state of one that was read', async () => {
  const exchange = new FakeExchange(GET)
  const req = makeRequest(exchange, socketOf(exchange.peer, testContext(), new Server()), '/')
  closeRequest(req)
  assert.deepEqual(
    [req.complete, req.readableEnded, req.destroyed, req.closed, req.aborted],
    [true, true, true, true, false],
  )
})

test('A body is read no further than there is room for it', async () => {
  const exchange = new FakeExchange(POST)
  const block = 'x'.repeat(0x10000)
  let reads = 0
  const read = exchange.read.bind(exchange)
  exchange.read = () => {
    reads++
    return read()
  }
  let total = 0
  let goOn = (): void => {}
  const done = answered((req, res) => {
    req.once('data', chunk => {
      total += chunk.length
      req.pause()
    })
    goOn = () => {
      req.on('data', chunk => {
        total += chunk.length
      })
      req.on('end', () => res.end('read'))
      req.resume()
    }
  }, exchange)
  await quiet()
  for (let i = 0; i < 8; i++) exchange.give(`10000\r\n${block}\r\n`)
  exchange.give('0\r\n\r\n')
  await quiet()
  assert.ok(reads <= 3, `${reads} reads while the application pauses`)
  goOn()
  await done
  assert.equal(total, 8 * 0x10000)
})

test('A body that comes in drips arrives as it comes', async () => {
  const exchange = new FakeExchange(POST)
  const seen: string[] = []
  const done = answered((req, res) => {
    req.on('data', chunk => seen.push(String(chunk)))
    req.on('end', () => res.end())
  }, exchange)
  await quiet()
  exchange.give('2\r\nab\r\n')
  await quiet()
  assert.deepEqual(seen, ['ab'])
  exchange.give('1\r\nc\r\n0\r\n\r\n')
  await done
  assert.deepEqual(seen, ['ab', 'c'])
})
