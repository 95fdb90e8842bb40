// docs/deployment.md, shown by servers. systemd, proxies, containers and renewed certificates have test files of their own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { says } from '../../support/docs.ts'
import { ROOT } from '../../support/root.ts'
import { runStarlight, startStarlight } from '../../support/starlight-process.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { ask } from '../supervisor-support.ts'
import { pageRows, type Shown } from './pages.ts'

const PAGE = 'docs/deployment.md'
const APP = ['-e', '() => [200, [], ["here"]]']

type Env = Readonly<Record<string, string>>
const parsed = (body: string): Env => JSON.parse(body) as Env

/** The env of a request with these fields. */
async function envOf({ get }: Shown, fields: Record<string, string>): Promise<Env> {
  return parsed((await get('/env', fields)).body)
}

pageRows(
  PAGE,
  'behind a proxy that is named',
  { args: ['--workers=1', '--trusted-proxies=loopback', '--access-log=-'] },
  [
    "are those of PSGI's `REMOTE_ADDR`, `psgi.url_scheme` and `HTTPS`",
    async shown => {
      const env = await envOf(shown, { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' })
      assert.deepEqual([env.REMOTE_ADDR, env['psgi.url_scheme'], env.HTTPS], ['192.0.2.9', 'https', 'on'])
    },
  ],
  ['and of the access log.', async ({ process }) => void (await process.printed(/^192\.0\.2\.9 .*"GET \/env /m))],
  [
    'Lists are read from the right, as far as the hops are trusted. What a client has put in front is removed',
    async shown => {
      const env = await envOf(shown, { 'x-forwarded-for': '198.51.100.6, 192.0.2.9, 127.0.0.3' })
      assert.equal(env.REMOTE_ADDR, '192.0.2.9')
      assert.doesNotMatch(env.HTTP_X_FORWARDED_FOR ?? '', /198\.51\.100\.6/)
    },
  ],
  [
    '`X-Forwarded-Host` and `-Port` count once the option is given.',
    async shown => {
      const fields = { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-host': 'shop.example', 'x-forwarded-port': '8443' }
      const env = await envOf(shown, fields)
      assert.deepEqual([env.SERVER_NAME, env.SERVER_PORT], ['shop.example', '8443'])
    },
  ],
  [
    'one of the two counts, never both. When they name different clients, the log says so once.',
    async shown => {
      for (let i = 0; i < 2; i++) {
        const env = await envOf(shown, { 'x-forwarded-for': '192.0.2.9', forwarded: 'for=192.0.2.10' })
        assert.deepEqual([env.REMOTE_ADDR, env.HTTP_FORWARDED], ['192.0.2.9', undefined])
      }
      await shown.process.seen(/name different clients/)
      await shown.process.stop()
      assert.equal(shown.process.stderr.match(/name different clients/g)?.length, 1)
    },
  ],
)

pageRows(PAGE, 'asked by somebody who is not trusted', { args: ['--workers=1', '--trusted-proxies=10.1.2.0/24'] }, [
  'and so are `Forwarded`, `X-Forwarded-*` and `X-Real-IP` of everybody who is not trusted.',
  async shown => {
    const fields = {
      ...{ forwarded: 'for=192.0.2.10', 'x-real-ip': '192.0.2.9', 'x-forwarded-for': '192.0.2.9' },
      ...{ 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https', 'x-forwarded-port': '1' },
    }
    const env = await envOf(shown, fields)
    assert.deepEqual([env.REMOTE_ADDR, env['psgi.url_scheme']], ['127.0.0.1', 'http'])
    assert.deepEqual(
      Object.keys(env).filter(name => /FORWARDED|REAL_IP/.test(name)),
      [],
    )
  },
])

pageRows(
  PAGE,
  'a Unix socket and a port',
  { args: ['--workers=1', '--socket=@/app.sock'] },
  [
    "A proxy on a Unix socket is believed who its client is: the client's address (`X-Forwarded-For`) and scheme (`X-Forwarded-Proto`)",
    async ({ folder, url }) => {
      const headers = { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' }
      const env = parsed((await ask(`${url}/env`, { socketPath: join(folder, 'app.sock'), headers })).body)
      assert.deepEqual([env.REMOTE_ADDR, env['psgi.url_scheme']], ['192.0.2.9', 'https'])
    },
  ],
  [
    'A proxy that speaks TCP has to be named',
    async shown => {
      const env = await envOf(shown, { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' })
      assert.deepEqual([env.REMOTE_ADDR, env['psgi.url_scheme']], ['127.0.0.1', 'http'])
    },
  ],
  [
    'A reload is refused while the directory or the application is missing: the old workers go on, the log has the reason, and `starlight reload` ends with 1.',
    async ({ command, folder, get, process }) => {
      const { body } = await get('/')
      const from = process.stderr.length
      renameSync(join(folder, 'app.mjs'), join(folder, 'gone.mjs'))
      assert.equal((await command('reload')).code, 1)
      await process.seen(/error: .*reload/i, from)
      assert.equal((await get('/')).body, body)
    },
  ],
)

test(`${PAGE}, the sockets of LISTEN_FDS`, async t => {
  says(PAGE, 'The sockets in `LISTEN_FDS` take the place of `--listen`, `--host`, `--port` and `--socket`')
  const giver = createServer().listen(0, '127.0.0.1')
  await once(giver, 'listening')
  const { port } = giver.address() as { port: number }
  const { fd } = (giver as unknown as { _handle: { fd: number } })._handle
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', ...APP], {
    program: ['/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh', process.execPath, join(ROOT, 'bin', 'starlight.js')],
    env: { LISTEN_FDS: '1' },
    fds: [fd],
  })
  t.after(() => server.stop('SIGKILL'))
  // The giver accepts nothing: only the server answers.
  giver.close()
  assert.deepEqual(server.addresses, [`http://127.0.0.1:${port}`])
  assert.equal((await ask(`http://127.0.0.1:${port}/`)).body, 'here')
})

test(`${PAGE}, a daemon`, async t => {
  const folder = temporaryFolder('daemon')
  const daemon = ['--daemonize', `--pid=${folder}/pid`, `--error-log=${folder}/log`, '--port=0', '--workers=1']
  await t.test('`--daemonize` is refused with either.', async () => {
    says(PAGE, '`--daemonize` is refused with either.')
    const env = { SERVER_STARTER_PORT: '127.0.0.1:80=3' }
    const { code, stderr } = await runStarlight([...daemon, ...APP], { env })
    assert.equal(code, 2)
    assert.match(stderr, /daemonize/)
  })
  await t.test('the code of a start that fails', async () => {
    says(
      PAGE,
      'The command returns 0 when requests are answered, and otherwise the [exit code](exit-codes.md) of the failed start.',
    )
    const failing = ['-e', 'throw new Error("broken on purpose")']
    const { code } = await runStarlight([...daemon, ...failing])
    assert.notEqual(code, 0)
    assert.equal((await runStarlight(['--port=0', '--workers=1', ...failing])).code, code)
  })
})
