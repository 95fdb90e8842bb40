// A client that leaves: who is told what, in which order, held against node:http.
import assert from 'node:assert/strict'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import type { RawClient } from '../../support/raw-client.ts'
import { type LiveApp, liveUnderNode, liveUnderOurs, type Note, Notes } from './live.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'
const post = (length: number): string =>
  `POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: ${length}\r\n\r\nhello`

const streams = (res: ServerResponse): unknown =>
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')

/** What comes, and what the application has done with it when the client leaves. */
const SITUATIONS: Record<string, [request: string, act: (req: IncomingMessage, res: ServerResponse) => unknown]> = {
  GET: [GET, () => {}],
  'GET, read': [GET, req => req.resume()],
  'POST, nothing read, a part has come': [post(10), () => {}],
  'POST, nothing read, all has come': [post(5), () => {}],
  'POST, read as far as it has come': [post(10), req => req.resume()],
  'POST, read': [post(5), req => req.resume()],
  'an event stream': [GET, (_req, res) => streams(res)],
  'an event stream to a POST of which a part has come': [post(10), (_req, res) => streams(res)],
  'an event stream to a POST that was read': [post(5), (req, res) => req.resume().on('end', () => streams(res))],
}

const WAYS: Record<string, (client: RawClient) => void> = {
  'its sending side': client => client.halfClose(),
  everything: client => client.destroy(),
}

function tell(req: IncomingMessage, res: ServerResponse, note: Note): void {
  for (const event of ['aborted', 'end', 'error', 'close']) req.on(event, () => note(`req ${event}`))
  for (const event of ['finish', 'error', 'close']) res.on(event, () => note(`res ${event}`))
  for (const event of ['end', 'finish', 'error']) req.socket.on(event, () => note(`socket ${event}`))
  req.socket.on('close', hadError => note(`socket close ${hadError}`))
  // Behind what follows the close of the socket.
  req.socket.on('close', () => setImmediate(() => setImmediate(() => note('over'))))
}

describe('As under node:http, in this order', () => {
  for (const [situation, [request, act]] of Object.entries(SITUATIONS)) {
    for (const [what, leave] of Object.entries(WAYS)) {
      test(`${situation}: the client closes ${what}`, async t => {
        const app: LiveApp = (req, res, note) => {
          tell(req, res, note)
          act(req, res)
          setImmediate(() => setImmediate(() => note('served')))
        }
        const script = async (client: RawClient, notes: Notes): Promise<void> => {
          await client.send(request)
          await notes.seen('served')
          if (situation.startsWith('an event')) await client.seen('data: 1')
          leave(client)
          await notes.seen('over')
          // What a client that still reads is told.
          if (what === 'its sending side') {
            await client.ended()
            notes.note(/^HTTP\/1.1 \d+|^/.exec(client.text)![0])
          }
        }
        const facts = await liveUnderOurs(t, app, script, [])
        assert.deepEqual(facts, await liveUnderNode(app, script, []))
      })
    }
  }
})

test('As under node:http: an upgraded connection is the application’s, its end too', async t => {
  const script = async (client: RawClient, notes: Notes): Promise<void> => {
    await client.send('GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: words\r\n\r\n')
    await client.seen('ready')
    client.halfClose()
    await notes.seen('over')
    assert.equal(await client.ended(), 'fin')
    assert.match(client.text, /bye$/)
  }
  const upgrades =
    (note: Note) =>
    (server: Server): unknown =>
      server.on('upgrade', (_req, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: words\r\n\r\nready')
        for (const event of ['end', 'finish', 'error']) socket.on(event, () => note(`socket ${event}`))
        socket.on('close', () => note('over'))
        socket.on('end', () => setImmediate(() => socket.end('bye'))).resume()
      })
  const [ours, node] = [new Notes(), new Notes()]
  await liveUnderOurs(
    t,
    () => {},
    client => script(client, ours),
    [],
    upgrades(ours.note),
  )
  await liveUnderNode(
    () => {},
    client => script(client, node),
    [],
    upgrades(node.note),
  )
  assert.deepEqual(ours.facts, node.facts)
})

describe('As under node:http with httpAllowHalfOpen', () => {
  const ANSWERS: Record<string, (res: ServerResponse) => unknown> = {
    'a late answer': res => res.end('late'),
    'the rest of a stream': res => res.end('data: 2\n\n'),
  }
  for (const [name, answer] of Object.entries(ANSWERS)) {
    test(`a client that has closed its sending side gets ${name}`, async t => {
      const app: LiveApp = (req, res, note) => {
        tell(req, res, note)
        if (name !== 'a late answer') streams(res)
        req.socket.on('end', () => setImmediate(answer, res))
        note('served')
      }
      const script = async (client: RawClient, notes: Notes): Promise<void> => {
        await client.send(GET)
        await notes.seen('served')
        client.halfClose()
        const [only] = await client.allAnswers()
        notes.note(String(only!.body))
        await notes.seen('res close')
      }
      const half = (server: object): unknown => Object.assign(server, { httpAllowHalfOpen: true })
      const ours = await liveUnderOurs(t, app, script, [], half)
      const node = await liveUnderNode(app, script, [], half)
      const kept = (facts: readonly string[]): string[] => facts.filter(fact => /^(?:res|late|data)/.test(fact))
      assert.deepEqual(kept(ours), kept(node))
    })
  }
})
