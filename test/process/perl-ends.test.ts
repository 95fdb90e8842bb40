// The end of a Perl child: its handlers, END blocks and destructors run, however it comes; and what children must not have in common.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { lacksPerl, PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { isAlive, type StarlightProcess } from '../support/starlight-process.ts'
import { FRONTS, serve, until } from './perl-support.ts'

const skip = PERL_SKIP
const APP = join(ROOT, 'test', 'fixtures', 'perl', 'ends.psgi')

const ENDS: readonly [how: string, path: string, end: (server: StarlightProcess, pid: number) => unknown][] = [
  ['harakiri', 'harakiri', () => undefined],
  ['harakiri that a cleanup handler asks for', 'late', () => undefined],
  ['harakiri with a cleanup', 'harakiri-cleanup', server => server.seen(/cleanup of/)],
  ['TERM to the child', '', (_, pid) => process.kill(pid, 'SIGTERM')],
  ['a reload', '', server => server.signal('SIGHUP')],
  ['a stop', '', server => server.signal('SIGTERM')],
]

for (const front of FRONTS) {
  for (const preload of front === 'starlight' ? [[], ['--preload-app']] : [[]]) {
    test(`a child has its end, however it comes (${[front, ...preload].join(' ')})`, { skip }, async t => {
      const server = await serve(t, front, APP, '--workers=1', ...preload)
      for (const [how, path, end] of ENDS) {
        const from = server.stderr.length
        const pid = Number(await (await fetch(`${server.url}/${path}`, { headers: { connection: 'close' } })).text())
        await end(server, pid)
        const parts = [
          ...(/cleanup/.test(path) ? ['cleanup'] : []),
          'shutdown',
          'destroyed handle',
          'END',
          'destroyed shared',
        ]
        for (const part of parts) await server.seen(new RegExp(`${part} of ${pid}$`, 'm'), from)
        await until(() => !isAlive(pid))
        const said = server.stderr.slice(from)
        assert.match(said, /The application failed at the end of the Perl child \d+: handler failed/, how)
        const order = parts.slice(0, -1).map(part => said.search(`${part} of ${pid}`))
        assert.deepEqual(
          order,
          order.toSorted((one, other) => one - other),
          how,
        )
        assert.equal(said.match(new RegExp(`(?:shutdown|END) of ${pid}$`, 'gm'))?.length, 2, how)
      }
    })
  }
}

test('max-reqs-per-child is an end as well, and one that hangs is killed', { skip }, async t => {
  const env = { STARLIGHT_TEST_HANGS: '1' }
  const options = ['--workers=1', '--max-reqs-per-child=2', '--graceful-timeout=0']
  const server = await serve(t, 'starlight', APP, ...options, env)
  const [pid] = [await (await fetch(server.url)).text(), await (await fetch(server.url)).text()]
  await server.seen(new RegExp(`shutdown of ${pid}`))
  assert.notEqual(await (await fetch(server.url)).text(), pid)
  await server.seen(new RegExp(`Killed the Perl child ${pid}: its end .* takes too long`))
  await until(() => !isAlive(Number(pid)))
})

test('child_exit of Starlet is called in each child', { skip }, async t => {
  const exit = 'sub { print STDERR "child_exit of $$ with ", ref $_[0], "\\n" }'
  const server = await serve(t, 'plackup', APP, '--max-workers=1', `--child-exit=${exit}`)
  const pid = await (await fetch(server.url, { headers: { connection: 'close' } })).text()
  await server.stop()
  assert.match(server.stderr, new RegExp(`child_exit of ${pid} with Plack::Handler::Starlight`))
})

const SHARED: readonly [
  opens: string,
  front: (typeof FRONTS)[number],
  expected: RegExp | undefined,
  needs: readonly string[],
][] = [
  [
    'tcp',
    'starlight',
    /warn: The application \S+ends\.psgi has opened a connection to 127\.0\.0\.1:\d+ while it was loaded/,
    [],
  ],
  [
    'sqlite',
    'starlight',
    /application \S+ends\.psgi has opened the database dbi:SQLite:dbname=:memory: while it was loaded/,
    ['DBD::SQLite'],
  ],
  [
    'sqlite',
    'plackup',
    /application \S+ends\.psgi has opened the database dbi:SQLite:dbname=:memory: while it was loaded/,
    ['DBD::SQLite'],
  ],
  ['listener', 'starlight', undefined, []],
  ['pair', 'starlight', undefined, []],
]
for (const [opens, front, expected, needs] of SHARED) {
  test(`what a preloaded application has opened is told: ${opens} (${front})`, {
    skip: skip || lacksPerl(...needs),
  }, async t => {
    const database = createServer(socket => socket.resume()).listen(0, '127.0.0.1')
    await once(database, 'listening')
    t.after(() => database.close())
    const env = { STARLIGHT_TEST_OPENS: opens, STARLIGHT_TEST_PORT: `${(database.address() as AddressInfo).port}` }
    const server = await serve(t, front, APP, '--workers=1', ...(front === 'starlight' ? ['--preload-app'] : []), env)
    assert.equal((await fetch(server.url, { headers: { connection: 'close' } })).status, 200)
    if (expected === undefined) assert.doesNotMatch(server.stderr, /while it was loaded/)
    else assert.match(server.stderr, expected)
    await server.stop()
  })
}
