// What frameworks and libraries do when a client leaves: each hears of it in its own way.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import express from 'express'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import Koa from 'koa'
import { fetchHandler } from '../../src/app/fetch/adapter/handler.ts'
import type { FetchApp } from '../../src/app/fetch/types.ts'
import type { Handler } from '../../src/app/handler.ts'
import { nodeHandler } from '../../src/app/node/handler.ts'
import type { NodeApp } from '../../src/app/node/types.ts'
import { deferred, listening } from '../support/listening.ts'
import type { RawClient } from '../support/raw-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testContext } from './node/both.ts'

const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'

/** A source that says one word and then waits. */
function patient(): Readable {
  const source = new Readable({ read() {} })
  source.push('begun')
  return source
}

/** Applications that call `told` when they hear that the client has left; `begun` is what the client waits for. */
const APPLICATIONS: Record<string, (told: () => void) => Handler> = {
  'Hono: stream.onAbort': told => {
    const app = new Hono().get('/', c =>
      streamSSE(c, async stream => {
        stream.onAbort(told)
        await stream.writeSSE({ data: 'begun' })
        await new Promise(() => {})
      }),
    )
    return fetchHandler(app as unknown as FetchApp, testContext())
  },
  'Koa: the body that is a stream is destroyed': told => {
    const app = new Koa().use(ctx => {
      ctx.body = patient().on('close', told)
    })
    app.silent = true
    return nodeHandler(app as NodeApp, testContext())
  },
  'Express: res.on(close)': told => {
    const app = express().get('/', (_req, res) => {
      res.on('close', told)
      res.write('begun')
    })
    return nodeHandler(app as NodeApp, testContext())
  },
}

/** As engine.io's polling transport: the request's 'close' before its answer is the end of the poll. */
const polls =
  (told: () => void, asked: () => void) =>
  (req: IncomingMessage, res: ServerResponse): void => {
    req.on('close', () => !res.writableEnded && told())
    asked()
  }

describe('A client that leaves', () => {
  for (const [name, make] of Object.entries(APPLICATIONS)) {
    test(name, async t => {
      const { promise, resolve } = deferred()
      const { connect } = await listening(t, make(resolve))
      const client = await connect()
      await client.send(GET)
      await client.seen('begun')
      client.halfClose()
      await promise
      await client.ended()
    })
  }

  test('a poll that has no answer yet (engine.io)', async t => {
    const [closed, asked] = [deferred(), deferred()]
    const { connect } = await listening(t, nodeHandler(polls(closed.resolve, asked.resolve), testContext()))
    const client = await connect()
    await client.send(GET)
    await asked.promise
    client.halfClose()
    await closed.promise
  })

  test('Express: res.sendFile calls back with ECONNABORTED and closes its file', async t => {
    const path = join(temporaryFolder('leaving'), 'large')
    const file = await open(path, 'w')
    await file.truncate(64 * 1024 * 1024)
    await file.close()
    const { promise, resolve } = deferred<NodeJS.ErrnoException>()
    const app = express().get('/', (_req, res) => res.sendFile(path, error => resolve(error as NodeJS.ErrnoException)))
    const { connect } = await listening(t, nodeHandler(app as NodeApp, testContext()))
    const client = await connect()
    await slowly(client)
    client.halfClose()
    assert.equal((await promise).code, 'ECONNABORTED')
  })

  test('the next client is served as ever', async t => {
    const app = express().get('/', (_req, res) => void res.end('fine'))
    const { connect } = await listening(t, nodeHandler(app as NodeApp, testContext()))
    ;(await connect()).destroy()
    const client = await connect()
    await client.send(GET)
    assert.equal(String((await client.answer()).body), 'fine')
  })
})

/** Asks, and reads no more than the beginning. */
async function slowly(client: RawClient): Promise<void> {
  client.socket.removeAllListeners('data').pause()
  await client.send(GET)
  await once(client.socket, 'readable')
}
