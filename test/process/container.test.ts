// What a container does to a server: it is below process 1 of a PID namespace, or is it; and may find no place to write to.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask } from './supervisor-support.ts'

const NODE = [process.execPath, join(ROOT, 'bin', 'starlight.js')]
const INIT = join(ROOT, 'bin', 'starlight-init')
/** `--kill-child`: all are gone when the test ends `unshare`. */
const CONTAINER = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] as const
const SKIP =
  spawnSync('unshare', [...CONTAINER, 'true']).status === 0 ? false : 'needs the right to make a PID namespace'
/** Every mount but /proc and /sys read-only. */
const READ_ONLY = `mount --make-rprivate /
awk '{ print $5 }' /proc/self/mountinfo | while read -r place; do
  case $place in /proc*|/sys*) ;; *) mount -o remount,ro,bind "$place" 2>/dev/null || true ;; esac
done
exec "$@"`
/** Root finds the servers of all tests in /run. */
const NO_RUN = 'mount -t tmpfs none /run && exec "$@"'
const SHELLS = [['dash'], ['busybox', 'ash']].filter(([name = '', ...rest]) => {
  return spawnSync(name, [...rest, '-c', 'true']).status === 0
})
/**
 * /orphans answers when five orphans have ended and been given to process 1, with how many of them are zombies still;
 * /signal/NAME sends that signal to process 1; /stream never ends; /sick is 503.
 */
const APP = `import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
enum Word { Hello = 'hello' }
const zombies = () => readdirSync('/proc').filter(name => /^\\d+$/.test(name)).filter(name => {
  try { return / Z 1 /.test(readFileSync('/proc/' + name + '/stat', 'utf8')) } catch { return false }
}).length
const pause = () => new Promise(resolve => setTimeout(resolve, 20))
async function orphans(): Promise<number> {
  // The pipe ends when the last orphan does.
  execFileSync('sh', ['-c', 'for n in 1 2 3 4 5; do sh -c "sleep 0.1 & exit 0"; done'])
  for (let turn = 0; turn < 50 && zombies() > 0; turn++) await pause()
  return zombies()
}
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/orphans') return new Response(String(await orphans()))
    if (pathname === '/pid') return new Response(String(process.pid))
    if (pathname.startsWith('/signal/')) process.kill(1, pathname.slice(8) as NodeJS.Signals)
    if (pathname === '/stream') return new Response(new ReadableStream({ start: c => c.enqueue(new TextEncoder().encode('data: 1\\n\\n')) }))
    return new Response(Word.Hello as string, { status: pathname === '/sick' ? 503 : 200 })
  },
}
`

async function contain(
  t: TestContext,
  first: readonly string[],
  args: readonly string[] = [],
): Promise<StarlightProcess> {
  const app = join(temporaryFolder('test'), 'app.ts')
  writeFileSync(app, APP)
  const program = ['unshare', ...CONTAINER, ...first, ...NODE] as [string, ...string[]]
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', ...args, app], { program })
  t.after(() => server.stop('SIGKILL'))
  return server
}

for (const shell of SHELLS) {
  const first = [...shell, INIT]
  test(`starlight-init (${shell.join(' ')}): orphans are collected, signals arrive, the code is that of the server`, {
    skip: SKIP,
  }, async t => {
    const server = await contain(t, first)
    assert.equal((await ask(`${server.url}/orphans`)).body, '0')
    const { body: before } = await ask(`${server.url}/pid`)
    await ask(`${server.url}/signal/SIGUSR2`)
    await server.seen(/starlight-init: USR2 is ignored/)
    await ask(`${server.url}/signal/SIGHUP`)
    await server.seen(/[Rr]eload(?:ed| is complete| done)|all workers are new/)
    assert.notEqual((await ask(`${server.url}/pid`)).body, before)
    await ask(`${server.url}/signal/SIGTERM`)
    assert.deepEqual(await server.exited, { code: 0, signal: null })
  })

  test(`starlight-init (${shell.join(' ')}): the code of a command that fails, of none, and its standard input`, {
    skip: SKIP,
  }, () => {
    const [program = '', ...rest] = first
    const run = (...command: string[]) =>
      spawnSync('unshare', [...CONTAINER, program, ...rest, ...command], { input: 'given\n', encoding: 'utf8' })
    assert.equal(run(...NODE, '--no-such-option').status, 2)
    assert.equal(run('/no/such/program').status, 127)
    assert.equal(run().status, 64)
    assert.equal(run('cat').stdout, 'given\n')
  })
}

test('A server without any place to write serves TypeScript, and says that it has no control socket', {
  skip: SKIP,
}, async t => {
  const server = await contain(t, ['sh', '-c', READ_ONLY, 'sh'])
  assert.match(server.stderr, /There is no control socket: .*read-only file system/)
  assert.equal((await ask(`${server.url}/`)).body, 'hello')
  const empty = temporaryFolder('test')
  const status = spawnSync('unshare', ['--mount', 'sh', '-c', NO_RUN, 'sh', ...NODE, 'status'], {
    env: { PATH: process.env['PATH'], TMPDIR: empty },
    encoding: 'utf8',
  })
  assert.equal(status.status, 1)
  assert.match(status.stderr, /^starlight: Cannot find a server: none of this user has a control socket here, .+\n$/)
})

test('TERM with an event stream open ends process 1 within the graceful timeout', { skip: SKIP }, async t => {
  const server = await contain(t, [], ['--graceful-timeout=1'])
  const cut = new Promise<string>((resolve, reject) => {
    get(`${server.url}/stream`, { agent: false }, stream => {
      stream.once('data', () => ask(`${server.url}/signal/SIGTERM`).catch(reject))
      stream.on('error', () => resolve('cut')).on('end', () => resolve('ended'))
    }).on('error', reject)
  })
  assert.match(await cut, /cut|ended/)
  assert.equal((await server.exited).signal, null)
})

test('The health check of docs/deployment.md ends with 0 for 2xx, and with 1 otherwise', { skip: SKIP }, async t => {
  const page = readFileSync(join(ROOT, 'docs', 'deployment.md'), 'utf8')
  const [, script = ''] = /^ {2}CMD \["node", "-e", "(.+)"\]$/m.exec(page) ?? []
  const server = await contain(t, [])
  const check = (url: string) =>
    spawnSync(process.execPath, ['-e', script.replace('http://127.0.0.1:5000/', url)]).status
  assert.equal(check(`${server.url}/`), 0)
  assert.equal(check(`${server.url}/sick`), 1)
  await server.stop('SIGKILL')
  assert.equal(check(`${server.url}/`), 1)
})
