// What a request sees of the one before on its connection: nothing.
import assert from 'node:assert/strict'
import { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks'
import domain from 'node:domain'
import { describe, type TestContext, test } from 'node:test'
import { fetchHandler } from '../../src/app/fetch/adapter/handler.ts'
import type { Handler } from '../../src/app/handler.ts'
import { nodeHandler } from '../../src/app/node/handler.ts'
import { psgiHandler } from '../../src/app/psgi/handler.ts'
import { createServer } from '../../src/server/http-server.ts'
import { testContext } from '../app/node/both.ts'
import { writeCertificate } from '../support/certificate.ts'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const storage = new AsyncLocalStorage<string>()
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: app.example\r\n\r\n`
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
/** Where `enterWith` changes the connection's own context, which node:http has as well. */
const ENTERS_THE_CONNECTION = Number(process.versions.node.split('.')[0]) < 24

type Answer = () => unknown
/** Handles a request; `answer` gives what the kind of application gives. */
type Work = (path: string, answer: Answer) => unknown

/** What leaves traces behind, at once or later. */
const WAYS: Record<string, Work> = {
  'run, answered at once': (path, answer) => storage.run(path, answer),
  'run, answered later': (path, answer) => storage.run(path, () => turn().then(answer)),
  'enterWith, answered at once': (path, answer) => {
    storage.enterWith(path)
    return answer()
  },
  'enterWith, answered later': (path, answer) => {
    storage.enterWith(path)
    return turn().then(answer)
  },
  'enterWith behind an await': async (path, answer) => {
    await turn()
    storage.enterWith(path)
    return answer()
  },
  'a domain, answered at once': (_path, answer) => domain.create().run(answer),
  'a domain, answered later': (_path, answer) => domain.create().run(() => turn().then(answer)),
  'a domain, answered by a timer': (_path, answer) =>
    domain.create().run(() => new Promise(resolve => setTimeout(() => resolve(answer()), 1))),
}

/** What the request sees when it begins. */
function present(): string {
  const frames = new Error('here').stack!.split('\n').filter(line => line.includes('answerFrom'))
  const { domain: active } = process as unknown as { domain: unknown }
  return `store=${storage.getStore()} domain=${active ?? 'none'} frames=${frames.length - 1}`
}

const KINDS: Record<string, (work: Work) => Handler> = {
  fetch: work =>
    fetchHandler(function answerFrom(request) {
      const { pathname } = new URL(request.url)
      return work(pathname, () => new Response(pathname)) as Response
    }, testContext()),
  'Node style': work =>
    nodeHandler(function answerFrom(req, res) {
      return work(req.url!, () => void res.end(req.url))
    }, testContext()),
  PSGI: work =>
    psgiHandler(function answerFrom(env) {
      return work(env.PATH_INFO, () => [200, [], [env.PATH_INFO]]) as never
    }, testContext()),
}

for (const isEncrypted of [false, true]) {
  describe(`A request begins without a trace of the one before${isEncrypted ? ', over TLS' : ''}`, () => {
    for (const [kind, make] of Object.entries(KINDS)) {
      for (const [way, work] of Object.entries(WAYS)) {
        for (const isPipelined of [true, false]) {
          const isNodesOwn = ENTERS_THE_CONNECTION && !isPipelined && /^enterWith,/.test(way)
          const skip = isNodesOwn && 'the read of the connection is where it enters, in node:http as well'
          test(`${kind}, ${way}, ${isPipelined ? 'pipelined' : 'one after the other'}`, { skip }, async t => {
            const seen: string[] = []
            const ids = new Set<number>()
            const handler = make((path, answer) => {
              seen.push(present())
              ids.add(executionAsyncId())
              return work(path, answer)
            })
            const client = await connected(t, handler, isEncrypted)
            const paths = ['/1', '/2', '/3', '/4']
            if (isPipelined) await client.send(paths.map(get).join(''))
            for (const [i, path] of paths.entries()) {
              if (!isPipelined) await client.send(get(path))
              await client.answers(i + 1)
            }
            assert.deepEqual(
              (await client.answers(4)).map(({ body }) => String(body)),
              paths,
            )
            assert.deepEqual(seen, Array(4).fill('store=undefined domain=none frames=0'))
            if (isPipelined) assert.equal(ids.size, 4, 'they share an async id')
          })
        }
      }
    }
  })
}

test('A request that begins when the answer before it has left begins without a trace of it', async t => {
  const seen: string[] = []
  const handler = nodeHandler(function answerFrom(req, res) {
    seen.push(present())
    storage.run(req.url!, async () => {
      await turn()
      res.end(Buffer.alloc(16 * 1024 * 1024))
    })
  }, testContext())
  const client = await connected(t, handler, false)
  await client.send(get('/1') + get('/2') + get('/3'))
  let received = 0
  client.socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  while (received < 3 * 16 * 1024 * 1024) await turn()
  assert.deepEqual(seen, Array(3).fill('store=undefined domain=none frames=0'))
})

test('A request that begins behind a body that was read late begins without a trace of its reader', async t => {
  const seen: string[] = []
  const handler = nodeHandler(function answerFrom(req, res) {
    seen.push(present())
    res.end('ok')
    storage.run(req.url!, async () => {
      for await (const _chunk of req) await turn()
    })
  }, testContext())
  const client = await connected(t, handler, false, 'POST')
  await client.send('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n')
  await client.answer()
  await client.send(`hello${get('/2')}`)
  await client.answers(2)
  assert.deepEqual(seen, Array(2).fill('store=undefined domain=none frames=0'))
})

async function connected(t: TestContext, handler: Handler, isEncrypted: boolean, method = 'GET'): Promise<RawClient> {
  const server = createServer({ handler, log: testContext().log })
  const tls = isEncrypted ? { tls: { ...writeCertificate(temporaryFolder('context')), verifyMode: 0 as const } } : {}
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0, ...tls })
  if (!('port' in bound)) throw new Error('Cannot test: the server gave no port')
  const client = await connectRaw({ port: bound.port, tls: isEncrypted, methods: [method] })
  t.after(async () => {
    client.destroy()
    await server.close()
  })
  return client
}
