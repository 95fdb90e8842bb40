// Strict-Transport-Security by --hsts; the name of the request is in forwarded/request-id.test.ts.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { fetchHandler } from '../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../src/app/handler.ts'
import { nodeHandler } from '../../src/app/node/handler.ts'
import { psgiHandler } from '../../src/app/psgi/handler.ts'
import { createServer } from '../../src/server/http-server.ts'
import { contextOf } from '../../src/server/library/app-context.ts'
import { writeCertificate } from '../support/certificate.ts'
import { Http2Client } from '../support/http2-client.ts'
import { SILENT } from '../support/open-transport.ts'
import { connectRaw } from '../support/raw-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())
const OWN = 'max-age=1; includeSubDomains'
const NAME = 'Strict-Transport-Security'
const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(env => [200, env['PATH_INFO'] === '/own' ? [NAME, OWN] : [], ['x']], CONTEXT),
  fetch: fetchHandler(
    req => new Response('x', { headers: req.url.endsWith('/own') ? { [NAME.toLowerCase()]: OWN } : {} }),
    CONTEXT,
  ),
  node: nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    if (req.url === '/own') res.setHeader(NAME, OWN)
    res.end('x')
  }, CONTEXT),
}

for (const [kind, handler] of Object.entries(HANDLERS)) {
  test(`${kind}: answers over https keep browsers to it, once, and those over http say nothing`, async t => {
    const server = createServer({ handler, log: SILENT, settings: { hstsSeconds: 300 } })
    t.after(() => server.close())
    const here = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const
    const tls = { ...writeCertificate(temporaryFolder('hsts')), verifyMode: 0 }
    const [secure, plain] = [await server.listen({ ...here, tls }), await server.listen(here)]
    const portOf = (bound: typeof plain): number => ('port' in bound ? bound.port : -1)
    const ask = async (port: number, path: string, isTls: boolean): Promise<string[]> => {
      const client = await connectRaw({ port, tls: isTls })
      await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
      const { fields } = await client.answer()
      client.destroy()
      return fields.filter(([name]) => name.toLowerCase() === NAME.toLowerCase()).map(([, value]) => value)
    }
    assert.deepEqual(await ask(portOf(secure), '/', true), ['max-age=300'])
    assert.deepEqual(await ask(portOf(secure), '/own', true), [OWN])
    assert.deepEqual(await ask(portOf(plain), '/', false), [])
    const client = new Http2Client({ port: portOf(secure), tls: true })
    t.after(() => client.destroy())
    assert.equal((await client.get('/')).fields[NAME.toLowerCase()], 'max-age=300')
    assert.equal((await client.get('/own')).fields[NAME.toLowerCase()], OWN)
  })
}
