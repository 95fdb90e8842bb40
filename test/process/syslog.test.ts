// docs/logs.md: the commands that pass the logs to syslog, word for word, with the real logger(1) and a syslog of this test's.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lacksPerl } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { cleanEnvironment } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, until } from './supervisor-support.ts'

const LOGGER = spawnSync('sh', ['-c', 'command -v logger'], { encoding: 'utf8' }).stdout.trim()
const SKIP = { skip: lacksPerl('Socket') || (LOGGER === '' && 'needs logger') }
const SYSLOG = `use Socket; $| = 1; socket(my $s, PF_UNIX, SOCK_DGRAM, 0); bind($s, pack_sockaddr_un($ARGV[0])) or die $!;
print "bound\\n"; while (defined recv($s, my $text, 65536, 0)) { print "$text\\n" }`
const APP = `export default env => {
  if (env.PATH_INFO === '/fail') throw new Error('failed ' + 'x'.repeat(2000))
  return [200, [], ['ok']]
}`

interface Logged {
  get(path: string): Promise<number>
  /** What has come to syslog. */
  text(): string
  readonly syslog: ChildProcess
}

/** Runs the line of the page that begins so; \`starlight\` and \`logger\` are the real ones, with the addresses of this test. */
async function logged(t: TestContext, beginning: string): Promise<Logged> {
  const folder = temporaryFolder('test')
  const syslog = spawn('perl', ['-e', SYSLOG, join(folder, 'syslog')], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => syslog.kill('SIGKILL'))
  let text = ''
  syslog.stdout.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  await until(() => text.includes('bound'), 'syslog listens')
  const starlight = `exec '${process.execPath}' '${ROOT}/bin/starlight.js' --workers=1 --listen=./http --pid=./pid`
  writeFileSync(join(folder, 'starlight'), `#!/bin/sh\n${starlight} "$@"\n`, { mode: 0o755 })
  writeFileSync(join(folder, 'logger'), `#!/bin/sh\nexec '${LOGGER}' --socket=./syslog "$@"\n`, { mode: 0o755 })
  writeFileSync(join(folder, 'app.ts'), APP)
  const page = readFileSync(join(ROOT, 'docs', 'logs.md'), 'utf8')
  const line = page.split('\n').find(found => found.startsWith(beginning))
  assert.ok(line, `docs/logs.md shows ${beginning}`)
  const env = { ...cleanEnvironment(), PATH: `${folder}:${process.env.PATH}` }
  const shell = spawn('sh', ['-c', line], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise(resolve => shell.once('close', resolve))
  const get = async (path: string): Promise<number> =>
    (await ask(`http://localhost${path}`, { socketPath: join(folder, 'http') })).status
  await until(async () => (await get('/').catch(() => 0)) === 200, 'it serves')
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  t.after(async () => {
    syslog.kill('SIGCONT')
    process.kill(pid, 'SIGTERM')
    await ended
  })
  return {
    get,
    text: () => text,
    syslog,
  }
}

/** Facilities and severities of RFC 5424 6.2.1: eight times the one plus the other. */
test('the log in syslog: each entry with its own severity, as user.*', SKIP, async t => {
  const { get, text } = await logged(t, 'starlight --log-format=journal')
  assert.equal(await get('/fail'), 500)
  await until(() => /^<11>.* shop: \[\d+\] error: The application failed on GET \/fail$/m.test(text()), 'the error')
  await until(() => /^<14>.* shop: \[\d+\] info: .* serving app\.ts/m.test(text()), 'the start')
})

test('the access log in syslog, as local0.info', SKIP, async t => {
  const { get, text } = await logged(t, 'starlight --access-log=-')
  assert.equal(await get('/seen'), 200)
  await until(() => /^<134>.* shop-access: .*"GET \/seen HTTP\/1\.1" 200/m.test(text()), 'the line')
})

test('a syslog that takes nothing: requests are answered, and the log says later how much was lost', SKIP, async t => {
  const { get, text, syslog } = await logged(t, 'starlight --log-format=journal')
  syslog.kill('SIGSTOP')
  // Several times what the sockets, the pipe and the buffer of the server hold.
  for (let i = 0; i < 1500; i++) assert.equal(await get('/fail'), 500)
  syslog.kill('SIGCONT')
  const isTold = async (): Promise<boolean> => {
    await get('/fail')
    return /\(\d+ log entries were lost: the reader of the log was too slow\)/.test(text())
  }
  await until(isTold, 'the loss is told')
})
