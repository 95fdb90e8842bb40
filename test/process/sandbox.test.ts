// docs/systemd/shop.service without systemd: its options, in a mount namespace of their own as ProtectSystem=strict, PrivateTmp=yes,
// RuntimeDirectory= and LogsDirectory= make one; and the commands of docs/operation.md from outside and from inside.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { cleanEnvironment, isAlive, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { ask, until } from './supervisor-support.ts'

const NOBODY = 65_534
const LEFT_BEHIND = `/run/starlight/${NOBODY}`
const BIN = join(ROOT, 'bin', 'starlight.js')
/** User= and NoNewPrivileges=. */
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs'] as const
const SKIP = {
  skip:
    spawnSync('unshare', ['--mount', ...AS_NOBODY, 'true']).status !== 0
      ? 'needs root, unshare and setpriv'
      : ROOT.startsWith(tmpdir()) && 'a private /tmp would hide the checkout',
}

/**
 * $1: what stays writable, as a list with blanks; $2: whether /tmp is one of its own (PrivateTmp=yes) or read-only too. PATHS are bound before
 * all mounts become read-only, so that they are mounts themselves.
 */
const SANDBOX = `set -e; paths=$1 tmp=$2 node=$3; shift 3
mount --make-rprivate /
touch "$node" && mount --bind "${process.execPath}" "$node"
for path in $paths; do mount --bind "$path" "$path"; done
awk '{ print $5 }' /proc/self/mountinfo | while read -r place; do
  case " $paths " in *" $place "*) continue ;; esac
  case $place in /proc*|/sys*|/dev*) ;; *) mount -o remount,ro,bind "$place" 2>/dev/null || true ;; esac
done
if [ "$tmp" = private ]; then for place in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 none "$place"; done; fi
exec "$@"`

/** Tells whether it can write where the unit says that it cannot; the release that it runs; and how much of an upload came. */
const APP = `import { writeFileSync } from 'node:fs'
const tried = path => { try { writeFileSync(path, ''); return 'written' } catch (error) { return error.code } }
export default async env => {
  if (env.PATH_INFO === '/write') return [200, [], [JSON.stringify({ usr: tried('/usr/x'), etc: tried('/etc/x'), var: tried('/var/x') })]]
  let bytes = 0
  for await (const chunk of env['psgi.input']) bytes += chunk.length
  return [200, [], [\`RELEASE \${bytes}\`]]
}`

interface Sandboxed {
  readonly server: StarlightProcess
  /** RuntimeDirectory=. */
  readonly run: string
  /** Of the release that is served now. */
  deploy(release: string): void
  outside(who: 'root' | 'nobody', ...words: readonly string[]): Ended
  /** As ExecReload= and ExecStop= run, and who enters with nsenter(1). */
  inside(...words: readonly string[]): Ended
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The words of ExecStart= behind the command, with the directories of this test. */
function optionsOfUnit(places: Readonly<Record<string, string>>): string[] {
  const unit = readFileSync(join(ROOT, 'docs', 'systemd', 'shop.service'), 'utf8').replaceAll('\\\n', ' ')
  const [, line = ''] = /^ExecStart=\S+ \S+\/starlight (.+)$/m.exec(unit) ?? []
  assert.match(unit, /^ProtectSystem=strict\nPrivateTmp=yes$/m)
  return line
    .trim()
    .split(/\s+/)
    .map(word => Object.entries(places).reduce((text, [from, to]) => text.replace(from, to), word))
}

interface Kind {
  readonly tmp: 'private' | 'read-only'
  /** Instead of those of the unit. */
  readonly options?: (run: string) => readonly string[]
}

async function sandboxed(t: TestContext, { tmp, options }: Kind): Promise<Sandboxed> {
  // Not in /tmp, which is another one inside.
  const base = mkdtempSync('/run/unit-')
  t.after(() => rmSync(base, { recursive: true, force: true }))
  chmodSync(base, 0o755)
  const [run, logs, current] = ['run', 'log', 'current'].map(name => join(base, name)) as [string, string, string]
  for (const own of [run, logs]) {
    mkdirSync(own, { mode: 0o755 })
    chownSync(own, NOBODY, NOBODY)
  }
  const deploy = (release: string): void => {
    mkdirSync(join(base, release))
    writeFileSync(join(base, release, 'app.ts'), APP.replace('RELEASE', release))
    rmSync(current, { force: true })
    symlinkSync(release, current)
  }
  deploy('one')
  const places = { '/srv/shop/current': current, '/run/shop': run, '/var/log/shop': logs }
  const given = options === undefined ? optionsOfUnit(places) : [...options(run), join(current, 'app.ts')]
  // Node itself may lie in a directory that is hidden.
  const node = join(base, 'node')
  const own = [`${run} ${logs}`, tmp, node]
  const program = ['unshare', '--mount', 'sh', '-c', SANDBOX, 'sh', ...own, ...AS_NOBODY, node, BIN]
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', ...given], {
    program: program as [string, ...string[]],
    // systemd sets neither for a service of the system.
    env: { XDG_RUNTIME_DIR: '', PWD: '' },
    cwd: current,
  })
  t.after(() => server.stop('SIGKILL'))
  const ended = (command: readonly string[], words: readonly string[], nodeThere = process.execPath): Ended => {
    const [program = '', ...rest] = [...command, nodeThere, BIN, ...words]
    const env = { ...cleanEnvironment(), XDG_RUNTIME_DIR: '' }
    const { status: code, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', env, cwd: '/' })
    return { code, stdout, stderr }
  }
  return {
    server,
    run,
    deploy,
    outside: (who, ...words) => ended(who === 'root' ? [] : AS_NOBODY, words),
    inside: (...words) => ended(['nsenter', `--target=${server.pid}`, '--mount', ...AS_NOBODY], words, node),
  }
}

function upload(url: string, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.on('end', () => resolve(`${response.statusCode} ${body}`)).on('error', reject)
    })
    asked.on('error', reject).end(Buffer.alloc(bytes, 'x'))
  })
}

for (const tmp of ['private', 'read-only'] as const) {
  test(
    `the unit of docs/deployment.md, with a ${tmp} /tmp: commands work from outside and from inside`,
    SKIP,
    async t => {
      const { server, run, deploy, outside, inside } = await sandboxed(t, { tmp })
      const socket = `--control-socket=${run}/control`
      const { body } = await ask(`${server.url}/write`)
      assert.deepEqual(JSON.parse(body), { usr: 'EROFS', etc: 'EROFS', var: 'EROFS' })
      for (const ended of [
        outside('root', 'status', socket),
        outside('nobody', 'status', socket),
        inside('status', socket),
      ]) {
        assert.deepEqual([ended.code, ended.stderr], [0, ''])
        assert.match(ended.stdout, /1\/1 workers ready/)
      }
      for (const [release, reload] of [
        ['two', outside.bind(undefined, 'root')],
        ['three', outside.bind(undefined, 'nobody')],
        ['four', inside],
      ] as const) {
        deploy(release)
        assert.deepEqual(reload('reload', socket), { code: 0, stdout: 'reload: done\n', stderr: '' })
        assert.equal((await ask(server.url)).body, `${release} 0`)
      }
      assert.equal(outside('nobody', 'reopen', socket).stdout, 'reopen: done\n')
      // In a temporary file where there is a place for one.
      if (tmp === 'private') assert.equal(await upload(server.url, 5_000_000), '200 four 5000000')
      assert.equal(outside('root', 'stop', socket).stdout, 'stop: done\n')
      assert.deepEqual(await server.exited, { code: 0, signal: null })
    },
  )
}

test('an upgrade within the unit: the new master has the same socket and pid file', SKIP, async t => {
  const { server, run, outside } = await sandboxed(t, { tmp: 'private' })
  const socket = `--control-socket=${run}/control`
  const [, pid = ''] = /the new master is (\d+)/.exec(outside('root', 'upgrade', socket).stdout) ?? []
  t.after(() => process.kill(Number(pid), 'SIGKILL'))
  assert.equal(readFileSync(join(run, 'pid'), 'utf8').trim(), pid)
  assert.match(outside('nobody', 'status', socket).stdout, new RegExp(`\\b${pid}\\b`))
  await until(() => !isAlive(server.pid), 'the old master is gone')
})

test(
  'without --control-socket a private /tmp hides the socket: what a command says names the option',
  SKIP,
  async t => {
    // As an earlier start by root with --user leaves it behind: now it is read-only.
    mkdirSync(LEFT_BEHIND, { recursive: true, mode: 0o700 })
    chownSync(LEFT_BEHIND, NOBODY, NOBODY)
    const { server, run, outside, inside } = await sandboxed(t, {
      tmp: 'private',
      options: dir => [`--pid=${dir}/pid`],
    })
    const pid = `--pid=${run}/pid`
    // Servers of other tests may be seen, too.
    const within = inside('status', pid)
    assert.match(within.stdout, /1\/1 workers ready/, within.stderr)
    for (const [who, command] of [
      ['root', 'status'],
      ['nobody', 'stop'],
    ] as const)
      assert.deepEqual(outside(who, command, pid), {
        code: 1,
        stdout: '',
        stderr: `starlight: Cannot find the control socket of process ${server.pid}: it is not here, one in another place (PrivateTmp=yes, a container) has to be named by --control-socket=FILE\n`,
      })
    const { code, stdout, stderr } = outside('nobody', 'status')
    assert.doesNotMatch(`${stdout}${stderr}`, new RegExp(`\\b${server.pid}\\b`))
    // Unless a server of another test is there for it.
    if (code !== 0 && !stderr.includes('Cannot choose a server'))
      assert.match(stderr, /^starlight: Cannot find a server: .*--control-socket=FILE\n$/)
    // Signals need no socket.
    server.signal('SIGHUP')
    await server.seen(/Reloaded: all workers run the new code/)
    await server.stop()
    const gone = outside('root', 'status', pid)
    assert.equal(gone.code, 1)
    assert.match(gone.stderr, /^starlight: Cannot .+\n$/)
  },
)

test(
  'a root that is read-only as a whole: what has no place is said in one sentence, and requests are served',
  SKIP,
  async t => {
    const { server } = await sandboxed(t, { tmp: 'read-only', options: () => [] })
    assert.match(server.stderr, /There is no control socket: .*read-only file system/)
    assert.equal((await ask(server.url)).body, 'one 0')
    assert.equal(await upload(server.url, 1_000_000), '200 one 1000000')
    assert.match(await upload(server.url, 5_000_000), /^500 /)
    await server.seen(/error: .*POST \/.*\n.*Cannot keep the request body in "\/tmp": a temporary file is needed/)
  },
)
