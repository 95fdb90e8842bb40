// What applications learn of the certificates of TLS clients.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { FetchInfo } from '../../src/app/fetch/types.ts'
import type { PsgiApp, PsgiEnv } from '../../src/app/psgi/types.ts'
import type { Log } from '../../src/log/log.ts'
import { type App, serve } from '../../src/server/library/serve.ts'
import { type PemPair, writeCertificate } from '../support/certificate.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const APPS = {
  psgi: ((env: PsgiEnv) => [
    200,
    [],
    [`${env.SSL_CLIENT_VERIFY} ${env.SSL_CLIENT_S_DN} ${env.SSL_CLIENT_CERT?.length}`],
  ]) satisfies PsgiApp as App,
  fetch: {
    fetch: (_request: Request, info: FetchInfo) => {
      const { clientCertificate: shown } = info
      const verify = shown === null ? 'NONE' : shown === undefined ? 'undefined' : 'SUCCESS'
      return new Response(`${verify} ${shown?.subject} ${shown?.toString().length}`)
    },
  } as App,
  node: ((req: { socket: TLSSocket }, res: { end(text: string): void }) => {
    const { subject } = req.socket.getPeerCertificate()
    const shown = req.socket.getPeerX509Certificate()
    const name = subject === undefined ? undefined : `CN=${subject.CN}`
    const verify = shown === undefined ? 'NONE' : 'SUCCESS'
    res.end(
      `${req.socket.authorized === (shown !== undefined) ? verify : 'authorized'} ${name} ${shown?.toString().length}`,
    )
  }) as unknown as App,
} as const

interface Place {
  readonly port: number
  readonly ann: PemPair
}

async function placeOf(t: TestContext, kind: keyof typeof APPS, verifyMode: number): Promise<Place> {
  const folder = temporaryFolder('tls')
  const ann = writeCertificate(folder, 'ann', 'ann')
  const tls = { ...writeCertificate(folder), verifyMode, clientCaFile: ann.certFile }
  const listen = [{ kind: 'tcp', host: '127.0.0.1', port: 0, tls }] as const
  const server = await serve(APPS[kind], { interface: kind, listen, log: SILENT, graceMs: 0 })
  t.after(() => server.close())
  const [bound] = server.addresses
  return { port: bound !== undefined && 'port' in bound ? bound.port : -1, ann }
}

/** Fields that say what only the server may say. */
const SPOOFED = { 'ssl-client-verify': 'SUCCESS', ssl_client_verify: 'SUCCESS', 'ssl-client-s-dn': 'CN=root' }

interface Shown {
  readonly body: string
  readonly isReused: boolean
  /** That the server gives for a later connection. */
  readonly session: Promise<Buffer>
}

async function get(port: number, protocol: 'h2' | 'http/1.1', options: ConnectionOptions = {}): Promise<Shown> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: [protocol], ...options })
  const session = once(socket, 'session').then(([ticket]) => ticket as Buffer)
  await once(socket, 'secureConnect')
  const isReused = socket.isSessionReused()
  if (protocol === 'h2') {
    const client = connectHttp2('https://a.test', { createConnection: () => socket })
    const body = await text(client.request({ ':path': '/', ...SPOOFED }))
    client.close()
    return { body, isReused, session }
  }
  const fields = Object.entries(SPOOFED).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${fields.join('')}\r\n`)
  const answer = await text(socket)
  return {
    body: answer.slice(answer.indexOf('\r\n\r\n') + 4).replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, ''),
    isReused,
    session,
  }
}

for (const kind of ['psgi', 'fetch', 'node'] as const) {
  test(`${kind} style: the certificate that a client has shown is known, over HTTP/1 and HTTP/2, in a resumed session as well`, async t => {
    const { port, ann } = await placeOf(t, kind, 1)
    const shown = `SUCCESS CN=ann ${ann.cert.length}`
    for (const protocol of ['http/1.1', 'h2'] as const) {
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        for (const [options, expected] of [
          [ann, shown],
          [{}, 'NONE undefined undefined'],
        ] as const) {
          const first = await get(port, protocol, { ...options, maxVersion })
          const again = await get(port, protocol, { maxVersion, session: await first.session })
          assert.deepEqual([first.body, first.isReused, again.body, again.isReused], [expected, false, expected, true])
        }
      }
    }
  })

  test(`${kind} style: where nobody is asked for a certificate, there is none`, async t => {
    const { port, ann } = await placeOf(t, kind, 0)
    const { body } = await get(port, 'http/1.1', ann)
    assert.match(body, kind === 'node' ? /^NONE/ : /^undefined/)
  })
}
