// What the options of src/config/options/logs.ts do.
import assert from 'node:assert/strict'
import { LOG_OPTIONS } from '../../../src/config/options/logs.ts'
import { PERL_SKIP } from '../../support/perl.ts'
import { connectRaw } from '../../support/raw-client.ts'
import { StarlightProcess, startStarlight } from '../../support/starlight-process.ts'
import { ask, until } from '../supervisor-support.ts'
import { asking, effectsOf, type Own, own } from './effects.ts'
import { LINES } from './logs-lines.ts'

const TELLING = `export default env => {
  if (env.PATH_INFO === '/fail') throw new Error('failed\\nwith two lines')
  for (const level of ['debug', 'info', 'warn', 'error']) env['psgix.logger']({ level, message: level + ' "said"' })
  return [200, [], ['ok']]
}`
const PERL = `sub { my $env = shift; $env->{'psgix.logger'}->({ level => $_, message => "$_ \\"said\\"\\tso" }) for qw(debug info warn error); [200, [], ['ok']] }`

/** All that a server wrote to standard error, from its start to its end, with what one request made of it. */
async function toldBy(given: Own, path = '/'): Promise<string> {
  const server = await begun(given)
  const { status } = await asking(server).ask(path)
  assert.equal(status, path === '/fail' ? 500 : 200)
  await server.stop()
  return server.stderr
}

/** Without a line that says where it serves, its address is this. */
async function begun({ args, options }: Own): Promise<StarlightProcess> {
  return await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', ...args], options)
}

function levelsIn(text: string): string[] {
  return ['debug', 'info', 'warn', 'error'].filter(
    level => text.includes(`${level} "said"`) || text.includes(`${level} \\"said\\"`),
  )
}

function entries(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}

const app = { files: { 'app.mjs': TELLING }, app: 'app.mjs' }
const perl = { files: { 'app.psgi': PERL }, app: 'app.psgi', skip: PERL_SKIP }

effectsOf(LOG_OPTIONS, [
  ...LINES,
  own({ args: ['--access-log=-'] }, [
    '--access-log-exclude=/pid,/health',
    'their requests have no line',
    async given => {
      const server = await begun(given)
      for (const path of ['/pid', '/health?a=b', '/pid/', '/other']) await asking(server).ask(path)
      const refused = await connectRaw({ port: server.port })
      await refused.send('GET /pid HTTP/1.1\r\n\r\n')
      await refused.answer()
      refused.destroy()
      await server.stop()
      assert.deepEqual(server.stdout.match(/(?:GET \S+).*?" \d+/g), [
        'GET /pid/ HTTP/1.1" 200',
        'GET /other HTTP/1.1" 200',
        'GET /pid HTTP/1.1" 400',
      ])
    },
  ]),
  own(app, [
    '--log-format=text',
    'an entry begins with its time',
    async given =>
      assert.match(
        await toldBy(given, '/fail'),
        /^\d{4}-\S+Z \[\d+\] error: The application failed on GET \/fail\n {4}Error: failed\n/m,
      ),
  ]),
  own({ ...app, args: ['--access-log=-'] }, [
    '--log-format=json',
    'entries and access lines are objects with time and pid',
    async given => {
      const server = await begun(given)
      await asking(server).ask('/fail')
      await server.stop()
      const serving = entries(server.stderr).find(({ message }) => / serving /.test(String(message)))
      const failed = entries(server.stderr).find(({ level }) => level === 'error')
      assert.match(String(serving?.['message']), /^Starlight\/.* serving /)
      assert.equal(failed?.['message'], 'The application failed on GET /fail')
      assert.match(String(failed?.['error']), /^Error: failed\nwith two lines\n {4}at /)
      const [line] = entries(server.stdout)
      assert.deepEqual([line?.['target'], line?.['pid']], ['/fail', failed?.['pid']])
      assert.match(`${line?.['time']}${failed?.['time']}`, /^(\d{4}-[^Z]+Z){2}$/)
    },
  ]),
  own(perl, [
    '--log-format=json',
    'Perl code writes the same objects',
    async given => {
      const said = entries(await toldBy(given)).filter(({ message }) => String(message).includes('said'))
      assert.deepEqual(
        said.map(({ level, message }) => [level, message]),
        ['info', 'warn', 'error'].map(level => [level, `${level} "said"\tso`]),
      )
    },
  ]),
  own(app, [
    '--log-format=journal',
    'each line has its priority in front',
    async given => {
      const lines = (await toldBy(given, '/fail')).trimEnd().split('\n')
      assert.match(lines.find(line => line.includes(' serving ')) ?? '', /^<6>\[\d+\] info: Starlight\//)
      assert.ok(lines.some(line => /^<3>\[\d+\] error: The application failed/.test(line)))
      assert.ok(lines.some(line => /^<3> {4}Error: failed$/.test(line)))
    },
  ]),
  own({ ...app, args: ['--admin=0'] }, [
    '--log-level=debug',
    'all entries of psgix.logger, and why requests are refused',
    async given => {
      const server = await begun(given)
      await asking(server).ask()
      const refused = await connectRaw({ port: server.port })
      await refused.send('GET / HTTP/1.1\r\n\r\n')
      await server.seen(/debug: Refused \(bad-host\): 127\.0\.0\.1 sent "GET \/ HTTP\/1\.1"/)
      refused.destroy()
      await server.stop()
      assert.deepEqual(levelsIn(server.stderr), ['debug', 'info', 'warn', 'error'])
    },
  ]),
  own(app, [
    '--log-level=info',
    'nothing of debug',
    async given => assert.deepEqual(levelsIn(await toldBy(given)), ['info', 'warn', 'error']),
  ]),
  own(perl, [
    '--log-level=info',
    'nothing of debug of Perl code',
    async given => assert.deepEqual(levelsIn(await toldBy(given)), ['info', 'warn', 'error']),
  ]),
  ...(['warn', 'error'] as const).map(level =>
    own(app, [
      `--log-level=${level}`,
      'nothing below it, that and where it serves included',
      async ({ args, options }) => {
        const server = new StarlightProcess(
          ['--socket=@here', '--workers=1', ...args].map(word => word.replace('@here', `${options.cwd}/socket`)),
          options,
        )
        const socketPath = `${options.cwd}/socket`
        await until(
          async () => (await ask('http://localhost/', { socketPath }).catch(() => undefined))?.status === 200,
          'it serves',
        )
        await server.stop()
        assert.deepEqual(levelsIn(server.stderr), level === 'warn' ? ['warn', 'error'] : ['error'])
        assert.doesNotMatch(server.stderr, /serving/)
      },
    ]),
  ),
])
