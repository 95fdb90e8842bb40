// What the options of src/config/options/process.ts do.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { PROCESS_OPTIONS } from '../../../src/config/options/process.ts'
import { isAlive, runStarlight } from '../../support/starlight-process.ts'
import { ask as get, until } from '../supervisor-support.ts'
import { effectsOf, type Own, own, type Row, type Served, type Setting, served } from './effects.ts'

const ONE = { args: ['--workers=1'] }
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)
const isRoot = process.getuid?.() === 0
const root: Setting = { ...ONE, skip: isRoot ? false : 'only root may serve as somebody else' }

/** The command returns, and the server serves; it ends with the test. */
async function daemonizes({ args, options, folder }: Own, t: TestContext): Promise<void> {
  const place = [`--socket=${join(folder, 'app.sock')}`, `--pid=${join(folder, 'pid')}`, '--workers=1']
  const { code, stderr } = await runStarlight([...place, ...args], options)
  assert.deepEqual([code, stderr], [0, ''])
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  t.after(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')))
  assert.equal((await get('http://a/', { socketPath: join(folder, 'app.sock') })).status, 200)
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid) && !existsSync(join(folder, 'pid')), 'the daemon ends')
}

const IDS = `() => [200, [], [[process.getuid(), process.getgid(), ...process.getgroups()].join()]]`
const runsAs =
  (pattern: RegExp) =>
  async ({ ask }: Served): Promise<void> =>
    assert.match((await ask()).text, pattern)

effectsOf(PROCESS_OPTIONS, [
  own({}, ['--daemonize', 'the command returns when the server serves', daemonizes]),
  own({}, ['-D', 'the same as --daemonize', daemonizes]),
  group(
    { ...ONE, env: { STARLIGHT_DAEMONIZE: '1' } },
    '--no-daemonize',
    'stays, whatever the environment says',
    ({ server }) => assert.equal(server.child.exitCode, null),
  ),
  served(
    ONE,
    [
      '--pid=@/pid',
      'the process id of the master is in the file',
      ({ folder, server }) => assert.equal(readFileSync(join(folder, 'pid'), 'utf8'), `${server.pid}\n`),
    ],
    [
      '--admin=0',
      'health and metrics are answered on a port of their own',
      async ({ server }) => {
        const [, url = ''] = await server.seen(/Metrics and health on (http:\S+)/)
        assert.equal((await get(`${url}/healthz`)).status, 200)
        assert.match((await get(`${url}/metrics`)).body, /^starlight_workers/m)
      },
    ],
    [
      '--control-socket=@/control.sock',
      'commands reach the server there, and its user alone',
      async ({ folder, server }) => {
        const path = join(folder, 'control.sock')
        const { stdout } = await runStarlight(['status', '--json', `--control-socket=${path}`])
        assert.equal(JSON.parse(stdout).pid, server.pid)
        assert.equal(statSync(path).mode & 0o777, 0o600)
      },
    ],
    [
      '--umask=0027',
      'files of the application get no more',
      async ({ ask }) => assert.equal((await ask('/umask')).text, '27'),
    ],
  ),
  group({ ...ONE, env: { XDG_RUNTIME_DIR: '/nowhere' } }, '--control-socket=', 'opens none', async ({ folder }) => {
    const { code } = await runStarlight(['status', `--control-socket=${join(folder, 'control.sock')}`])
    assert.equal(code, 1)
  }),
  group(ONE, '--umask=0', 'files of the application may get all', async ({ ask }) =>
    assert.equal((await ask('/umask')).text, '0'),
  ),
  group(
    { ...root, app: '', args: ['--workers=1', '-e', IDS] },
    '--user=65534',
    'workers run as the user',
    runsAs(/^65534,/),
  ),
  group(
    { ...root, app: '', args: ['--workers=1', '-e', IDS] },
    '--group=65533,65532',
    'workers run as the groups',
    runsAs(/^0,65533,(65533,)?65532/),
  ),
])
