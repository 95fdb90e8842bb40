// What the options of src/config/options/listening.ts do.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { connect as connectHttp2, type Settings } from 'node:http2'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { LISTENING_OPTIONS } from '../../../src/config/options/listening.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { Http2Client } from '../../support/http2-client.ts'
import { ask, until } from '../supervisor-support.ts'
import { effectsOf, type Row, type Served, type Setting, served } from './effects.ts'

const pair = makeCertificate('localhost')
const FILES = { 'own.key': pair.key, 'own.crt': pair.cert }
const SSL = ['--ssl', '--ssl-key-file=own.key', '--ssl-cert-file=own.crt']
const isLinux = process.platform === 'linux'
const ONE = { address: [], args: ['--workers=1'] }
const linux: Setting = { ...ONE, skip: isLinux ? false : 'Linux gives every program 127.0.0.0/8' }
/** An address of the loopback that nobody else uses. */
const lonely = `127.${(process.pid >> 8) & 255}.${process.pid & 255}.7`
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)

async function unix(path: string): Promise<number> {
  return (await ask('http://localhost/', { socketPath: path })).status
}

const atUnix =
  (name: string) =>
  async ({ folder, server }: Served): Promise<void> => {
    assert.deepEqual(server.addresses, [`unix:${join(folder, name)}`])
    assert.equal(await unix(join(folder, name)), 200)
  }

/** Whether a port is the wanted one is told by the line at start, and by who answers. */
const atPort =
  (port: number, host = lonely) =>
  async (server: Served): Promise<void> => {
    assert.deepEqual(server.server.addresses, [`http://${host}:${port}`])
    assert.equal((await server.ask()).status, 200)
  }

const both = async ({ server, folder, ...served }: Served): Promise<void> => {
  assert.equal(server.addresses.length, 2)
  assert.equal((await served.ask()).status, 200)
  assert.equal(await unix(join(folder, 'app.sock')), 200)
}

/** What the application is told of a client whom two fields name differently. */
async function told({ ask: asks }: Served): Promise<Record<string, string | undefined>> {
  const headers = { connection: 'close', 'x-forwarded-for': '10.0.0.9, 203.0.113.7', forwarded: 'for=203.0.113.8' }
  return JSON.parse((await asks('/env', { headers })).text)
}

const byLists = async (served: Served): Promise<void> => {
  const { REMOTE_ADDR, HTTP_X_FORWARDED_FOR, HTTP_FORWARDED } = await told(served)
  assert.deepEqual([REMOTE_ADDR, HTTP_X_FORWARDED_FOR, HTTP_FORWARDED], ['203.0.113.7', '203.0.113.7', undefined])
}

/** The protocol that a client of TLS comes to, and the streams that it may open at a time. */
async function http2({ server }: Served): Promise<{ alpn: string; streams: number }> {
  const options = { host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] }
  const socket = connectTls(options)
  await once(socket, 'secureConnect')
  const alpn = String(socket.alpnProtocol)
  if (alpn !== 'h2') {
    socket.destroy()
    return { alpn, streams: 0 }
  }
  const session = connectHttp2('https://localhost', { createConnection: () => socket })
  const [{ maxConcurrentStreams: streams = 0 }] = (await once(session, 'remoteSettings')) as [Settings]
  session.destroy()
  return { alpn, streams }
}

/** The sockets that listen on a port, as the kernel lists them: proc(5), state 0A. */
function listeners(port: number): { local: string }[] {
  const lines = ['tcp', 'tcp6'].flatMap(name => readFileSync(`/proc/net/${name}`, 'latin1').split('\n').slice(1))
  const sockets = lines.map(line => line.trim().split(/\s+/)).filter(([, , , state]) => state === '0A')
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return sockets.map(([, local = '']) => ({ local })).filter(({ local }) => local.endsWith(`:${hex}`))
}

async function pids(server: Served, count: number): Promise<string[]> {
  const seen: string[] = []
  for (let i = 0; i < count; i++) seen.push((await server.ask('/pid')).text)
  return seen
}

const [MAJOR = 0, MINOR = 0] = process.versions.uv.split('.').map(Number)
const canReuse = isLinux && (MAJOR > 1 || MINOR >= 49)
const hasIpv6 = Object.values(networkInterfaces()).some(each => each?.some(({ family }) => family === 'IPv6'))
const isRoot = process.getuid?.() === 0
const myGroups = process.getgroups?.() ?? []
/** Root can give a file to anybody, others only to a group of theirs. */
const owner = isRoot ? 65_534 : (process.getuid?.() ?? 0)
const member = isRoot ? 65_533 : (myGroups.at(-1) ?? 0)
const SOCKET = { address: [], args: ['--workers=1', '--socket=@/app.sock'] }

/** Lengths of the queues of the server's listeners, as ss(8) says them. */
function backlogs({ server }: Served): number[] {
  const lines = execFileSync('ss', ['-Hlntx'], { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim().split(/\s+/))
  const names = server.addresses.map(address => address.replace(/^\w+:(\/\/)?/, ''))
  const ours = lines.filter(fields => fields.some(field => names.includes(field)))
  return ours.map(fields => Number(fields[fields[0] === 'LISTEN' ? 2 : 3]))
}

const SS = spawnSync('ss', ['-V']).status === 0 ? false : 'ss of iproute2 is needed'

effectsOf(LISTENING_OPTIONS, [
  served(ONE, ['--listen=127.0.0.1:0', 'one address', both], ['--listen=@/app.sock', 'and another one', both]),
  served(ONE, [['-l', '127.0.0.1:0'], 'the same as --listen', both], [['-l', '@/app.sock'], 'may be repeated', both]),
  group({ args: ['--workers=2'] }, '--balance=shared', 'a blocked worker lets the others accept', async server => {
    server.ask('/block?25000').catch(() => undefined)
    const [, blocked = ''] = await server.server.printed(/blocks (\d+)/)
    assert.ok(!(await pids(server, 10)).includes(blocked))
    assert.equal(listeners(server.server.port).length, isLinux ? 1 : 0)
  }),
  group(
    { args: ['--workers=2'] },
    '--balance=round-robin',
    'each worker gets every second connection',
    async server => {
      const seen: string[] = []
      // All stay open: how soon the end of one is told does not count then.
      for (let i = 0; i < 10; i++) {
        const client = await server.connect()
        client.send('GET /pid HTTP/1.1\r\nHost: a\r\n\r\n')
        seen.push(String((await client.answer()).body))
      }
      assert.deepEqual(new Set(seen.filter((_, i) => i % 2 === 0)).size, 1)
      assert.deepEqual(new Set(seen).size, 2)
    },
  ),
  group({ ...linux, args: ['--workers=4'] }, '--balance=sticky', 'each client has its worker', async ({ server }) => {
    const workersOf = (localAddress: string): Promise<string[]> =>
      Promise.all(Array.from({ length: 5 }, async () => (await ask(`${server.url}/pid`, { localAddress })).body))
    const seen = new Set<string>()
    for (let host = 1; host <= 20; host++) {
      const own = new Set(await workersOf(`127.0.0.${host}`))
      assert.equal(own.size, 1)
      for (const pid of own) seen.add(pid)
    }
    assert.ok(seen.size > 1, 'and not all the same')
  }),
  group(
    { args: ['--workers=2'], skip: canReuse ? false : 'Linux and Node 22.12 are needed' },
    '--balance=reuseport',
    'each worker has a socket',
    server => assert.equal(listeners(server.server.port).length, 2),
  ),
  group({ ...linux, args: ['--workers=1', '--port=0'] }, `--host=${lonely}`, 'only that address', async server => {
    const { hostname, port } = new URL(server.server.url)
    assert.equal(hostname, lonely)
    assert.match((await server.ask('/env')).text, new RegExp(`"SERVER_NAME":"${lonely}"`))
    await assert.rejects(ask(`http://127.0.0.1:${port}/`), /ECONNREFUSED/)
  }),
  served(linux, [['-o', lonely], 'the same as --host', atPort(4321)], ['--port=4321', 'the port', atPort(4321)]),
  served({ ...linux, args: ['--workers=1', `--host=${lonely}`] }, [['-p', '4322'], 'the same as --port', atPort(4322)]),
  group({ ...ONE, args: ['--workers=1', '--host=127.0.0.1'] }, '--port=0', 'a free port', async server => {
    assert.ok(server.server.port > 0)
    assert.equal((await server.ask()).status, 200)
  }),
  group(ONE, '--socket=@/app.sock', 'a Unix socket', atUnix('app.sock')),
  group(ONE, ['-S', '@/app.sock'], 'the same as --socket', atUnix('app.sock')),
  served(
    SOCKET,
    [
      '--socket-mode=0620',
      'its permissions',
      ({ folder }) => assert.equal(statSync(join(folder, 'app.sock')).mode & 0o777, 0o620),
    ],
    [
      `--socket-owner=${owner}`,
      'its owner',
      ({ folder }) => assert.equal(statSync(join(folder, 'app.sock')).uid, owner),
    ],
    [
      `--socket-group=${member}`,
      'its group',
      ({ folder }) => assert.equal(statSync(join(folder, 'app.sock')).gid, member),
    ],
  ),
  group(SOCKET, '--socket-mode=0', 'nobody but root may connect', ({ folder }) =>
    assert.equal(statSync(join(folder, 'app.sock')).mode & 0o777, 0),
  ),
  group(
    { ...ONE, args: ['--workers=1', '--port=0'], skip: isLinux && hasIpv6 ? false : 'Linux with IPv6 is needed' },
    '--ipv6',
    'IPv6 is there',
    async server => assert.equal((await ask(`http://[::1]:${server.server.port}/`)).status, 200),
  ),
  served(
    { args: ['--workers=1'] },
    ['--trusted-proxies=10.0.0.0/8,loopback', 'the client is who the proxy says', byLists],
    ['--forwarded-field=x-forwarded', 'Forwarded does not count', byLists],
    [
      '--request-id',
      'a trusted proxy names the request, for the application and in the answer',
      async ({ ask: asks }) => {
        const { text, headers } = await asks('/env', { headers: { connection: 'close', 'x-request-id': 'a-1' } })
        assert.deepEqual([JSON.parse(text).HTTP_X_REQUEST_ID, headers.get('x-request-id')], ['a-1', 'a-1'])
      },
    ],
  ),
  served({ args: ['--workers=1', '--trusted-proxies=loopback'] }, [
    '--forwarded-field=forwarded',
    'X-Forwarded-For does not count',
    async served => {
      const { REMOTE_ADDR, HTTP_X_FORWARDED_FOR } = await told(served)
      assert.deepEqual([REMOTE_ADDR, HTTP_X_FORWARDED_FOR], ['203.0.113.8', undefined])
    },
  ]),
  group(
    { args: ['--workers=1'], env: { STARLIGHT_REQUEST_ID: '1' } },
    '--no-request-id',
    'none is made, whatever the environment says',
    async ({ ask: asks }) => assert.equal((await asks('/env')).headers.get('x-request-id'), null),
  ),
  group({ args: ['--workers=1'] }, '--trusted-proxies=none', 'nobody is trusted', async served => {
    const { REMOTE_ADDR, HTTP_X_FORWARDED_FOR, HTTP_FORWARDED } = await told(served)
    assert.deepEqual([REMOTE_ADDR, HTTP_X_FORWARDED_FOR, HTTP_FORWARDED], ['127.0.0.1', undefined, undefined])
  }),
  served(
    { files: FILES, args: [...SSL, '--workers=1'] },
    [
      '--http2',
      'a client that asks for HTTP/2 gets it',
      async server => assert.equal((await http2(server)).alpn, 'h2'),
    ],
    ['--http2-max-streams=3', 'and so many streams', async server => assert.equal((await http2(server)).streams, 3)],
  ),
  group({ files: FILES, args: [...SSL, '--workers=1'] }, '--no-http2', 'it gets HTTP/1.1', async server =>
    assert.deepEqual(await http2(server), { alpn: 'http/1.1', streams: 0 }),
  ),
  group(
    { address: ['--listen=127.0.0.1:0:h2c'], args: ['--workers=1'] },
    '--http2-max-streams=7',
    'without TLS, too',
    async ({ server }) => {
      const client = new Http2Client({ port: server.port })
      await once(client.session, 'remoteSettings')
      assert.equal(client.session.remoteSettings.maxConcurrentStreams, 7)
      assert.equal((await client.get('/')).status, 200)
      client.destroy()
    },
  ),
  group({ ...ONE, args: ['--workers=1', '--port=0'] }, '--no-ipv6', 'only IPv4', async server => {
    const { port } = server.server
    assert.equal((await ask(`http://127.0.0.1:${port}/`)).status, 200)
    await assert.rejects(ask(`http://[::1]:${port}/`))
  }),
  ...[
    ['--balance=shared'],
    ['--balance=round-robin'],
    ['--balance=sticky'],
    ['--workers=0'],
    ...(canReuse ? [['--balance=reuseport']] : []),
  ].map(args =>
    group(
      { address: ['--listen=127.0.0.1:0', '--listen=@/app.sock'], args: ['--workers=2', ...args], skip: SS },
      '--backlog=77',
      `the kernel's queues are so long (${args})`,
      server =>
        // The last worker to listen may be late.
        until(() => backlogs(server).length > 1 && backlogs(server).every(length => length === 77), 'queues of 77'),
    ),
  ),
])
