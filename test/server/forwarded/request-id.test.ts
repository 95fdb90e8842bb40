// --request-id: one name for a request, for the application of each kind, its answer and the log.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../../src/app/handler.ts'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import { trustedNetworks } from '../../../src/config/trusted-proxies.ts'
import { accessLogFormatter } from '../../../src/log/access-log.ts'
import { createServer } from '../../../src/server/http-server.ts'
import { contextOf } from '../../../src/server/library/app-context.ts'
import { Http2Client } from '../../support/http2-client.ts'
import { SILENT } from '../../support/open-transport.ts'

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())
/** Each says what it was told; below /own it names its answer itself. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(
    env => [200, env['PATH_INFO'] === '/own' ? ['x-request-id', 'own'] : [], [String(env['HTTP_X_REQUEST_ID'])]],
    CONTEXT,
  ),
  fetch: fetchHandler(
    req =>
      new Response(req.headers.get('x-request-id'), {
        headers: req.url.endsWith('/own') ? { 'X-Request-Id': 'own' } : {},
      }),
    CONTEXT,
  ),
  node: nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    res.writeHead(200, req.url === '/own' ? { 'x-request-ID': 'own' } : {}).end(req.headers['x-request-id'])
  }, CONTEXT),
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

/** What a client sends, and the name; undefined: a new one. */
const CASES: readonly (readonly [fields: Readonly<Record<string, string>>, ofTrusted: string | undefined])[] = [
  [{}, undefined],
  [{ 'x-request-id': 'Root=1-67891233-abcdef' }, 'Root=1-67891233-abcdef'],
  [{ 'X-Request-ID': 'a', traceparent: TRACEPARENT }, 'a'],
  [{ traceparent: TRACEPARENT }, TRACE],
  [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, undefined],
  [{ traceparent: TRACEPARENT.replace('00', 'ff') }, undefined],
  [{ 'x-request-id': 'two words' }, undefined],
  [{ 'x-request-id': '"><script>' }, undefined],
  [{ 'x-request-id': 'x'.repeat(129) }, undefined],
  [{ 'x-request-id': 'x'.repeat(128) }, 'x'.repeat(128)],
]

interface Place {
  readonly logged: string[]
  ask(
    path: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<{ readonly told: string; readonly answered: unknown }>
}

async function place(t: TestContext, handler: Handler, trusted: string, isHttp2: boolean): Promise<Place> {
  const logged: string[] = []
  const line = accessLogFormatter('json')
  const server = createServer({
    handler,
    log: SILENT,
    onAnswered: record => logged.push(String((JSON.parse(line(record)) as { requestId?: string }).requestId)),
    settings: {
      forwarding: {
        trusted: trustedNetworks([trusted], 'x'),
        isExplicit: trusted !== 'unix',
        field: 'x-forwarded',
        requestId: true,
      },
    },
  })
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0, h2c: isHttp2 })
  const port = 'port' in bound ? bound.port : -1
  const client = isHttp2 ? new Http2Client({ port }) : undefined
  t.after(async () => {
    client?.destroy()
    await server.close()
  })
  return {
    logged,
    async ask(path, fields) {
      if (client !== undefined) {
        const answer = await client.get(path, fields)
        return { told: String(answer.body), answered: answer.fields['x-request-id'] }
      }
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: fields })
      return { told: await answer.text(), answered: answer.headers.get('x-request-id') }
    },
  }
}

for (const [kind, handler] of Object.entries(HANDLERS)) {
  for (const isHttp2 of [false, true]) {
    test(`${kind} over HTTP/${isHttp2 ? 2 : 1}: a trusted proxy names requests, or they get a name`, async t => {
      const { ask, logged } = await place(t, handler, 'loopback', isHttp2)
      for (const [fields, expected] of CASES) {
        const { told, answered } = await ask('/', fields)
        if (expected === undefined) assert.match(told, UUID)
        else assert.equal(told, expected)
        assert.deepEqual([answered, logged.at(-1)], [told, told])
      }
      assert.equal((await ask('/own', {})).answered, 'own')
    })

    test(`${kind} over HTTP/${isHttp2 ? 2 : 1}: the names of others do not count`, async t => {
      for (const trusted of ['10.0.0.0/8', 'unix']) {
        const { ask } = await place(t, handler, trusted, isHttp2)
        const names = new Set<string>()
        for (const [fields] of CASES) {
          const { told, answered } = await ask('/', fields)
          assert.match(told, UUID)
          assert.equal(answered, told)
          names.add(told)
        }
        assert.equal(names.size, CASES.length)
      }
    })
  }
}
