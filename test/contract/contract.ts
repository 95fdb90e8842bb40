// Runs the table of cases against one application, behind each kind of listener.
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { AppKind } from '../../src/app/load/load-app.ts'
import type { ListenAddress } from '../../src/config/listen/address.ts'
import type { Log } from '../../src/log/log.ts'
import type { BoundAddress } from '../../src/server/http-server.ts'
import { type App, serve } from '../../src/server/library/serve.ts'
import type { ServerSettings } from '../../src/server/settings.ts'
import { writeCertificate } from '../support/certificate.ts'
import { connectRaw, type RawClient, type RawTarget } from '../support/raw-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { CASES, type Place } from './cases.ts'

interface ListenerKind {
  address(folder: string): ListenAddress
  target(bound: BoundAddress): RawTarget
  readonly scheme: Place['scheme']
  readonly clientAddress: string
  readonly settings?: Partial<ServerSettings>
}

const portOf = (bound: BoundAddress): number => ('port' in bound ? bound.port : -1)

const TCP: ListenerKind = {
  address: () => ({ kind: 'tcp', host: '127.0.0.1', port: 0 }),
  target: bound => ({ port: portOf(bound) }),
  scheme: 'http',
  clientAddress: '127.0.0.1',
}
const TLS: ListenerKind = {
  address: folder => ({
    kind: 'tcp',
    host: '127.0.0.1',
    port: 0,
    tls: { ...writeCertificate(folder), verifyMode: 0 },
  }),
  target: bound => ({ port: portOf(bound), tls: true }),
  scheme: 'https',
  clientAddress: '127.0.0.1',
}
/** Each answer goes through the filter, and none is compressed, since no client asks for it. http2.test.ts has the clients that do. */
const COMPRESSES = { compress: { codings: ['gzip'], minBytes: 0 } } as const

const LISTENERS: Readonly<Record<string, ListenerKind>> = {
  TCP,
  'TCP with --compress': { ...TCP, settings: COMPRESSES },
  IPv6: {
    address: () => ({ kind: 'tcp', host: '::1', port: 0 }),
    target: bound => ({ host: '::1', port: portOf(bound) }),
    scheme: 'http',
    clientAddress: '::1',
  },
  'a Unix socket': {
    address: folder => ({ kind: 'unix', path: join(folder, 'socket') }),
    target: bound => ('path' in bound ? { path: bound.path } : {}),
    scheme: 'http',
    clientAddress: 'none',
  },
  TLS,
  'TLS with --compress': { ...TLS, settings: COMPRESSES },
}

/** Containers are often started without. */
const HAS_IPV6 = Object.values(networkInterfaces()).some(addresses =>
  addresses?.some(({ address }) => address === '::1'),
)

/** What the applications throw on purpose is not worth reading. */
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Declares a test per case and listener. `makeApp` gives a fresh application, so that no case sees another's traces. */
export function holdContract(kind: AppKind, makeApp: () => App): void {
  for (const [listenerName, listener] of Object.entries(LISTENERS)) {
    const skip = listenerName === 'IPv6' && !HAS_IPV6 && 'this machine has no ::1'
    describe(`${kind} style over ${listenerName}`, { skip }, () => {
      for (const [name, run] of Object.entries(CASES)) {
        test(name, async t => {
          await run(await placeOf(t, kind, makeApp(), listener))
        })
      }
    })
  }
}

async function placeOf(t: TestContext, kind: AppKind, app: App, listener: ListenerKind): Promise<Place> {
  const address = listener.address(temporaryFolder('contract'))
  const { settings = {} } = listener
  const server = await serve(app, { interface: kind, listen: [address], log: SILENT, graceMs: 0, settings })
  const clients: RawClient[] = []
  t.after(async () => {
    for (const client of clients) client.destroy()
    await server.close()
  })
  return {
    kind,
    scheme: listener.scheme,
    clientAddress: listener.clientAddress,
    async connect(...methods) {
      const client = await connectRaw({ ...listener.target(server.addresses[0]!), methods })
      clients.push(client)
      return client
    },
  }
}
