// Plack's own questions to a PSGI server, asked by Plack's own client over the network, of a JavaScript app and of Plack's
// own Perl app behind the real command. The JavaScript applications are in test/fixtures/plack-suite.ts.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { writeCertificate } from '../support/certificate.ts'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const CLIENT = join(ROOT, 'test', 'support', 'plack-suite-client.pl')
const APP = join(ROOT, 'test', 'fixtures', 'plack-suite.ts')
const CASES = 36
const PERL_APP = join(ROOT, 'test', 'fixtures', 'perl', 'suite.psgi')
const skip = PERL_SKIP

interface Verdict {
  readonly code: number | null
  readonly tap: string
}

async function ask(url: string, server: string): Promise<Verdict> {
  const env = { ...process.env, STARLIGHT_SUITE: server }
  const client = spawn('perl', [CLIENT, url], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let tap = ''
  for (const stream of [client.stdout, client.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      tap += text
    })
  }
  const code = await new Promise<number | null>(resolve => client.once('close', resolve))
  return { code, tap }
}

async function passes(t: TestContext, app: string, ...options: string[]): Promise<void> {
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', ...options, app])
  t.after(() => server.stop())
  await answersAll(server.url)
}

/** `server`: scheme, name and port that the server says it has, when `url` is a relay to it. */
async function answersAll(url: string, server = ''): Promise<void> {
  const { code, tap } = await ask(url, server)
  assert.equal(tap.match(/^ok \d+ - \d+ /gm)?.length, CASES, tap)
  assert.doesNotMatch(tap, /^\s*not ok/m)
  assert.equal(code, 0)
}

test('all cases of Plack::Test::Suite pass with workers', { skip }, t => passes(t, APP, '--workers=2'))
test('all cases of Plack::Test::Suite pass in one process', { skip }, t => passes(t, APP, '--workers=0'))
test('all cases of Plack::Test::Suite pass under Lint', { skip }, t =>
  passes(t, APP, '--workers=1', '--env=development'),
)

test('all cases pass against the Perl app under Lint', { skip }, t => passes(t, PERL_APP, '--workers=3'))
test('all cases pass against a preloaded Perl app', { skip }, t => passes(t, PERL_APP, '--workers=1', '--preload-app'))
test('all cases pass when each Perl child answers one request', { skip }, t =>
  passes(t, PERL_APP, '--workers=2', '--max-reqs-per-child=1'),
)

/** Plack's client speaks neither TLS nor to Unix sockets: a relay of bytes does, so that the server's side is the real one. */
async function relay(t: TestContext, open: () => Socket): Promise<string> {
  const server = createServer(client => {
    const upstream = open()
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('all cases pass against the Perl app over a Unix socket', { skip }, async t => {
  const path = join(temporaryFolder('suite'), 'http')
  const server = await startStarlight([`--socket=${path}`, '--workers=2', PERL_APP])
  t.after(() => server.stop())
  await answersAll(await relay(t, () => createConnection(path)), 'http:localhost:0')
})

test('all cases pass against the Perl app over TLS', { skip }, async t => {
  const { keyFile, certFile } = writeCertificate(temporaryFolder('suite'))
  const files = ['--ssl=1', `--ssl-key-file=${keyFile}`, `--ssl-cert-file=${certFile}`]
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', ...files, '--workers=2', PERL_APP])
  t.after(() => server.stop())
  const open = (): Socket => connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
  await answersAll(await relay(t, open), `https:127.0.0.1:${server.port}`)
})
