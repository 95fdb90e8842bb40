// --acme against pebble: certificates that come by themselves and are renewed under load.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { makeCertificate } from '../support/certificate.ts'
import { NO_PEBBLE, type Pebble, startPebble } from '../support/pebble.ts'
import { runStarlight, type StarlightProcess, type StartOptions, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, until } from './supervisor-support.ts'

const SKIP = { skip: NO_PEBBLE }
const NAMES = ['shop.starlight.test', 'www.starlight.test']
const AUTHORITY = { ...makeCertificate('old authority'), commonName: 'old authority' }
const GOT = /Got a certificate for shop\.starlight\.test, www\.starlight\.test from https:/

interface Setting extends StartOptions {
  readonly listen?: readonly string[]
  readonly args?: readonly string[]
  readonly storage?: string
}

async function startWith(t: TestContext, pebble: Pebble, setting: Setting = {}): Promise<StarlightProcess> {
  const { listen = [pebble.plain, pebble.tls], args = [], storage = join(pebble.folder, 'acme'), env = {} } = setting
  const server = await startStarlight(
    [
      ...listen.map(address => `--listen=${address}`),
      ...[`--acme=${NAMES}`, '--acme-agree-tos', `--acme-directory=${pebble.url}`, `--acme-storage=${storage}`],
      ...['--workers=2', ...args, APP],
    ],
    { ...setting, env: { ...pebble.env, ...env } },
  )
  t.after(() => server.stop('SIGKILL'))
  return server
}

/** Who has signed what one client sees. */
async function issuerSeen({ host, tlsPort }: Pebble): Promise<string> {
  const socket = connect({ host, port: tlsPort, servername: NAMES[0]!, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return String(socket.getPeerCertificate().issuer.CN)
  } finally {
    socket.destroy()
  }
}

/** Workers take a new certificate each in its own time. */
async function allServe(pebble: Pebble, issuer: RegExp): Promise<void> {
  await until(async () => {
    const seen = await Promise.all(Array.from({ length: 20 }, () => issuerSeen(pebble)))
    return seen.every(each => issuer.test(each))
  }, `all workers serve a certificate of ${issuer}`)
}

test(
  'the first certificate comes by http-01, is served by all workers, and kept with rights for its user alone',
  SKIP,
  async t => {
    const pebble = await startPebble(t, { PEBBLE_AUTHZREUSE: '0' })
    const server = await startWith(t, pebble, { args: ['--redirect-to-https=443'] })
    const workers = server.workers()
    await server.seen(GOT)
    await allServe(pebble, /^Pebble Intermediate CA/)
    assert.deepEqual(server.workers(), workers)
    assert.match(pebble.log, /Attempting to validate w\/ HTTP/)
    assert.doesNotMatch(pebble.log, /w\/ TLS-ALPN/i)
    const folder = join(pebble.folder, 'acme', readdirSync(join(pebble.folder, 'acme'))[0]!)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(folder).sort(), ['account.json', 'challenges', 'shop.starlight.test.pem'])
    for (const name of ['account.json', 'shop.starlight.test.pem'])
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
    assert.deepEqual(readdirSync(join(folder, 'challenges')), [])
    // What is no challenge of ours goes on to whoever is next.
    const { status } = await ask(`${pebble.plain}/.well-known/acme-challenge/other`)
    assert.equal(status, 308)
  },
)

test('an authority for customers only: said without their key, and served with it', SKIP, async t => {
  const key = Buffer.alloc(32, 7).toString('base64url')
  const required = { externalAccountBindingRequired: true, externalAccountMACKeys: { me: key } }
  const pebble = await startPebble(t, {}, required)
  const without = await startWith(t, pebble)
  await without.seen(/Cannot open an account at https:.*: it is for customers only, --acme-eab-file is needed/)
  await without.stop()
  const file = join(pebble.folder, 'eab')
  const storage = join(pebble.folder, 'other')
  writeFileSync(file, `me ${Buffer.alloc(32, 8).toString('base64url')}`)
  const wrong = await startWith(t, pebble, { args: [`--acme-eab-file=${file}`], storage })
  await wrong.seen(/Cannot get a certificate for .*unauthorized/)
  await wrong.stop()
  writeFileSync(file, `me\n${key}\n`)
  const server = await startWith(t, pebble, {
    args: [`--acme-eab-file=${file}`],
    storage: join(pebble.folder, 'third'),
  })
  await server.seen(GOT)
})

test('the first certificate comes by tls-alpn-01', SKIP, async t => {
  const pebble = await startPebble(t, { PEBBLE_AUTHZREUSE: '0' })
  const server = await startWith(t, pebble, { listen: [pebble.tls] })
  await server.seen(GOT)
  await allServe(pebble, /^Pebble Intermediate CA/)
})

test('a renewal under load: nobody is turned away, no worker restarts, the account is the same', SKIP, async t => {
  const pebble = await startPebble(t, { PEBBLE_AUTHZREUSE: '0', PEBBLE_WFE_NONCEREJECT: '50' })
  const folder = join(pebble.folder, 'acme', `${pebble.host}-14000-dir`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Most of its life is over.
  const { key, cert } = makeCertificate('old', { names: NAMES, age: 80, days: 10, issuer: AUTHORITY })
  writeFileSync(join(folder, `${NAMES[0]}.pem`), key + cert)
  const server = await startWith(t, pebble, { listen: [pebble.tls] })
  const workers = server.workers()
  let isOver = false
  let shaken = 0
  const clients = Array.from({ length: 3 }, async () => {
    for (; !isOver; shaken++) assert.match(await issuerSeen(pebble), /^old authority$|^Pebble Intermediate/)
  })
  await server.seen(GOT)
  const before = shaken
  await until(() => shaken > before + 60, 'the new one is served under load')
  isOver = true
  await Promise.all(clients)
  await allServe(pebble, /^Pebble Intermediate CA/)
  assert.deepEqual(server.workers(), workers)
  const nonces = pebble.log.match(/nonce-plz/g)?.length ?? 0
  t.diagnostic(`${shaken} handshakes, ${nonces} new nonces`)
})

test('with --user: the directory is made for that user, who gets the certificate and its renewals', {
  skip: NO_PEBBLE || process.getuid?.() !== 0,
}, async t => {
  const pebble = await startPebble(t)
  chmodSync(pebble.folder, 0o755)
  // A pair that only root can read, so that a process with root's rights reads it.
  const { key, cert } = makeCertificate('root only', { names: ['other.test'] })
  const [keyFile, certFile] = [join(pebble.folder, 'root.key'), join(pebble.folder, 'root.crt')]
  writeFileSync(keyFile, key, { mode: 0o600 })
  writeFileSync(certFile, cert)
  const args = ['--user=65534', `--ssl-key-file=${keyFile}`, `--ssl-cert-file=${certFile}`]
  const server = await startWith(t, pebble, { args })
  await server.seen(GOT)
  await allServe(pebble, /^Pebble Intermediate CA/)
  const folder = join(pebble.folder, 'acme', `${pebble.host}-14000-dir`)
  for (const name of ['', ...readdirSync(folder)]) assert.equal(statSync(join(folder, name)).uid, 65534, name)
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  await allServe(pebble, /^Pebble Intermediate CA/)
})

test(
  'two servers that share a directory: one asks, either answers the authority, and both serve what came',
  SKIP,
  async t => {
    const pebble = await startPebble(t, { PEBBLE_AUTHZREUSE: '0' })
    const storage = join(pebble.folder, 'shared')
    const starts = [
      startWith(t, pebble, { storage, listen: [pebble.plain, `https://${pebble.host}:5003`] }),
      startWith(t, pebble, { storage, listen: [`http://${pebble.host}:5004`, pebble.tls] }),
    ]
    const servers = await Promise.all(starts)
    await Promise.any(servers.map(server => server.seen(GOT)))
    await allServe(pebble, /^Pebble Intermediate CA/)
    await allServe({ ...pebble, tlsPort: 5003 }, /^Pebble Intermediate CA/)
    assert.equal(pebble.log.match(/Issued certificate serial/g)?.length, 1)
  },
)

test('a name that is not ours: said with the time of the next attempt, and the server serves on', SKIP, async t => {
  const pebble = await startPebble(t, { PEBBLE_AUTHZREUSE: '0' })
  // Nobody listens where the authority asks.
  const server = await startWith(t, pebble, { listen: [`https://${pebble.host}:5003`] })
  await server.seen(
    /Cannot get a certificate for .*: The authorization of "(?:shop|www)\.starlight\.test" is invalid: .*; the next attempt is at 20/,
  )
  assert.match(await issuerSeen({ ...pebble, tlsPort: 5003 }), /^starlight: no certificate yet$/)
})

test('a directory that cannot be used is refused at the start, and nothing is asked', async () => {
  const folder = temporaryFolder('test')
  writeFileSync(join(folder, 'file'), '')
  const args = ['--acme=a.test', '--acme-agree-tos', '--ssl', '--host=127.0.0.1', '--port=0']
  const { code, stderr } = await runStarlight([...args, `--acme-storage=${join(folder, 'file')}`, APP])
  assert.equal(code, 2)
  assert.match(stderr, /Cannot use ".*" of --acme-storage: .*, a directory of the server's user is needed/)
  const checked = await runStarlight([...args, `--acme-storage=${join(folder, 'new')}`, '--check-config', APP])
  assert.deepEqual([checked.code, readdirSync(folder)], [0, ['file']])
})
