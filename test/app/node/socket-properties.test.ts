// `req.socket` beside the socket that node:http gives: what it is, which members it has, and that a stream can be made of it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Duplex, finished, Readable, Stream, Writable } from 'node:stream'
import { test } from 'node:test'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { deferred, listening } from '../../support/listening.ts'
import { answered, testContext } from './both.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'

/** What a socket that was accepted has, and ours has not, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  getTypeOfService: 'only some Node lines have it',
  setTypeOfService: 'only some Node lines have it',
  parser: 'there is none of Node’s',
}

async function underNodeHttp(listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write(GET)
  await once(client, 'data')
  client.destroy()
  server.close()
}

function publicMembers(object: object): Set<string> {
  const names = new Set<string>()
  for (let at = object; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (!name.startsWith('_')) names.add(name)
  }
  return names
}

test('The socket has every public member that node:http’s has', async () => {
  let genuine!: Socket
  await underNodeHttp((req, res) => {
    genuine = req.socket
    res.end('x')
  })
  await answered((req, res) => {
    const ours = publicMembers(req.socket)
    const missing = [...publicMembers(genuine)].filter(name => !ours.has(name) && !(name in LEFT_OUT))
    assert.deepEqual(missing, [])
    res.end()
  }, GET)
})

/** Facts that libraries ask for, at three moments. */
const FACTS: readonly (keyof Socket | 'closed')[] = [
  'allowHalfOpen',
  'closed',
  'connecting',
  'destroyed',
  'errored',
  'pending',
  'readable',
  'readableAborted',
  'readableEnded',
  'readableEncoding',
  'readableLength',
  'readableObjectMode',
  'timeout',
  'writable',
  'writableAborted',
  'writableCorked',
  'writableEnded',
  'writableFinished',
  'writableLength',
  'writableNeedDrain',
  'writableObjectMode',
]

test('The socket says the same of itself as node:http’s while a request is worked on', async () => {
  const factsOf = (req: IncomingMessage): unknown[] => FACTS.map(name => [name, Reflect.get(req.socket, name)])
  let expected: unknown[] = []
  const isA = ({ socket }: IncomingMessage): boolean[] =>
    [Duplex, Readable, Writable, Stream].map(kind => socket instanceof kind)
  let kinds: boolean[] = []
  await underNodeHttp((req, res) => {
    expected = factsOf(req)
    kinds = isA(req)
    res.end('x')
  })
  await answered((req, res) => {
    assert.deepEqual(factsOf(req), expected)
    assert.deepEqual(isA(req), kinds)
    res.end()
  }, GET)
})

test('stream.finished, pipe and read work on the socket of a client that leaves', async t => {
  const { promise, resolve } = deferred<unknown>()
  const app = (req: IncomingMessage, _res: ServerResponse): void => {
    const { socket } = req
    assert.equal(socket.read(), null)
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
    socket.pipe(sink)
    finished(socket, error => sink.on('finish', () => resolve(error)))
  }
  const { connect: join } = await listening(t, nodeHandler(app, testContext()))
  const client = await join()
  await client.send(GET)
  client.halfClose()
  assert.equal(await promise, undefined)
})

test('A stream that is piped into the socket is the answer by hand, at the client’s pace', async t => {
  const bytes = 8 * 1024 * 1024
  const app = (req: IncomingMessage): void => {
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\nConnection: close\r\n\r\n`
    const pieces = function* (): Generator<Buffer> {
      yield Buffer.from(head)
      for (let sent = 0; sent < bytes; sent += 65536) yield Buffer.alloc(65536, 'x')
    }
    Readable.from(pieces()).pipe(req.socket)
  }
  const { connect: join } = await listening(t, nodeHandler(app as never, testContext()))
  const client = await join()
  let received = 0
  client.socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  await client.send(GET)
  await once(client.socket, 'end')
  assert.ok(received > bytes)
})

test('writableLength tells what the client has not taken', async t => {
  const { promise, resolve } = deferred<number[]>()
  const app = (_req: IncomingMessage, res: ServerResponse): void => {
    const before = res.writableLength
    res.write(Buffer.alloc(64 * 1024 * 1024))
    setImmediate(() => resolve([before, res.writableLength]))
  }
  const { connect: join } = await listening(t, nodeHandler(app, testContext()))
  const client = await join()
  client.socket.pause()
  await client.send(GET)
  const [before, behind] = await promise
  assert.equal(before, 0)
  assert.ok(behind! > 32 * 1024 * 1024, `${behind}`)
})

test('resetAndDestroy resets the connection', async t => {
  const { connect: join } = await listening(
    t,
    nodeHandler(req => void req.socket.resetAndDestroy(), testContext()),
  )
  const client = await join()
  await client.send(GET)
  assert.equal(await client.ended(), 'rst')
})
