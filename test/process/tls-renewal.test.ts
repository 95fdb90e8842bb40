// Keys and certificates that change while a server serves: who shakes hands from then on gets the new ones, from every worker, and nobody
// is turned away meanwhile.

import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { makeCertificate, type PemPair } from '../support/certificate.ts'
import { isAlive, runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, until } from './supervisor-support.ts'
import { shake } from './tls-clients.ts'

const READER = fileURLToPath(new URL('../../src/supervisor/tls/tls-reader.js', import.meta.url))
const WORKERS = 4
/** So many handshakes reach every worker, whichever is free first. */
const MANY = 40

/** The names that a number of clients see. */
async function namesSeen(server: StarlightProcess, clients = MANY): Promise<string[]> {
  const names: string[] = []
  for (let i = 0; i < clients; i++) names.push((await shake(server)).name)
  return [...new Set(names)]
}

/** Workers take the order each in its own time. */
async function allServe(server: StarlightProcess, name: string, clients = MANY): Promise<void> {
  await until(async () => (await namesSeen(server, clients)).join() === name, `all workers serve ${name}`)
}

function write(folder: string, { key, cert }: PemPair): void {
  writeFileSync(join(folder, 'key.pem'), key)
  writeFileSync(join(folder, 'cert.pem'), cert)
}

/** Puts the link in the place of another one, as certbot and Kubernetes do it. */
function pointTo(link: string, target: string): void {
  symlinkSync(target, `${link}.new`)
  renameSync(`${link}.new`, link)
}

async function startIn(t: TestContext, folder: string, ...more: readonly string[]): Promise<StarlightProcess> {
  const server = await startStarlight([
    ...['--host=127.0.0.1', '--port=0', '--ssl', `--workers=${WORKERS}`],
    `--ssl-key-file=${join(folder, 'key.pem')}`,
    `--ssl-cert-file=${join(folder, 'cert.pem')}`,
    ...more,
    APP,
  ])
  t.after(() => server.stop('SIGKILL'))
  return server
}

/** A folder like certbot's: live/cert.pem leads to archive/cert1.pem. */
function certbotFolder(): { live: string; renew(pair: PemPair): void } {
  const folder = temporaryFolder('test')
  const [live, archive] = [join(folder, 'live'), join(folder, 'archive')]
  mkdirSync(live)
  mkdirSync(archive)
  let number = 0
  const renew = ({ key, cert }: PemPair): void => {
    number++
    for (const [name, text] of Object.entries({ key, cert })) {
      writeFileSync(join(archive, `${name}${number}.pem`), text)
      pointTo(join(live, `${name}.pem`), join('..', 'archive', `${name}${number}.pem`))
    }
  }
  return { live, renew }
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

test('links that lead to a new certificate: all workers serve it, under load, without a restart and a lost handshake', async t => {
  const { live, renew } = certbotFolder()
  renew(makeCertificate('one'))
  const server = await startIn(t, live)
  const workers = server.workers()
  let isRenewed = false
  const seen: string[] = []
  const clients = Array.from({ length: 3 }, async () => {
    while (!isRenewed) seen.push((await shake(server)).name)
  })
  await until(() => seen.length >= MANY, 'the clients are at work')
  renew(makeCertificate('two'))
  await server.seen(/The TLS certificate ".*cert\.pem" is renewed: localhost, until 20/)
  const before = seen.length
  await until(() => seen.slice(before).filter(name => name === 'two').length >= MANY, 'the new one is seen')
  isRenewed = true
  await Promise.all(clients)
  await allServe(server, 'two')
  assert.deepEqual(server.workers(), workers)
})

test('half of a new pair is said once and the old one stays; with the other half the new one is served', async t => {
  const folder = temporaryFolder('test')
  const [one, two] = [makeCertificate('one'), makeCertificate('two')]
  write(folder, one)
  const socket = join(folder, 'control')
  const server = await startIn(t, folder, `--control-socket=${socket}`)
  writeFileSync(join(folder, 'key.pem'), two.key)
  await server.seen(/error: Cannot use the TLS key ".*key\.pem": it does not belong .* what was served before stays/)
  assert.deepEqual(await namesSeen(server), ['one'])
  const { code, stderr } = await runStarlight(['reload', `--control-socket=${socket}`])
  assert.notEqual(code, 0)
  assert.match(stderr, /Cannot use the TLS key/)
  assert.deepEqual(await namesSeen(server), ['one'])
  const soon = makeCertificate('two', { days: 5.5 })
  write(folder, soon)
  await server.seen(/is renewed: localhost/)
  await server.seen(/warn: The TLS certificate ".*cert\.pem" \(localhost\) expires on .*, in 5 days/)
  const { stdout } = await runStarlight(['status', `--control-socket=${socket}`])
  assert.match(stdout, /\ncertificate localhost until 20\d\d-\d\d-\d\dT\S+Z \(.*cert\.pem\)\n/)
  await until(async () => (await shake(server)).name === 'two', 'the new one is served')
  assert.equal(count(server.stderr, /what was served before stays/g), 1)
})

test('a session that one worker has begun is resumed by every other, also after a renewal and a reload', async t => {
  const folder = temporaryFolder('test')
  write(folder, makeCertificate('one'))
  const server = await startIn(t, folder)
  const resumed = async (maxVersion: 'TLSv1.2' | 'TLSv1.3', session?: Buffer): Promise<Buffer> => {
    let ticket = session ?? (await shake(server, { maxVersion })).session
    for (let i = 1; i < MANY; i++) {
      const { isResumed, session } = await shake(server, { maxVersion, ...(ticket && { session: ticket }) })
      assert.equal(isResumed, true, `${maxVersion}, client ${i}`)
      ticket = session ?? ticket
    }
    return ticket as Buffer
  }
  const tickets = { 'TLSv1.2': await resumed('TLSv1.2'), 'TLSv1.3': await resumed('TLSv1.3') }
  write(folder, makeCertificate('two'))
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  await resumed('TLSv1.2', tickets['TLSv1.2'])
  await resumed('TLSv1.3', tickets['TLSv1.3'])
  assert.deepEqual(await namesSeen(server), ['two'])
})

test('several certificates: by the name that a client asks for; each is renewed, and resumed', async t => {
  const folder = temporaryFolder('test')
  write(folder, makeCertificate('first', { names: ['first.example'] }))
  const place = (name: string, pair: PemPair): string[] => {
    writeFileSync(join(folder, `${name}.key`), pair.key)
    writeFileSync(join(folder, `${name}.crt`), pair.cert)
    return [`--ssl-key-file=${join(folder, `${name}.key`)}`, `--ssl-cert-file=${join(folder, `${name}.crt`)}`]
  }
  const wild = place('wild', makeCertificate('wild', { names: ['*.example'] }))
  const exact = place('exact', makeCertificate('exact', { names: ['exact.example'] }))
  const server = await startIn(t, folder, ...wild, ...exact)
  const asked = async (servername: string): Promise<string> => (await shake(server, { servername })).name
  assert.equal((await shake(server)).name, 'first')
  assert.deepEqual(
    await Promise.all(['exact.example', 'other.example', 'first.example', 'a.b.example', 'nowhere.test'].map(asked)),
    ['exact', 'wild', 'first', 'first', 'first'],
  )
  place('exact', makeCertificate('exact again', { names: ['exact.example'] }))
  await server.seen(/The TLS certificate ".*exact\.crt" is renewed: exact\.example, until/)
  await until(async () => (await asked('exact.example')) === 'exact again', 'the new one is served')
  assert.equal(await asked('other.example'), 'wild')
  let { session } = await shake(server, { servername: 'exact.example' })
  for (let i = 1; i < MANY; i++) {
    const again = await shake(server, { servername: 'exact.example', ...(session && { session }) })
    assert.equal(again.isResumed, true, `client ${i}`)
    session = again.session ?? session
  }
})

for (const way of ['--workers=0', '--threads=2', '--balance=round-robin'])
  test(`${way}: a new certificate is served, by a file that changes and by HUP`, async t => {
    const folder = temporaryFolder('test')
    write(folder, makeCertificate('one'))
    const server = await startIn(t, folder, way)
    write(folder, makeCertificate('two'))
    await allServe(server, 'two', 8)
    write(folder, makeCertificate('three'))
    server.signal('SIGHUP')
    await allServe(server, 'three', 8)
  })

test('with --user, files that only root can read are read by a process of their own, which ends with the server', {
  skip: process.getuid?.() !== 0 && 'root is needed',
}, async t => {
  const { live, renew } = certbotFolder()
  chmodSync(live, 0o700)
  renew(makeCertificate('one'))
  const server = await startIn(t, live, '--user=65534')
  const reader = server.workers().find(pid => userOf(pid) === 0)
  assert.ok(reader, 'the reader keeps the rights of root')
  assert.deepEqual(
    new Set([server.pid, ...server.workers()].filter(pid => pid !== reader).map(userOf)),
    new Set([65_534]),
  )
  renew(makeCertificate('two'))
  await server.seen(/The TLS certificate ".*cert\.pem" is renewed: localhost, until 20/)
  await allServe(server, 'two')
  // What a link of the user's leads to is not shown, whatever asks for it.
  chownSync(live, 65_534, 65_534)
  renew(makeCertificate('three'))
  await server.seen(/error: Cannot read the TLS key ".*": ".*live" can be changed by the user of the server/)
  server.signal('SIGHUP')
  await server.seen(/The reload is stopped, the old workers stay: Cannot read the TLS key/)
  assert.deepEqual(await namesSeen(server), ['two'])
  await server.stop('SIGKILL')
  await until(() => !isAlive(reader), 'the reader is gone')
})

test('a reader that is stopped, or gone, keeps nobody from reloading: what was served stays, and the log says so', {
  skip: process.getuid?.() !== 0 && 'root is needed',
}, async t => {
  const { live, renew } = certbotFolder()
  renew(makeCertificate('one'))
  const server = await startIn(t, live, '--user=65534')
  const reader = server.workers().find(pid => userOf(pid) === 0) ?? -1
  process.kill(reader, 'SIGSTOP')
  renew(makeCertificate('two'))
  server.signal('SIGHUP')
  await server.seen(
    /error: The process that reads the TLS files has not answered for 10 s: what was served before stays/,
  )
  await server.seen(/Reloaded: all workers run the new code/)
  assert.deepEqual(await namesSeen(server, 8), ['one'])
  process.kill(reader, 'SIGCONT')
  await allServe(server, 'two', 8)
  process.kill(reader, 'SIGKILL')
  await server.seen(/error: The process that reads the TLS files has ended \(SIGKILL\)/)
  const from = server.stderr.length
  server.signal('SIGHUP')
  await server.seen(/error: The process that reads the TLS files has ended: .*: what was served before stays/, from)
  await server.seen(/Reloaded: all workers run the new code/, from)
  assert.deepEqual(await namesSeen(server, 8), ['two'])
})

test('the reader ends when what comes is no order of a master, before it fills the memory of root', async t => {
  const started = (): ChildProcessByStdio<Writable, Readable, null> => {
    const reader = spawn(process.execPath, [READER], { stdio: ['pipe', 'pipe', 'ignore'] })
    t.after(() => reader.kill('SIGKILL'))
    reader.stdin.on('error', () => undefined)
    return reader
  }
  const talker = started()
  const talkerExited = once(talker, 'exit')
  talker.stdin.write('x'.repeat(16 * 1024 * 1024))
  assert.deepEqual(await talkerExited, [1, null])

  const file = join(temporaryFolder('test'), 'large')
  writeFileSync(file, 'x'.repeat(3_000_000))
  const asker = started()
  const askerExited = once(asker, 'exit')
  asker.stdin.write(`${JSON.stringify({ type: 'begin', paths: [file], userId: -1, known: '' })}\n`)
  asker.stdin.write(`${JSON.stringify({ type: 'read' })}\n`.repeat(1000))
  assert.deepEqual(await askerExited, [1, null])
})

/** Who the process runs as. */
function userOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
