// What the options of src/config/options/perl.ts do.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { PERL_OPTIONS } from '../../../src/config/options/perl.ts'
import { PERL_SKIP } from '../../support/perl.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { ROOT } from '../../support/root.ts'
import { cleanEnvironment, StarlightProcess } from '../../support/starlight-process.ts'
import { ask as get, until } from '../supervisor-support.ts'
import { effectsOf, type Own, own, type Row, type Served, type Setting, served } from './effects.ts'

const APP = `my $loaded = $$; sub { my $env = shift;
  my $says = sub { [200, ['Content-Type' => 'text/plain'], [@_]] };
  return $says->($loaded == $$ ? 'in the child' : 'before') if $env->{PATH_INFO} eq '/loaded';
  return $says->($env->{'psgix.input.buffered'} ? 'buffered' : 'live') if $env->{PATH_INFO} eq '/input';
  if ($env->{PATH_INFO} eq '/busy') { $| = 1; print STDERR "busy\\n"; select undef, undef, undef, 2 }
  $says->($ENV{CHOSEN} // 'none') }`
const site = (setting: Setting = {}): Setting => ({
  app: 'app.psgi',
  files: { 'app.psgi': APP },
  skip: PERL_SKIP,
  ...setting,
  args: ['--workers=1', ...(setting.args ?? [])],
})
const TYPESCRIPT: Setting = {
  app: 'app.ts',
  files: { 'app.ts': "export default (env: any) => [200, [], [env['psgix.input.buffered'] ? 'buffered' : 'live']]" },
}
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)

const answers =
  (path: string, text: string) =>
  async ({ ask }: Served): Promise<void> =>
    assert.equal((await ask(path)).text, text)

const answersBody =
  (text: string) =>
  async ({ ask }: Served): Promise<void> =>
    assert.equal((await ask('/input', { method: 'POST', body: 'a' })).text, text)

/** A request that the only child works on. */
async function busy({ connect, server }: Served): Promise<RawClient> {
  const client = await connect()
  await client.send('GET /busy HTTP/1.1\r\nHost: a\r\n\r\n')
  await server.seen(/busy/)
  return client
}

async function waiting({ connect }: Served): Promise<RawClient> {
  const client = await connect()
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  return client
}

const OTHER = '#!/bin/sh\nCHOSEN=ours exec perl "$@"\n'

effectsOf(PERL_OPTIONS, [
  own({ ...site({ files: { 'app.psgi': APP, 'perl.sh': OTHER } }), args: ['--socket=@/app.sock', '--workers=1'] }, [
    '--perl=@/perl.sh',
    'runs the application',
    async ({ args, options, folder }, t) => {
      chmodSync(join(folder, 'perl.sh'), 0o755)
      const server = new StarlightProcess(args, options)
      t.after(() => server.stop('SIGKILL'))
      await server.seen(/serving/)
      assert.equal((await get('http://a/', { socketPath: join(folder, 'app.sock') })).body, 'ours')
    },
  ]),
  group({ ...site(), args: ['--workers=4'] }, '--front-workers=2', 'so many processes speak HTTP', ({ server }) =>
    assert.equal(server.workers().length, 2),
  ),
  group(site(), '--preload-app', 'the application is loaded once', answers('/loaded', 'before')),
  group(
    site({ env: { STARLIGHT_PRELOAD_APP: '1' } }),
    '--no-preload-app',
    'it is loaded in each child',
    answers('/loaded', 'in the child'),
  ),
  group(site(), '--stream-input', 'the body is read as it comes', answersBody('live')),
  group({ args: ['--workers=1'], ...TYPESCRIPT }, '--stream-input', 'the same in TypeScript', answersBody('live')),
  group(
    site({ env: { STARLIGHT_STREAM_INPUT: '1' } }),
    '--no-stream-input',
    'it has been read',
    answersBody('buffered'),
  ),
  own(site(), [
    '--zygote-fd=N',
    'plackup starts the server with it, and the server starts no Perl',
    startedByPlackup(/ --zygote-fd=\d+ /),
  ]),
  own(site(), [
    '--zygote-socket=PATH',
    'plackup names it for several processes of Node, which start no Perl',
    startedByPlackup(/ --zygote-socket=\S+\/z /, '--front-workers', '2'),
  ]),
  group(site(), '--queue=1', 'the second one that waits gets 503', async served => {
    const first = await busy(served)
    const second = await waiting(served)
    const third = await waiting(served)
    const statuses = (await Promise.all([second.answer(), third.answer()])).map(answer => answer.status)
    assert.deepEqual(statuses.sort(), [200, 503])
    assert.equal((await first.answer()).status, 200)
  }),
  group(site(), '--queue=0', 'none waits', async served => {
    const first = await busy(served)
    assert.equal((await (await waiting(served)).answer()).status, 503)
    assert.equal((await first.answer()).status, 200)
  }),
  group(site(), '--queue-timeout=0.3', 'who waits longer gets 503', async served => {
    const first = await busy(served)
    assert.equal((await (await waiting(served)).answer()).status, 503)
    assert.equal((await first.answer()).status, 200)
  }),
  group(site(), '--queue-timeout=0', 'one may wait any time', async served => {
    await busy(served)
    assert.equal((await (await waiting(served)).answer()).status, 200)
  }),
])

/** A program in Perl starts the server, with arguments that `expected` knows. */
function startedByPlackup(expected: RegExp, ...more: readonly string[]): (site: Own, t: TestContext) => Promise<void> {
  return async ({ folder }, t) => {
    const args = [
      '-I',
      join(ROOT, 'perl', 'lib'),
      '-MPlack::Runner',
      '-e',
      'my $r = Plack::Runner->new; $r->parse_options(@ARGV); $r->run',
    ]
    // A process that has set its title does not show its arguments any more.
    const node = join(folder, 'node')
    writeFileSync(node, `#!/bin/sh\necho "$@" >> '${folder}/arguments'\nexec '${process.execPath}' "$@"\n`, {
      mode: 0o755,
    })
    const env = { ...cleanEnvironment(), STARLIGHT_NODE: node, PLACK_ENV: 'test' }
    const options = [
      '-s',
      'Starlight',
      '--socket',
      join(folder, 'app.sock'),
      '--max-workers',
      '2',
      ...more,
      join(folder, 'app.psgi'),
    ]
    const perl = spawn('perl', [...args, '--', ...options], { env, stdio: 'ignore' })
    t.after(() => perl.kill('SIGTERM'))
    const answered = () => get('http://a/loaded', { socketPath: join(folder, 'app.sock') }).catch(() => undefined)
    await until(async () => (await answered())?.status === 200, 'an answer')
    assert.match(readFileSync(join(folder, 'arguments'), 'utf8'), expected)
  }
}
