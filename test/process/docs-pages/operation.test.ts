// docs/operation.md and docs/balance.md, shown by servers.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { says } from '../../support/docs.ts'
import { isAlive, runStarlight } from '../../support/starlight-process.ts'
import { ask, type Reply, until } from '../supervisor-support.ts'
import { pageRows, type Shown } from './pages.ts'

const PAGE = 'docs/operation.md'
const LINUX = process.platform === 'linux' ? false : 'Linux only'

/** Asks the control socket as curl does. */
function controlSocket({ folder }: Shown, method: string, target: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(folder, 'control'))
    let text = ''
    socket.setEncoding('utf8').on('data', piece => {
      text += piece
    })
    socket.once('error', reject)
    socket.once('end', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n')
      resolve({ status: Number(head.split(' ')[1]), body: rest.join('\r\n\r\n') })
    })
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  })
}

/** Asks the admin listener, whose address the server says. */
async function admin({ process }: Shown, path: string): Promise<Reply> {
  const [, url] = await process.seen(/Metrics and health on (http:\/\/127\.0\.0\.1:\d+)/)
  return await ask(url! + path)
}

const generation = async ({ command }: Shown): Promise<number> =>
  (JSON.parse((await command('status', '--json')).stdout) as { generation: number }).generation

pageRows(
  PAGE,
  'a server that is asked',
  { args: ['--workers=1', '--admin=127.0.0.1:0'] },
  [
    '`GET /status`, `/metrics` and `/stack`, `POST /reload`, `/upgrade`, `/reopen`, `/stop`, `/scale?to=8`, `/drain?pid=4711`; answers are JSON.',
    async shown => {
      for (const path of ['/status', '/stack']) {
        const { status, body } = await controlSocket(shown, 'GET', path)
        assert.equal(status, 200)
        assert.equal(typeof JSON.parse(body), 'object')
      }
      assert.match((await controlSocket(shown, 'GET', '/metrics')).body, /^# HELP starlight_/m)
      const reopened = await controlSocket(shown, 'POST', '/reopen')
      assert.equal(reopened.status, 200)
      JSON.parse(reopened.body)
      assert.equal((await controlSocket(shown, 'GET', '/reload')).status, 404)
    },
  ],
  [
    'opens a listener on 127.0.0.1 that only tells',
    async shown => {
      const [, url] = await shown.process.seen(/Metrics and health on (http:\/\/127\.0\.0\.1:\d+)/)
      for (const path of ['/reload', '/stop', '/scale?to=3']) {
        const response = await fetch(url + path, { method: 'POST', headers: { connection: 'close' } })
        assert.equal(response.status, 404)
        await response.text()
      }
      assert.equal(await generation(shown), 0)
    },
  ],
  [
    '| `/livez` | 200 as long as the master lives |',
    async shown => assert.equal((await admin(shown, '/livez')).status, 200),
  ],
  [
    '| `/healthz` | 200 while at least one worker serves, else 503 |',
    async shown => assert.equal((await admin(shown, '/healthz')).status, 200),
  ],
  [
    '| `/readyz` | 200 when the start is over and the server is not stopping or asleep, else 503 |',
    async shown => {
      await shown.process.seen(/serving/)
      await until(async () => (await admin(shown, '/readyz')).status === 200, 'the start is over')
    },
  ],
  [
    '| `/status` | JSON, as `starlight status --json` |',
    async shown => {
      const said = JSON.parse((await admin(shown, '/status')).body) as object
      assert.deepEqual(
        Object.keys(said),
        Object.keys(JSON.parse((await shown.command('status', '--json')).stdout) as object),
      )
    },
  ],
  ['| `/` | a page for people |', async shown => assert.match((await admin(shown, '/')).body, /<!doctype html>/i)],
  [
    '| `starlight_responses_total{class}` | responses by class of their status |',
    async shown => {
      await shown.get('/')
      await until(
        async () => /^starlight_responses_total\{class="2xx"\} [1-9]/m.test((await admin(shown, '/metrics')).body),
        'the worker has reported it',
      )
    },
  ],
  [
    'reload          # new code and configuration; returns when all workers are new',
    async shown => {
      const { body: before } = await shown.get('/')
      assert.equal((await shown.command('reload')).code, 0)
      assert.notEqual((await shown.get('/')).body, before)
    },
  ],
  [
    '`restart` is `reload`',
    async shown => {
      const before = await generation(shown)
      assert.equal((await shown.command('restart')).code, 0)
      assert.equal(await generation(shown), before + 1)
    },
  ],
  [
    'scale 8         # eight workers (of Perl, children); returns when they serve',
    async shown => {
      assert.equal((await shown.command('scale', '2')).code, 0)
      const { serving } = JSON.parse((await shown.command('status', '--json')).stdout) as { serving: number }
      assert.equal(serving, 2)
    },
  ],
  [
    'stop            # ends it after the requests in work; returns when it is gone',
    async shown => {
      assert.equal((await shown.command('stop')).code, 0)
      assert.equal(isAlive(shown.process.pid), false)
    },
  ],
)

pageRows(
  PAGE,
  'a server that is full',
  {
    args: ['--workers=1', '--max-inflight=1', '--health-path=/healthz', '--max-connections=100000'],
    descriptors: 256,
    skip: LINUX,
  },
  [
    'those beyond get 503 with `Retry-After` before the application sees them.',
    async shown => {
      const held = await shown.connect()
      await held.send('GET /held HTTP/1.1\r\nHost: a\r\n\r\n')
      await shown.process.printed(/held\n/)
      const { status, headers } = await shown.get('/held')
      assert.deepEqual([status, headers['retry-after']], [503, '1'])
      assert.equal(shown.process.stdout, 'held\n')
    },
  ],
  [
    '`--health-path=/healthz` names paths that are always let through.',
    async shown => assert.equal((await shown.get('/healthz')).status, 200),
  ],
  [
    'A limit that `--max-connections` can never reach is said at the start.',
    async shown => void (await shown.process.seen(/warn: .*100000/)),
  ],
  [
    'Requests are counted by class and timed only with `--admin`.',
    async shown => {
      const { body } = await controlSocket(shown, 'GET', '/metrics')
      assert.doesNotMatch(body, /^starlight_responses_total\{class="2xx"\} [1-9]/m)
    },
  ],
)

pageRows(PAGE, 'a server without workers', { args: ['--workers=0', '--max-inflight=1'] }, [
  'With `--workers=0` there is no master and no control socket.',
  async shown => {
    assert.equal((await shown.get('/')).body, String(shown.process.pid))
    assert.equal(existsSync(join(shown.folder, 'control')), false)
    assert.notEqual((await shown.command('status')).code, 0)
  },
])

pageRows('docs/balance.md', 'round-robin', { args: ['--workers=2', '--balance=round-robin'] }, [
  'a new connection goes to the worker that has the fewest open, and of several to the one that got none for longest.',
  async ({ connect: open, process }) => {
    await until(() => process.workers().length === 2, 'both workers are there')
    await process.seen(/serving .* with 2 workers/)
    const pids: string[] = []
    for (let i = 0; i < 4; i++) {
      const client = await open()
      await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      pids.push((await client.answer()).body.toString())
    }
    assert.notEqual(pids[0], pids[1])
    assert.deepEqual(pids.slice(2), pids.slice(0, 2))
  },
])

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const HAS_REUSEPORT = process.platform === 'linux' && (major > 22 || (major === 22 && minor >= 12))

test('docs/balance.md, reuseport without what it needs', { skip: HAS_REUSEPORT && 'it works here' }, async () => {
  says('docs/balance.md', 'Linux, Node 22.12 or later.')
  const { code, stderr } = await runStarlight(['--balance=reuseport', '--port=0', '-e', '() => [200, [], []]'])
  assert.equal(code, 2)
  assert.match(stderr, /22\.12|Linux/)
})

pageRows(
  'docs/balance.md',
  'reuseport',
  { args: ['--workers=2', '--balance=reuseport'], skip: !HAS_REUSEPORT && 'Linux with Node 22.12 or later' },
  [
    'for that the number of workers is fixed.',
    async ({ command, process }) => {
      const { code, stderr } = await command('scale', '3')
      assert.equal(code, 1)
      assert.match(stderr, /reuseport/)
      assert.equal(process.workers().length, 2)
    },
  ],
)
