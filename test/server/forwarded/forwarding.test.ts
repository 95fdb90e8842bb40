// Who the client is for each kind of application, and what is left of the fields.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import express from 'express'
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../../src/app/handler.ts'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { encodeEnv } from '../../../src/app/perl/env.ts'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import { trustedNetworks } from '../../../src/config/trusted-proxies.ts'
import { accessLogFormatter } from '../../../src/log/access-log.ts'
import { createServer } from '../../../src/server/http-server.ts'
import { contextOf } from '../../../src/server/library/app-context.ts'
import { DEFAULT_FORWARDING, type ForwardingSettings } from '../../../src/server/settings.ts'
import { SILENT } from '../../support/open-transport.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())
type Facts = Readonly<Record<string, unknown>>

/** What each kind of application is told. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(env => [200, [], [JSON.stringify(env)]], CONTEXT),
  perl: exchange => exchange.answer(200, [], JSON.stringify(pairsOf(encodeEnv(exchange, 0)))) as undefined,
  fetch: fetchHandler(
    (req, info) =>
      Response.json({
        url: req.url,
        ip: info.ip,
        port: info.remotePort,
        isEncrypted: info.isEncrypted,
        ...headersOf(req),
      }),
    CONTEXT,
  ),
  node: nodeHandler((req: IncomingMessage, res: ServerResponse) => {
    const { remoteAddress, remotePort, remoteFamily } = req.socket
    const encrypted = 'encrypted' in req.socket && req.socket.encrypted === true
    res.end(JSON.stringify({ remoteAddress, remotePort, remoteFamily, encrypted, ...req.headers }))
  }, CONTEXT),
  express: nodeHandler(expressApp(undefined), CONTEXT),
  'express with trust proxy': nodeHandler(expressApp(true), CONTEXT),
  'express that trusts two hops': nodeHandler(expressApp(2), CONTEXT),
}

function expressApp(trust: boolean | number | undefined): express.Express {
  const app = express()
  if (trust !== undefined) app.set('trust proxy', trust)
  app.use((req, res) => void res.json({ ip: req.ip, protocol: req.protocol, secure: req.secure, host: req.host }))
  return app
}

function headersOf(req: Request): Facts {
  return Object.fromEntries(req.headers)
}

function pairsOf(text: string): Facts {
  const parts = text.split('\0')
  return Object.fromEntries(parts.flatMap((key, i) => (i % 2 === 0 ? [[key, parts[i + 1]]] : [])))
}

interface Place {
  readonly lines: string[]
  readonly told: string[]
  ask(fields: Record<string, string | string[]>): Promise<Facts>
}

const trust = (text: string, field: ForwardingSettings['field'] = 'x-forwarded'): ForwardingSettings => ({
  trusted: trustedNetworks(text.split(','), 'x'),
  isExplicit: true,
  requestId: false,
  field,
})

/** A server at 127.0.0.1, or on a Unix socket. */
async function placeOf(
  t: TestContext,
  handler: Handler,
  forwarding: ForwardingSettings,
  isUnix = false,
): Promise<Place> {
  const lines: string[] = []
  const told: string[] = []
  const format = accessLogFormatter('%h %p %V %{X-Forwarded-For}i')
  const server = createServer({
    handler,
    log: { ...SILENT, warn: message => void told.push(message) },
    settings: { forwarding },
    onAnswered: record => void lines.push(format(record).trim()),
  })
  t.after(() => server.close())
  const path = join(temporaryFolder('forwarding'), 'socket')
  const bound = await server.listen(isUnix ? { kind: 'unix', path } : { kind: 'tcp', host: '127.0.0.1', port: 0 })
  const target = 'port' in bound ? { host: '127.0.0.1', port: bound.port } : { socketPath: bound.path }
  return { lines, told, ask: fields => ask(target, fields) }
}

async function ask(target: object, fields: Record<string, string | string[]>): Promise<Facts> {
  const headers = { host: 'shop.example', connection: 'close', ...fields }
  const req = request({ ...target, path: '/a?b', headers }).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of res.setEncoding('utf8')) text += piece
  return JSON.parse(text)
}

function has(facts: Facts, wanted: Facts): void {
  for (const [name, value] of Object.entries(wanted)) assert.deepEqual(facts[name], value, name)
}

const NAMED = { 'x-forwarded-for': '127.0.0.9, [2001:db8::9]:4711, 127.0.0.2', 'x-forwarded-proto': 'https' }
/** Express takes members as they are. */
const PLAIN = { ...NAMED, 'x-forwarded-for': '127.0.0.9, 2001:db8::9, 127.0.0.2' }
const FORWARDED = { forwarded: 'for=127.0.0.9, for="[2001:db8::9]:4711";proto=https, for=127.0.0.2' }

/** What a client at [2001:db8::9]:4711, over https, is for each kind. */
const SEEN: Readonly<Record<string, Facts>> = {
  psgi: {
    REMOTE_ADDR: '2001:db8::9',
    REMOTE_PORT: '4711',
    'psgi.url_scheme': 'https',
    HTTPS: 'on',
    HTTP_HOST: 'shop.example',
    SERVER_NAME: 'shop.example',
    SERVER_PORT: '443',
  },
  perl: {
    REMOTE_ADDR: '2001:db8::9',
    REMOTE_PORT: '4711',
    'psgi.url_scheme': 'https',
    HTTPS: 'on',
    HTTP_HOST: 'shop.example',
    SERVER_NAME: 'shop.example',
    SERVER_PORT: '443',
  },
  fetch: { url: 'https://shop.example/a?b', ip: '2001:db8::9', port: 4711, isEncrypted: true },
  node: { remoteAddress: '2001:db8::9', remotePort: 4711, remoteFamily: 'IPv6', encrypted: true, host: 'shop.example' },
  express: { ip: '2001:db8::9', protocol: 'https', secure: true, host: 'shop.example' },
  'express with trust proxy': { ip: '2001:db8::9', protocol: 'https', secure: true, host: 'shop.example' },
  'express that trusts two hops': { ip: '2001:db8::9', protocol: 'https', secure: true, host: 'shop.example' },
}

for (const [kind, seen] of Object.entries(SEEN)) {
  for (const isUnix of [false, true]) {
    const where = isUnix ? 'on a Unix socket' : 'over TCP'
    test(`${kind} is told the client by X-Forwarded-For, -Proto ${where}, and by Forwarded`, async t => {
      const handler = HANDLERS[kind]!
      const lists = await placeOf(t, handler, trust('unix,loopback'), isUnix)
      has(await lists.ask(kind.startsWith('express') ? PLAIN : NAMED), seen)
      assert.deepEqual(lists.lines, [
        `2001:db8::9 443 shop.example ${kind.startsWith('express') ? '2001:db8::9' : '[2001:db8::9]:4711'}, 127.0.0.2`,
      ])
      const forwarded = await placeOf(t, handler, trust('unix,loopback', 'forwarded'), isUnix)
      has(await forwarded.ask({ ...FORWARDED, 'x-forwarded-proto': 'http' }), seen)
    })
  }

  test(`${kind} is told nothing that one who is not trusted says`, async t => {
    const plain = await placeOf(t, HANDLERS[kind]!, DEFAULT_FORWARDING)
    const { lines, ask } = await placeOf(t, HANDLERS[kind]!, trust('unix,10.0.0.0/8'))
    const honest = await plain.ask({})
    const lied = await ask({
      ...NAMED,
      ...FORWARDED,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-port': '1',
      'x-forwarded-ssl': 'on',
      'x-real-ip': '127.0.0.9',
    })
    assert.deepEqual(without(lied, ...VARYING), without(honest, ...VARYING))
    assert.match(lines[0]!, /^127\.0\.0\.1 \d+ shop\.example -$/)
  })
}

const VARYING = ['REMOTE_PORT', 'SERVER_PORT', 'remotePort', 'port', 'psgi.errors', 'psgi.input', 'psgix.logger']

function without(facts: Facts, ...names: string[]): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !names.includes(name)))
}

const { psgi, node } = HANDLERS

test('what a proxy tells of host and port is the Host', async t => {
  const fields = { ...NAMED, 'x-forwarded-host': 'www.example', 'x-forwarded-port': '8443' }
  const { ask } = await placeOf(t, psgi!, trust('loopback'))
  has(await ask(fields), { HTTP_HOST: 'www.example:8443', SERVER_NAME: 'www.example', SERVER_PORT: '8443' })
  const place = await placeOf(t, node!, trust('loopback'))
  has(await place.ask(fields), { host: 'www.example:8443' })
})

test('only what trusted proxies have written is left of the fields', async t => {
  const { ask } = await placeOf(t, node!, trust('loopback'))
  has(
    await ask({
      'x-forwarded-for': ['10.0.0.1', '10.0.0.2, 203.0.113.9', '127.0.0.2'],
      'x-forwarded-proto': ['evil', 'https', 'http'],
      'x-forwarded-host': 'evil, www.example, inner',
      'x-real-ip': '203.0.113.9',
      forwarded: 'for=10.0.0.1',
    }),
    {
      'x-forwarded-for': '203.0.113.9, 127.0.0.2',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'www.example',
      'x-real-ip': '203.0.113.9',
      forwarded: undefined,
      host: 'www.example',
    },
  )
  const other = await placeOf(t, node!, trust('loopback', 'forwarded'))
  has(await other.ask({ ...FORWARDED, ...NAMED, 'x-forwarded-host': 'evil', 'x-forwarded-port': '1' }), {
    forwarded: 'for="[2001:db8::9]:4711";proto=https, for=127.0.0.2',
    'x-forwarded-for': undefined,
    'x-forwarded-proto': undefined,
    'x-forwarded-host': undefined,
    'x-forwarded-port': undefined,
    host: 'shop.example',
  })
})

test('without the option a Unix socket is believed who its clients are, and all fields stay', async t => {
  const { ask } = await placeOf(t, node!, DEFAULT_FORWARDING, true)
  has(await ask({ ...NAMED, ...FORWARDED, 'x-forwarded-host': 'evil', 'x-forwarded-port': '1' }), {
    remoteAddress: '127.0.0.2',
    encrypted: true,
    ...NAMED,
    ...FORWARDED,
    'x-forwarded-host': 'evil',
    host: 'shop.example',
  })
  has(await ask({}), { remoteAddress: undefined, encrypted: false })
})

test('without the option nothing that comes over TCP is believed or changed', async t => {
  const { ask } = await placeOf(t, node!, DEFAULT_FORWARDING)
  has(await ask({ ...NAMED, ...FORWARDED }), { remoteAddress: '127.0.0.1', encrypted: false, ...NAMED, ...FORWARDED })
})

test('a Unix socket is not trusted where only addresses are', async t => {
  const { ask } = await placeOf(t, node!, trust('0.0.0.0/0,::/0'), true)
  has(await ask(NAMED), { remoteAddress: undefined, encrypted: false, 'x-forwarded-for': undefined })
})

test('fields that contradict each other are told once, and those that agree are not', async t => {
  const { ask, told } = await placeOf(t, node!, trust('loopback'))
  await ask({ ...NAMED, ...FORWARDED })
  assert.deepEqual(told, [])
  for (let i = 0; i < 3; i++) await ask({ ...NAMED, forwarded: 'for=203.0.113.9' })
  assert.equal(told.length, 1)
  assert.match(
    told[0]!,
    /X-Forwarded-For \(2001:db8::9\) is believed, Forwarded \(203\.0\.113\.9\) is not; see --forwarded-field$/,
  )
})
