// HAProxy and nginx in front, with the PROXY protocol: every kind of application knows its client, plain and behind TLS.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeCertificate } from '../support/certificate.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, until } from './supervisor-support.ts'

// Of the loopback's 127.0.0.0/8 one address that no other process uses, so that ports can be fixed.
const HERE = `127.${(process.pid >> 8) & 255}.${process.pid & 255}.10`
const PATH = `${process.env['PATH']}:/usr/sbin`
const isNeeded = process.env['STARLIGHT_NEEDS_PROXIES'] === '1'

const KINDS: Readonly<Record<string, readonly [file: string, source: string]>> = {
  psgi: [
    'app.mjs',
    `export default env => [200, ['Content-Type', 'application/json'], [JSON.stringify({
      client: env.REMOTE_ADDR, scheme: env['psgi.url_scheme'], port: env.SERVER_PORT,
      authority: env['starlight.proxy_header']?.authority, tls: env['starlight.proxy_header']?.ssl?.version })]]`,
  ],
  fetch: [
    'app.mjs',
    `export default { fetch: ({ url }, info) => Response.json({
      client: info.remoteAddress, scheme: new URL(url).protocol.slice(0, -1), port: String(info.localPort),
      authority: info.proxyHeader?.authority, tls: info.proxyHeader?.ssl?.version }) }`,
  ],
  'Node style': [
    'app.mjs',
    `export default (req, res) => res.end(JSON.stringify({
      client: req.socket.remoteAddress, scheme: req.socket.encrypted ? 'https' : 'http', port: String(req.socket.localPort),
      authority: req.socket.proxyHeader?.authority, tls: req.socket.proxyHeader?.ssl?.version }))`,
  ],
  Perl: [
    'app.psgi',
    `sub { my $env = shift; my %f = (client => $env->{REMOTE_ADDR}, scheme => $env->{'psgi.url_scheme'}, port => $env->{SERVER_PORT},
      authority => $env->{'starlight.proxy_header.authority'}, tls => $env->{'starlight.proxy_header.ssl_version'});
      [200, ['Content-Type', 'application/json'], ['{' . join(',', map { defined $f{$_} ? qq("$_":"$f{$_}") : () } sort keys %f) . '}']] }`,
  ],
}

interface Place {
  readonly folder: string
  readonly server: StarlightProcess
  /** HAProxy's file of key and certificate. */
  readonly pem: string
}

async function served(t: TestContext, kind: string): Promise<Place> {
  const folder = temporaryFolder('proxied')
  const { keyFile, certFile } = writeCertificate(folder)
  const pem = join(folder, 'both.pem')
  writeFileSync(pem, readFileSync(keyFile, 'utf8') + readFileSync(certFile, 'utf8'))
  const [name, source] = KINDS[kind] as readonly [string, string]
  writeFileSync(join(folder, name), source)
  const listen = [`${HERE}:9101:proxy`, `${HERE}:9102:proxy:ssl`, `unix:${join(folder, 'app.sock')}?proxy=1`]
  const tls = [`--ssl-key-file=${keyFile}`, `--ssl-cert-file=${certFile}`]
  const trust = '--trusted-proxies=loopback,unix'
  const args = [...listen.map(address => `--listen=${address}`), ...tls, trust, '--workers=2', join(folder, name)]
  const server = await startStarlight(args)
  t.after(() => server.stop('SIGKILL'))
  return { folder, server, pem }
}

async function run(t: TestContext, url: string, command: string, args: readonly string[], cwd: string): Promise<void> {
  const child: ChildProcess = spawn(command, args, { cwd, env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', text => (said += text))
  const gone = once(child, 'close')
  t.after(async () => {
    child.kill('SIGTERM')
    await gone
  })
  const answers = (): Promise<boolean> =>
    facts(url).then(
      () => true,
      () => false,
    )
  await until(async () => child.exitCode !== null || (await answers()), 'the proxy answers')
  assert.equal(child.exitCode, null, said)
}

/** What the application has seen of a client from this machine. */
async function facts(url: string): Promise<Record<string, string>> {
  if (url.startsWith('http:')) {
    const { status, body } = await ask(url, { headers: { host: 'a.example' } })
    assert.equal(status, 200)
    return JSON.parse(body) as Record<string, string>
  }
  const asked = request(url, { rejectUnauthorized: false, servername: 'a.example', agent: false }).end()
  const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
  assert.equal(answer.statusCode, 200)
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  return JSON.parse(text) as Record<string, string>
}

const FRONTS = [
  // Of each: port, what HAProxy does on it, what it says to the server.
  [9201, 'bind', `server s ${HERE}:9101 send-proxy check check-send-proxy inter 100`],
  [9202, 'bind', `server s ${HERE}:9101 send-proxy-v2 check check-send-proxy inter 100`],
  [9203, 'tls', `server s ${HERE}:9101 send-proxy-v2 proxy-v2-options ssl,cert-cn,authority,crc32c,unique-id`],
  [9204, 'pass', `server s ${HERE}:9102 send-proxy`],
  [9205, 'pass', `server s ${HERE}:9102 send-proxy-v2 proxy-v2-options authority,crc32c`],
  [9206, 'bind', 'server s unix@app.sock send-proxy-v2'],
] as const

function haproxyFile({ folder, pem }: Place): string {
  const parts = FRONTS.map(([port, how, server]) => {
    const bind = how === 'tls' ? `bind ${HERE}:${port} ssl crt ${pem}` : `bind ${HERE}:${port}`
    const mode = how === 'pass' ? 'tcp' : 'http'
    const place = server.replace('unix@', `unix@${folder}/`)
    return `listen l${port}\n  mode ${mode}\n  ${bind}\n  ${how === 'tls' ? 'unique-id-format %{+X}o%ci:%cp\n  ' : ''}${place}\n`
  })
  const times = 'timeout connect 5s\n  timeout client 30s\n  timeout server 30s'
  return `global\n  maxconn 100\ndefaults\n  ${times}\n${parts.join('')}`
}

const isMissing = (program: string, why = `${program} is not installed`): false | string =>
  isNeeded || spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH } }).status === 0 ? false : why
const skipPerl = process.env['STARLIGHT_NEEDS_PERL'] === '1' ? false : isMissing('perl')

for (const kind of Object.keys(KINDS)) {
  const skip = isMissing('haproxy') || (kind === 'Perl' && skipPerl)
  test(`behind HAProxy a ${kind} application knows its client`, { skip }, async t => {
    const place = await served(t, kind)
    const file = join(place.folder, 'haproxy.cfg')
    writeFileSync(file, haproxyFile(place))
    await run(t, `http://${HERE}:9201/`, 'haproxy', ['-db', '-f', file], place.folder)
    // A connection to an address of the loopback comes from 127.0.0.1, HAProxy's own ones from the address that it connects to.
    const plain = { client: '127.0.0.1', scheme: 'http' }
    assert.deepEqual(await facts(`http://${HERE}:9201/`), { ...plain, port: '9201' })
    assert.deepEqual(await facts(`http://${HERE}:9202/`), { ...plain, port: '9202' })
    assert.deepEqual(await facts(`http://${HERE}:9206/`), { ...plain, port: '9206' })
    const secure = { client: '127.0.0.1', scheme: 'https' }
    const ended = await facts(`https://${HERE}:9203/`)
    assert.deepEqual(ended, { ...secure, port: '9203', authority: 'a.example', tls: ended['tls'] })
    assert.match(String(ended['tls']), /^TLSv1\./)
    assert.deepEqual(await facts(`https://${HERE}:9204/`), { ...secure, port: '9204' })
    const passed = await facts(`https://${HERE}:9205/`)
    assert.deepEqual({ ...passed, authority: undefined }, { ...secure, port: '9205', authority: undefined })
    assert.doesNotMatch(place.server.stderr, /error|fail/i)
  })
}

const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'
const hasStreams = isNeeded || spawnSync('test', ['-e', STREAM_MODULE]).status === 0

test('behind nginx, which passes TCP on, the client is known', {
  skip: isMissing('nginx') || (!hasStreams && 'libnginx-mod-stream is not installed'),
}, async t => {
  const place = await served(t, 'psgi')
  const file = join(place.folder, 'nginx.conf')
  const listens = [
    [9301, 9101],
    [9302, 9102],
  ].map(([port, to]) => `server { listen ${HERE}:${port}; proxy_pass ${HERE}:${to}; proxy_protocol on; }`)
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  writeFileSync(
    file,
    `load_module ${STREAM_MODULE}; daemon off; pid ${place.folder}/pid; error_log stderr; worker_processes 1; ${user}
events {}
stream { ${listens.join(' ')} }\n`,
  )
  await run(t, `http://${HERE}:9301/`, 'nginx', ['-e', 'stderr', '-p', place.folder, '-c', file], place.folder)
  assert.deepEqual(await facts(`http://${HERE}:9301/`), { client: '127.0.0.1', scheme: 'http', port: '9301' })
  assert.deepEqual(await facts(`https://${HERE}:9302/`), { client: '127.0.0.1', scheme: 'https', port: '9302' })
})

test('who is no trusted proxy gets no answer, and the log says why', async t => {
  const folder = temporaryFolder('proxied')
  writeFileSync(join(folder, 'app.mjs'), KINDS['psgi']?.[1] as string)
  const args = [`--listen=${HERE}:9101:proxy`, '--trusted-proxies=192.0.2.1', '--log-level=debug', '--workers=1']
  const server = await startStarlight([...args, join(folder, 'app.mjs')])
  t.after(() => server.stop('SIGKILL'))
  await assert.rejects(ask(`http://${HERE}:9101/`))
  await until(() => /Refused \(proxy-protocol\): 127\.[\d.]+: it is no trusted proxy/.test(server.stderr), 'the line')
})
