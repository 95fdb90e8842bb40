// A server with files in front of an application, asked over both protocols.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Handler } from '../../src/app/handler.ts'
import { createServer } from '../../src/server/http-server.ts'
import type { FileSettings } from '../../src/server/settings.ts'
import { Http2Client } from './http2-client.ts'
import { SILENT } from './open-transport.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface Seen {
  readonly status: number
  readonly fields: Readonly<Record<string, string>>
  readonly body: Buffer
}
export type Ask = (path: string, fields?: Readonly<Record<string, string>>, method?: string) => Promise<Seen>

/** The application says which request it got. */
const app: Handler = exchange => {
  exchange.answer(404, ['X-App', exchange.head.method], `app ${exchange.head.path}`)
  return undefined
}

export interface Site {
  readonly folder: string
  readonly port: number
  readonly ask: Readonly<Record<string, Ask>>
}

export async function site(t: TestContext, settings: Partial<FileSettings> = {}): Promise<Site> {
  const folder = temporaryFolder('static')
  const directories = [{ prefix: '', directory: join(folder, 'public') }]
  mkdirSync(join(folder, 'public'))
  const files = { directories, cacheRules: [], followsLinks: false, ...settings }
  const server = createServer({ handler: app, log: SILENT, settings: { files } })
  t.after(() => server.close())
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0, h2c: true })
  const port = 'port' in bound ? bound.port : -1
  const client = new Http2Client({ port })
  t.after(() => client.destroy())
  return { folder, port, ask: { 'HTTP/1.1': askHttp1(port), 'HTTP/2': askHttp2(client) } }
}

export function askHttp1(port: number): Ask {
  return async (path, fields = {}, method = 'GET') => {
    return await new Promise((resolve, reject) => {
      const sent = request({ port, path, method, headers: fields, agent: false, host: '127.0.0.1' }, response => {
        const pieces: Buffer[] = []
        response.on('data', piece => pieces.push(piece))
        response.on('error', reject)
        response.on('end', () => {
          const told = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
          resolve({ status: response.statusCode ?? 0, fields: Object.fromEntries(told), body: Buffer.concat(pieces) })
        })
      })
      sent.on('error', reject).end()
    })
  }
}

export function askHttp2(client: Http2Client): Ask {
  return async (path, fields = {}, method = 'GET') => {
    const { status, fields: told, body, code } = await client.ask({ path, fields, method })
    if (code !== 0) throw new Error(`The stream was reset with ${code}`)
    return { status, fields: told as Record<string, string>, body }
  }
}

/** Runs `check` over both protocols, each on a site of its own. */
export function onBoth(
  name: string,
  check: (ask: Ask, site: Site, t: TestContext) => Promise<void>,
  settings = {},
): void {
  for (const protocol of ['HTTP/1.1', 'HTTP/2'])
    test(`${protocol}: ${name}`, async t => {
      const made = await site(t, settings)
      await check(made.ask[protocol]!, made, t)
    })
}

export function write({ folder }: Site, name: string, content: string | Uint8Array): string {
  const path = join(folder, 'public', name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  // Long ago: what has just been written has no settled date.
  utimesSync(path, 1_700_000_000, 1_700_000_000)
  return path
}
