// The real instrumentation of OpenTelemetry in whole servers: it makes the span of a server and continues the trace of the client, for
// applications of every kind, wherever they run and however it is loaded, as it does in a program that listens with node:http.

import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Http2Client } from '../support/http2-client.ts'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A development dependency that a checkout may be without until the next `npm ci`. */
const skip = !existsSync(join(ROOT, 'node_modules', '@opentelemetry', 'instrumentation-http')) && 'npm ci is needed'
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const FIELDS = { traceparent: `00-${TRACE}-${PARENT}-01` }
const FOLDER = join(ROOT, 'test', 'fixtures', 'instrumentation')
const SET_UP = join(FOLDER, 'opentelemetry.cjs')
const OPTIONS: Record<string, string> = { NODE_OPTIONS: `--require=${SET_UP}` }
/** What node:http gets, as seen beside it. */
const SPAN = { name: 'GET', kind: 1, traceId: TRACE, parentId: PARENT, scheme: 'http' }

type Kind = 'psgi' | 'fetch' | 'node'

async function traced(
  t: TestContext,
  kind: Kind,
  args: readonly string[],
  env: Record<string, string> = OPTIONS,
): Promise<StarlightProcess> {
  const file = join(temporaryFolder('test'), 'app.mjs')
  writeFileSync(file, `export { ${kind} as default } from ${JSON.stringify(pathToFileURL(join(FOLDER, 'apps.mjs')))}\n`)
  const server = await startStarlight([...args, `--interface=${kind}`, file], { env })
  t.after(() => server.stop('SIGKILL'))
  return server
}

async function spanOf(server: StarlightProcess, path: string): Promise<unknown> {
  const [, span = ''] = await server.seen(new RegExp(`span (.*"path":"${path}".*)`))
  return JSON.parse(span)
}

const PLACES: [kind: Kind, args: readonly string[], env?: Record<string, string>][] = [
  ['node', ['--workers=2']],
  ['node', ['--workers=0']],
  ['node', ['--threads=2']],
  ['node', ['--workers=1', '-M', SET_UP], {}],
  ['fetch', ['--workers=2']],
  ['fetch', ['--workers=0']],
  ['psgi', ['--threads=2']],
  ['psgi', ['--workers=1', '-M', SET_UP], {}],
]

for (const [kind, args, env] of PLACES) {
  const how = env === undefined ? 'NODE_OPTIONS' : '-M'
  test(`OpenTelemetry traces an application of the kind ${kind} with ${args[0]}, loaded by ${how}`, {
    skip,
  }, async t => {
    const server = await traced(t, kind, ['--host=127.0.0.1', '--port=0', ...args], env)
    const answer = await fetch(`${server.url}/well`, { headers: FIELDS })
    assert.equal(await answer.text(), TRACE)
    assert.deepEqual(await spanOf(server, '/well'), { ...SPAN, path: '/well', code: 200, error: false })
    await (await fetch(`${server.url}/fail`, { headers: FIELDS })).text()
    assert.deepEqual(await spanOf(server, '/fail'), { ...SPAN, path: '/fail', code: 500, error: true })
  })
}

test('OpenTelemetry traces requests of HTTP/2, of every kind of application', { skip }, async t => {
  for (const kind of ['node', 'fetch', 'psgi'] as const) {
    const server = await traced(t, kind, ['--workers=1', '--listen=127.0.0.1:0:h2c'])
    const client = new Http2Client({ port: Number(new URL(server.url).port) })
    t.after(() => client.destroy())
    assert.equal(String((await client.get('/two', FIELDS)).body), TRACE)
    assert.deepEqual(await spanOf(server, '/two'), { ...SPAN, path: '/two', code: 200, error: false })
  }
})
