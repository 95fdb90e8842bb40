// A body that is read before, while and after the answer goes out, by every way there is to read one; and one that is not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RawClient } from '../../support/raw-client.ts'
import { type LiveApp, liveUnderNode, liveUnderOurs, type Notes } from './live.ts'
import { CHUNK, conclude, HEAD, LAST, NEXT, READERS, type Reader, SMALL, tell } from './upload-support.ts'

const ORDERS: Record<string, (read: Reader) => LiveApp> = {
  before: read => (req, res, note) => {
    tell(req, note)
    res.on('finish', () => note('res finish'))
    res.on('close', () => note('res close'))
    res.writeHead(202, { 'Content-Length': 2 }).end('ok')
    conclude(
      req,
      read(req, () => {}),
      note,
    )
  },
  amid: read => (req, res, note) => {
    tell(req, note)
    conclude(
      req,
      read(req, () => res.writeHead(202, { 'Content-Length': 2 }).end('ok')),
      note,
    )
  },
  after: read => async (req, res, note) => {
    tell(req, note)
    const reading = read(req, () => note('begun'))
    conclude(req, reading, note)
    await reading
    res.writeHead(202, { 'Content-Length': 2 }).end('ok')
  },
}

/** Sends the first piece, waits until the answer has come (or the application has begun to read), then sends the rest. */
function upload(order: string): (client: RawClient, notes: Notes) => Promise<void> {
  return async (client, notes) => {
    await client.send(HEAD + CHUNK)
    if (order === 'after') await notes.seen('begun')
    else await client.answer()
    await client.send(CHUNK)
    await client.send(CHUNK + LAST)
    await client.answer()
    await notes.seen('over')
    await notes.seen('req close')
  }
}

describe('A body is read to its end as under node:http', () => {
  for (const [how, read] of Object.entries(READERS)) {
    for (const [order, makeApp] of Object.entries(ORDERS)) {
      test(`by ${how}, with the answer ${order}`, async t => {
        const facts = await liveUnderOurs(t, makeApp(read), upload(order), ['POST'])
        assert.deepEqual(facts, await liveUnderNode(makeApp(read), upload(order), ['POST']))
        assert.ok(facts.includes('read 300000 complete=true aborted=false sum=42'), facts.join('\n'))
      })
    }
  }
})

/** Answers a POST with `answer`, everything else with its path. */
const posted =
  (answer: LiveApp): LiveApp =>
  (req, res, note) =>
    req.method === 'POST' ? answer(req, res, note) : res.end(req.url)

const UNREAD: Record<string, LiveApp> = {
  'nobody listens': (_req, res) => res.end('ok'),
  'somebody listens': (req, res, note) => {
    tell(req, note)
    req.on('close', () => note(`complete=${req.complete}`))
    res.on('finish', () => note('res finish'))
    res.on('close', () => note('res close'))
    res.end('ok')
  },
}

describe('A body that nobody reads is dropped as under node:http, and the connection serves the next request', () => {
  for (const [who, app] of Object.entries(UNREAD)) {
    for (const isSplit of [true, false]) {
      test(`${who}, and it comes ${isSplit ? 'behind the answer' : 'with its head'}`, async t => {
        const script = async (client: RawClient, notes: Notes): Promise<void> => {
          await client.send(isSplit ? SMALL.slice(0, -5) : SMALL)
          await client.answer()
          if (isSplit) await client.send('hello')
          if (app !== UNREAD['nobody listens']) await notes.seen('complete=true')
          await client.send(NEXT)
          const answers = await client.answers(2)
          notes.note(String(answers[1]!.body))
        }
        const facts = await liveUnderOurs(t, posted(app), script, ['POST'])
        assert.deepEqual(facts, await liveUnderNode(posted(app), script, ['POST']))
      })
    }
  }
})

/** How late readers come to a body that the server has let go of; node:http lets them take it for an empty one. */
const LATE: Record<string, Reader> = Object.fromEntries(
  Object.entries(READERS).filter(([how]) => how !== 'a pause' && how !== 'resume'),
)

describe('A reader who comes behind the answer is told that the body was cut', () => {
  for (const [how, read] of Object.entries(LATE)) {
    for (const who of ['nobody listens', 'somebody listens']) {
      for (const part of ['none', 'a part', 'all']) {
        // 'end' was told before: nobody waits for it any more, under node:http neither.
        if (how === 'data' && who === 'somebody listens' && part === 'all') continue
        test(`by ${how}, when ${who} and ${part} of it has come`, async t => {
          const isHeard = who === 'somebody listens'
          const app: LiveApp = (req, res, note) => {
            if (isHeard) tell(req, note)
            // Behind the end of a body that has come; before the rest of one that has not.
            const begin = (): unknown =>
              setImmediate(() =>
                conclude(
                  req,
                  read(req, () => {}),
                  note,
                ),
              )
            if (isHeard && part === 'all') req.on('close', begin)
            else res.on('close', begin)
            res.end('ok')
          }
          const sent = SMALL.length - { none: 5, 'a part': 2, all: 0 }[part]!
          const script = async (client: RawClient, notes: Notes): Promise<void> => {
            await client.send(SMALL.slice(0, sent))
            await client.answer()
            await client.send(SMALL.slice(sent))
            await client.send(NEXT)
            assert.equal(String((await client.answers(2))[1]!.body), '/next')
            await notes.seen('over')
          }
          const facts = await liveUnderOurs(t, posted(app), script, ['POST'])
          const isWhole = isHeard && part === 'none'
          const outcome = isWhole ? /^read 5 complete=true aborted=false/ : /^failed ECONNRESET /
          assert.match(facts.at(-2)!, outcome, facts.join('\n'))
        })
      }
    }
  }
})
