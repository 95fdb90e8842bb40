// --compress for applications of every kind, over both protocols.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import zlib from 'node:zlib'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../../src/app/handler.ts'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import { createServer, type ServerSettings } from '../../../src/server/http-server.ts'
import { contextOf } from '../../../src/server/library/app-context.ts'
import { Http2Client } from '../../support/http2-client.ts'
import { SILENT } from '../../support/open-transport.ts'
import { type Ask, askHttp1, askHttp2 } from '../../support/static-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())
const TEXT = 'The quick brown fox jumps over the lazy dog.\n'.repeat(3000)
const hasZstd = 'createZstdCompress' in zlib

interface Given {
  readonly status?: number
  readonly fields?: Readonly<Record<string, string>>
  readonly text?: string
}

/** What the query of a request asks for. */
function given(url: string): { status: number; fields: Readonly<Record<string, string>>; text: string } {
  const { status = 200, fields = {}, text = TEXT }: Given = JSON.parse(decodeURIComponent(url.slice(2)))
  return { status, fields: { 'Content-Type': 'text/plain', ...fields }, text }
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(env => {
    const { status, fields, text } = given(String(env['REQUEST_URI']))
    return [status, Object.entries(fields).flat(), [text]]
  }, CONTEXT),
  'psgi in pieces': psgiHandler(env => {
    const { status, fields, text } = given(String(env['REQUEST_URI']))
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < text.length; at += 20_000) yield Buffer.from(text.slice(at, at + 20_000))
    }
    return [status, Object.entries(fields).flat(), pieces()]
  }, CONTEXT),
  fetch: fetchHandler(req => {
    const { status, fields, text } = given(new URL(req.url).pathname + new URL(req.url).search)
    return new Response([204, 304].includes(status) ? null : text, { status, headers: fields })
  }, CONTEXT),
  node: nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    const { status, fields, text } = given(req.url!)
    res.writeHead(status, fields)
    res.end(text)
  }, CONTEXT),
  'node in pieces': nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    const { status, fields, text } = given(req.url!)
    res.writeHead(status, fields)
    res.write(text.slice(0, 1000))
    res.write(Buffer.from(text.slice(1000, 70_000)))
    res.end(text.slice(70_000))
  }, CONTEXT),
}

const path = (what: Given): string => `/?${encodeURIComponent(JSON.stringify(what))}`
const COMPRESS = { codings: ['zstd', 'br', 'gzip'], minBytes: 1024 } as const

async function serve(
  t: TestContext,
  handler: Handler,
  settings: Partial<ServerSettings> = {},
): Promise<readonly Ask[]> {
  const server = createServer({ handler, log: SILENT, settings: { compress: COMPRESS, ...settings } })
  t.after(() => server.close())
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0, h2c: true })
  const port = 'port' in bound ? bound.port : -1
  const client = new Http2Client({ port })
  t.after(() => client.destroy())
  return [askHttp1(port), askHttp2(client)]
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
  ...(hasZstd ? { zstd: zlib.zstdDecompressSync } : {}),
}

for (const [kind, handler] of Object.entries(HANDLERS)) {
  test(`${kind}: an answer is sent in the coding that the client likes best`, async t => {
    const own = { ETag: '"a"', 'Content-Length': String(TEXT.length), 'Accept-Ranges': 'bytes', Vary: 'Cookie' }
    for (const ask of await serve(t, handler))
      for (const [coding, decode] of Object.entries(DECODERS)) {
        const { status, fields, body } = await ask(path({ fields: own }), { 'accept-encoding': `${coding}, x;q=0.5` })
        assert.deepEqual([status, fields['content-encoding'], fields['etag']], [200, coding, 'W/"a"'])
        assert.equal(decode(body).toString(), TEXT)
        assert.ok(body.length < TEXT.length / 20)
        assert.equal(fields['content-length'], undefined)
        assert.equal(fields['accept-ranges'], undefined)
        assert.match(fields['vary']!, /Cookie, Accept-Encoding/)
        const { fields: head, ...rest } = await ask(path({ fields: own }), { 'accept-encoding': coding }, 'HEAD')
        const framed = { 'transfer-encoding': '', date: '', connection: '' }
        assert.deepEqual({ ...head, ...framed }, { ...fields, ...framed })
        assert.deepEqual([rest.status, rest.body.length], [200, 0])
      }
  })

  test(`${kind}: what is not to be compressed is sent as it is`, async t => {
    const cases: readonly (readonly [Given, accepted?: string])[] = [
      [{ fields: { 'Content-Encoding': 'x' } }],
      [{ fields: { 'Content-Type': 'image/png' } }],
      [{ fields: { 'Cache-Control': 'public, No-Transform' } }],
      [{ status: 206, fields: { 'Content-Range': 'bytes 0-1/5' } }],
      [{ text: 'short', fields: { 'Content-Length': '5' } }],
      [{}, 'identity'],
      [{}, 'gzip;q=0'],
      [{}, `${'x,'.repeat(5000)}y`],
    ]
    for (const ask of await serve(t, handler))
      for (const [what, accepted = 'gzip, br'] of cases) {
        const { fields, body } = await ask(path(what), { 'accept-encoding': accepted })
        assert.equal(body.toString(), what.text ?? TEXT)
        assert.equal(fields['content-encoding'], what.fields?.['Content-Encoding'])
        assert.equal(fields['vary'], what.fields === undefined ? 'Accept-Encoding' : undefined)
      }
  })

  test(`${kind}: answers without a body stay as they are`, async t => {
    for (const ask of await serve(t, handler))
      for (const status of [204, 304]) {
        const { fields, ...rest } = await ask(path({ status, text: '', fields: { ETag: '"a"' } }), {
          'accept-encoding': 'br',
        })
        assert.deepEqual([rest.status, fields['etag'], fields['content-encoding']], [status, '"a"', undefined])
      }
  })
}

test('static files are compressed, but no ranges and no coded files', async t => {
  const folder = temporaryFolder('compress')
  mkdirSync(join(folder, 'public'))
  writeFileSync(join(folder, 'public', 'a.txt'), TEXT.repeat(5))
  writeFileSync(join(folder, 'public', 'b.txt'), TEXT)
  writeFileSync(join(folder, 'public', 'b.txt.gz'), zlib.gzipSync(TEXT))
  const files = {
    directories: [{ prefix: '', directory: join(folder, 'public') }],
    cacheRules: [],
    followsLinks: false,
  }
  for (const ask of await serve(t, HANDLERS['psgi']!, { files })) {
    const coded = await ask('/a.txt', { 'accept-encoding': 'gzip' })
    assert.equal(zlib.gunzipSync(coded.body).toString(), TEXT.repeat(5))
    assert.equal(
      (await ask('/a.txt', { 'accept-encoding': 'gzip', 'if-none-match': coded.fields['etag']! })).status,
      304,
    )
    const range = await ask('/a.txt', { 'accept-encoding': 'gzip', range: 'bytes=4-8' })
    assert.deepEqual([range.status, range.body.toString()], [206, 'quick'])
    const sibling = await ask('/b.txt', { 'accept-encoding': 'gzip' })
    assert.equal(zlib.gunzipSync(sibling.body).toString(), TEXT)
    assert.doesNotMatch(sibling.fields['etag']!, /^W/)
  }
})
