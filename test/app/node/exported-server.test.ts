// An http.Server of the application's own: what it was made with counts, or it is said that it does not.
import assert from 'node:assert/strict'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { test } from 'node:test'
import { keepToServer, messageClasses } from '../../../src/app/node/exported-server.ts'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { listening } from '../../support/listening.ts'
import { answered, testContext } from './both.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'

class OwnMessage extends IncomingMessage {
  get path(): string {
    return `path ${this.url}`
  }
}
class OwnResponse extends ServerResponse {
  say(text: string): void {
    this.end(text)
  }
}
const CLASSES = { IncomingMessage: OwnMessage, ServerResponse: OwnResponse } as never

test('Requests and responses are of the classes that the server was made with', async () => {
  const server = createServer(CLASSES, (req, res) => {
    assert.ok(req instanceof OwnMessage && res instanceof (OwnResponse as never))
    ;(res as unknown as OwnResponse).say(req.path)
  })
  const exchange = await answered(server, GET)
  assert.match(exchange.rawText, /\r\n\r\npath \/$/)
  const secure = messageClasses(createTlsServer(CLASSES))
  assert.equal(secure.IncomingMessage, OwnMessage)
  assert.equal(messageClasses(undefined).ServerResponse, ServerResponse)
})

test('A connection is announced once, and the server’s end as well', async t => {
  const server = createServer((_req, res) => void res.end('ok'))
  const notes: string[] = []
  server.on('connection', socket => notes.push(`connection from ${socket.remoteAddress}`))
  server.on('close', () => notes.push('close'))
  const place = await listening(t, nodeHandler(server, testContext()))
  const client = await place.connect()
  for (let count = 1; count <= 2; count++) {
    await client.send(GET)
    await client.answers(count)
  }
  client.destroy()
  await place.server.drain(0)
  await place.server.close()
  assert.deepEqual(notes, ['connection from 127.0.0.1', 'close'])
})

const LOST: Record<string, [prepare: (server: Server) => unknown, warning: RegExp]> = {
  clientError: [server => server.on('clientError', () => {}), /listeners of "clientError" \(/],
  checkExpectation: [server => server.on('checkExpectation', () => {}), /listeners of "checkExpectation" \(/],
  keepAliveTimeout: [
    server => Object.assign(server, { keepAliveTimeout: 1 }),
    /"keepAliveTimeout" \(--keepalive-timeout\)/,
  ],
  'all of it at once': [
    server => Object.assign(server, { headersTimeout: 1, maxConnections: 2 }).on('connect', () => {}),
    /"connect" .*"headersTimeout" .*"maxConnections"/,
  ],
}
for (const [name, [prepare, warning]] of Object.entries(LOST)) {
  test(`What cannot be kept to is said once: ${name}`, () => {
    const logged: string[] = []
    const server = createServer(() => {})
    prepare(server)
    nodeHandler(server, testContext({}, logged))
    assert.equal(logged.length, 1)
    assert.match(logged[0]!, warning)
  })
}

test('Nothing is said about a server as Node makes it', () => {
  const logged: string[] = []
  const context = testContext({}, logged)
  for (const server of [createServer(), createTlsServer(), createHttp2Server()]) keepToServer(server as Server, context)
  assert.deepEqual(logged, [])
})
