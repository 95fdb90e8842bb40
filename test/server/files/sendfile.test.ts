// X-Sendfile and X-Accel-Redirect of applications of every kind, over both protocols.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../../src/app/handler.ts'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import { createServer } from '../../../src/server/http-server.ts'
import { contextOf } from '../../../src/server/library/app-context.ts'
import { Http2Client } from '../../support/http2-client.ts'
import { SILENT } from '../../support/open-transport.ts'
import { type Ask, askHttp1, askHttp2 } from '../../support/static-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())
const LARGE = Buffer.alloc(700_001, 'abcdefghijk')

/** An application that answers with the fields in its query. */
const fieldsOf = (url: string): [string, string][] => [...new URL(url, 'http://a').searchParams]
const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(env => [200, fieldsOf(String(env['REQUEST_URI'])).flat(), ['own body']], CONTEXT),
  'psgi in pieces': psgiHandler(
    env => [
      200,
      fieldsOf(String(env['REQUEST_URI'])).flat(),
      (async function* () {
        yield 'own '
        yield 'body'
      })(),
    ],
    CONTEXT,
  ),
  fetch: fetchHandler(req => new Response('own body', { headers: fieldsOf(req.url) }), CONTEXT),
  node: nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    for (const [name, value] of fieldsOf(req.url!)) res.setHeader(name, value)
    res.write('own ')
    res.end('body')
  }, CONTEXT),
}

interface Place {
  readonly folder: string
  readonly logged: string[]
  readonly asks: readonly Ask[]
}

async function place(t: TestContext, handler: Handler, isOn = true): Promise<Place> {
  const folder = temporaryFolder('sendfile')
  mkdirSync(join(folder, 'private'))
  writeFileSync(join(folder, 'private', 'a b.pdf'), 'content of the file')
  writeFileSync(join(folder, 'private', 'large.bin'), LARGE)
  writeFileSync(join(folder, 'private', 'empty.txt'), '')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  symlinkSync('../secret.txt', join(folder, 'private', 'link.txt'))
  const logged: string[] = []
  const log = { ...SILENT, error: (message: string) => void logged.push(message) }
  const sendfile = isOn ? [{ prefix: '/files', directory: join(folder, 'private') }] : undefined
  const server = createServer({ handler, log, settings: { sendfile } })
  t.after(() => server.close())
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0, h2c: true })
  const port = 'port' in bound ? bound.port : -1
  const client = new Http2Client({ port })
  t.after(() => client.destroy())
  return { folder, logged, asks: [askHttp1(port), askHttp2(client)] }
}

const query = (fields: Readonly<Record<string, string>>): string => `/?${new URLSearchParams(fields)}`

for (const [kind, handler] of Object.entries(HANDLERS)) {
  test(`${kind}: the file that the application names is sent in place of its body`, async t => {
    const { folder, asks, logged } = await place(t, handler)
    const names = [{ 'X-Sendfile': `${folder}/private/a b.pdf` }, { 'X-Accel-Redirect': '/files/a%20b.pdf' }]
    for (const ask of asks)
      for (const name of names) {
        const path = query({ ...name, 'X-Own': '1', 'Content-Disposition': 'attachment', 'Content-Type': 'text/x-own' })
        const { status, fields, body } = await ask(path)
        assert.deepEqual([status, body.toString()], [200, 'content of the file'])
        assert.deepEqual([fields['x-own'], fields['content-disposition']], ['1', 'attachment'])
        assert.equal(fields['content-type'], 'text/x-own')
        assert.equal(fields['content-length'], '19')
        assert.deepEqual([fields['x-sendfile'], fields['x-accel-redirect']], [undefined, undefined])
        const range = await ask(path, { range: 'bytes=0-6' })
        assert.deepEqual([range.status, range.body.toString()], [206, 'content'])
        const unchanged = await ask(path, { 'if-none-match': fields['etag']! })
        assert.deepEqual([unchanged.status, unchanged.fields['x-own']], [304, '1'])
        const head = await ask(path, {}, 'HEAD')
        assert.deepEqual([head.status, head.fields['content-length'], head.body.length], [200, '19', 0])
      }
    assert.deepEqual(logged, [])
  })

  test(`${kind}: large and empty files, and files for a POST`, async t => {
    const { folder, asks } = await place(t, handler)
    for (const ask of asks) {
      const large = await ask(query({ 'X-Sendfile': `${folder}/private/large.bin` }))
      assert.ok(large.body.equals(LARGE))
      assert.equal((await ask(query({ 'X-Sendfile': `${folder}/private/empty.txt` }))).body.length, 0)
      const posted = await ask(query({ 'X-Accel-Redirect': '/files/large.bin?x' }), { range: 'bytes=0-1' }, 'POST')
      assert.deepEqual([posted.status, posted.body.length], [200, LARGE.length])
    }
  })

  test(`${kind}: what is outside is refused and logged, what is missing is 404`, async t => {
    const { folder, asks, logged } = await place(t, handler)
    const outside = [
      { 'X-Sendfile': `${folder}/secret.txt` },
      { 'X-Sendfile': `${folder}/private/../secret.txt` },
      { 'X-Sendfile': 'private/a b.pdf' },
      { 'X-Sendfile': '/etc/passwd' },
      { 'X-Sendfile': `${folder}/private` },
      { 'X-Accel-Redirect': '/files/../secret.txt' },
      { 'X-Accel-Redirect': '/files/%2e%2e/secret.txt' },
      { 'X-Accel-Redirect': '/other/a' },
      { 'X-Accel-Redirect': '@named' },
    ]
    for (const ask of asks)
      for (const name of outside) {
        const { status, body } = await ask(query(name))
        assert.deepEqual([status, /secret|root/.test(body.toString())], [500, false], JSON.stringify(name))
      }
    assert.equal(logged.filter(line => line.startsWith('Refused to send')).length, 2 * outside.length)
    for (const ask of asks)
      for (const name of ['none.pdf', 'link.txt', ''])
        assert.equal((await ask(query({ 'X-Accel-Redirect': `/files/${name}` }))).status, 404, name)
  })

  test(`${kind}: without the option the fields mean nothing, and without the fields the answer is the application's`, async t => {
    const off = await place(t, handler, false)
    for (const ask of off.asks) {
      const name = `${off.folder}/private/a b.pdf`
      const { fields, body } = await ask(query({ 'X-Sendfile': name }))
      assert.deepEqual([fields['x-sendfile'], body.toString()], [name, 'own body'])
    }
    for (const ask of (await place(t, handler)).asks)
      assert.equal((await ask(query({ 'X-Other': '1' }))).body.toString(), 'own body')
  })
}
