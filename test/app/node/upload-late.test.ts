// What happens to a body, its reader and its connection behind the answer.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { deferred, listening } from '../../support/listening.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { testContext } from './both.ts'
import { type LiveApp, liveUnderOurs, Notes } from './live.ts'
import { CHUNK, conclude, HEAD, LAST, NEXT, READERS, SMALL, tell } from './upload-support.ts'

const reads: LiveApp = (req, res, note) => {
  tell(req, note)
  res.writeHead(202, { 'Content-Length': 2 }).end('ok')
  conclude(
    req,
    READERS['for await']!(req, () => {}),
    note,
  )
}

describe('Behind the answer', () => {
  test('a client that leaves in the middle of its body aborts the request', async t => {
    const script = async (client: RawClient, notes: Notes): Promise<void> => {
      await client.send(HEAD + CHUNK)
      await client.answer()
      client.destroy()
      await notes.seen('over')
    }
    const facts = await liveUnderOurs(t, reads, script, ['POST'])
    assert.deepEqual(facts, [
      'req aborted',
      'req error',
      'req close',
      'failed ECONNRESET complete=false aborted=true',
      'over',
    ])
  })

  for (const field of ['', 'Connection: close\r\n']) {
    test(`a client that has sent all of its body may leave before it is read${field && `, with ${field.trim()}`}`, async t => {
      const readsLater: LiveApp = async (req, res, note) => {
        const pieces = req[Symbol.asyncIterator]()
        let bytes = ((await pieces.next()).value as Buffer).length
        res.end('ok')
        await goOn
        for (let step = await pieces.next(); step.done !== true; step = await pieces.next()) bytes += step.value.length
        note(`read ${bytes} complete=${req.complete} aborted=${req.aborted}`)
        note('over')
      }
      const { promise: goOn, resolve: readOn } = deferred()
      const script = async (client: RawClient, notes: Notes): Promise<void> => {
        await client.send(HEAD.replace('\r\n', `\r\n${field}`) + CHUNK)
        await client.answer()
        await client.send(CHUNK + LAST)
        client.halfClose()
        if (field !== '') await client.ended()
        client.destroy()
        readOn()
        await notes.seen('over')
      }
      assert.deepEqual(await liveUnderOurs(t, readsLater, script, ['POST']), [
        'read 200000 complete=true aborted=false',
        'over',
      ])
    })
  }

  test('a request that is destroyed late takes no other one of its connection with it', async t => {
    const app: LiveApp = (req, res, note) => {
      if (req.method === 'GET') {
        first!.destroy()
        return void setImmediate(() => res.end('fine'))
      }
      first = req
      req.on('close', () => note('req close'))
      if (req.url === '/read') req.once('data', () => req.pause())
      res.end('ok')
    }
    let first: IncomingMessage | undefined
    const script = async (client: RawClient): Promise<void> => {
      await client.send(SMALL + NEXT)
      assert.equal(String((await client.answers(2))[1]!.body), 'fine')
    }
    await liveUnderOurs(t, app, script, ['POST'])
  })

  test('a reader that has stopped for good is given up when an idle connection would be', async t => {
    const notes = new Notes()
    const app = nodeHandler((req, res) => {
      tell(req, notes.note)
      req.once('data', () => {
        req.pause()
        res.end('ok')
      })
    }, testContext())
    const { connect } = await listening(t, app, { keepaliveTimeoutMs: 40 })
    const client = await connect('POST')
    await client.send(HEAD + CHUNK.repeat(4))
    await client.answer()
    await client.ended()
    await notes.seen('req close')
    assert.deepEqual(notes.facts, ['req aborted', 'req error', 'req close'])
  })

  test('an error of the application is logged and cuts nothing', async t => {
    const app = nodeHandler((_req, res) => {
      res.end('ok')
      throw new Error('late')
    }, testContext())
    const client = await (await listening(t, app)).connect('POST')
    await client.send(SMALL)
    assert.equal(String((await client.answer()).body), 'ok')
  })

  test('a socket that is destroyed lets the answer out first', async t => {
    const app = nodeHandler((req, res) => {
      res.end('ok')
      req.socket.destroy()
    }, testContext())
    const client = await (await listening(t, app)).connect('POST')
    await client.send(SMALL.slice(0, -5))
    assert.equal(String((await client.answer()).body), 'ok')
    await client.ended()
  })
})
