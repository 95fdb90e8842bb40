// TLS from the command line to the wire: the options reach the listener, and the listener keeps what they promise.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { makeCertificate, type PemPair, writeCertificate } from '../support/certificate.ts'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const EXTENSIONS = join(ROOT, 'examples', 'perl', 'extensions.psgi')

interface AppServer {
  readonly server: StarlightProcess
  readonly ca: string
  readonly client: PemPair
}

/** `starlight --port=... --ssl=1 --ssl-key-file=file.key --ssl-cert-file=file.crt`, with an authority for clients. */
async function startSite(t: TestContext, ...args: readonly string[]): Promise<AppServer> {
  const cwd = temporaryFolder('client-certificate')
  writeFileSync(join(cwd, 'app.mjs'), "export default env => [200, [], [env['psgi.url_scheme']]]")
  const { cert: ca } = writeCertificate(cwd, 'file')
  const client = writeCertificate(cwd, 'client', 'a client')
  const files = ['--ssl=1', '--ssl-key-file=file.key', '--ssl-cert-file=file.crt', '--ssl-client-ca-file=client.crt']
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', '--workers=1', ...files, ...args, 'app.mjs'], {
    cwd,
  })
  t.after(() => server.stop())
  return { server, ca, client }
}

async function get({ server, ca }: AppServer, pair?: PemPair, path = '/'): Promise<string> {
  const sent = request({ host: '127.0.0.1', port: server.port, path, ca, agent: false, ...pair }).end()
  const [response] = await once(sent, 'response')
  return await text(response)
}

test('--ssl-verify-mode=3 serves only clients with a certificate', async t => {
  const site = await startSite(t, '--ssl-verify-mode=3')
  assert.equal(await get(site, site.client), 'https')
  await assert.rejects(get(site))
  await assert.rejects(get(site, makeCertificate('a stranger')))
})

test('--ssl-verify-mode=1 serves clients without a certificate, and none with a wrong one', async t => {
  const site = await startSite(t, '--ssl-verify-mode=1')
  assert.equal(await get(site, site.client), 'https')
  assert.equal(await get(site), 'https')
  await assert.rejects(get(site, makeCertificate('a stranger')))
})

test('a Perl application gets the fields of the certificate that its client has shown', {
  skip: PERL_SKIP,
}, async t => {
  const cwd = temporaryFolder('client-certificate')
  // The example of docs/perl.md at /who, and all fields elsewhere.
  writeFileSync(
    join(cwd, 'app.psgi'),
    `my $example = do ${JSON.stringify(EXTENSIONS)} or die $@ || $!;
    sub {
      my $env = shift;
      return $example->($env) if $env->{PATH_INFO} eq '/who';
      return [200, [], [join "\n", map { "$_=$env->{$_}" } grep /SSL_CLIENT_/, sort keys %$env]];
    }`,
  )
  const client = writeCertificate(cwd, 'client', 'a client')
  const { cert: ca } = writeCertificate(cwd, 'file')
  const files = ['--ssl-key-file=file.key', '--ssl-cert-file=file.crt', '--ssl-client-ca-file=client.crt']
  const args = ['--port=0', '--host=127.0.0.1', '--workers=1', '--ssl', ...files, '--ssl-verify-mode=1', 'app.psgi']
  const server = await startStarlight(args, { cwd })
  t.after(() => server.stop())
  const site = { server, ca, client }
  const shown = (await get(site, client)).split('\n')
  assert.ok(shown.includes('SSL_CLIENT_VERIFY=SUCCESS') && shown.includes('SSL_CLIENT_S_DN_CN=a client'), shown.join())
  assert.deepEqual((await get(site)).split('\n'), ['SSL_CLIENT_VERIFY=NONE'])
  assert.match(await get(site, client, '/who'), /CN=a client\n$/)
  assert.equal(await get(site, undefined, '/who'), 'No certificate\n')
})

test('a client that never finishes its TLS handshake is let go', async t => {
  const { server } = await startSite(t, '--head-timeout=200ms')
  const socket = connect(server.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.resume()
  await once(socket, 'close')
})
