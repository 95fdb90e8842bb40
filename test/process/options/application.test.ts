// What the options of src/config/options/application.ts do.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { APPLICATION_OPTIONS } from '../../../src/config/options/application.ts'
import { PERL_SKIP } from '../../support/perl.ts'
import { until } from '../supervisor-support.ts'
import { effectsOf, type Row, ran, type Served, type Setting, served } from './effects.ts'

const psgi = (body: string): string =>
  `export default env => [200, ['Content-Type', 'text/plain'], [String(${body})]]\n`
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)

/** Without an application but what the row says. */
const by = (files: Readonly<Record<string, string>>, setting: Setting = {}): Setting => ({
  app: '',
  files,
  ...setting,
  args: ['--workers=1', ...(setting.args ?? [])],
})
const withApp = (text: string, files: Readonly<Record<string, string>> = {}): Setting =>
  by({ 'app.mjs': text, ...files }, { app: 'app.mjs' })

const answers =
  (text: string | RegExp, path = '/') =>
  async ({ ask }: Served): Promise<void> => {
    const reply = await ask(path)
    if (typeof text === 'string') assert.equal(reply.text, text)
    else assert.match(reply.text, text)
  }

const CODE = '(env) => [200, [], ["evaluated"]]'
const WRAPPER =
  'app => async env => { const [status, fields, body] = await app(env); return [status, fields, ["<", ...body, ">"]] }'
/** Says what it is taken for: a function with one parameter is a guess. */
const UNCLEAR = {
  psgi: `export default given => [200, [], [typeof given['psgi.version']]]`,
  fetch: `export default given => new Response(given.constructor.name)`,
  node: `export default (given, response) => response.end(given.url)`,
  perl: `sub { [200, [], ["perl"]] }`,
}
const LIBRARY = {
  'lib/greeting/package.json': '{ "main": "index.cjs" }',
  'lib/greeting/index.cjs': 'module.exports = "from lib"',
}
const GREETS = `import greeting from 'greeting'\n${psgi('greeting')}`
const LOADED = { 'before.mjs': 'globalThis.before = [...(globalThis.before ?? []), 1]' }
const NAMES = psgi('process.env.PLACK_ENV')
/** A mistake that Lint finds, and one that has a page. */
const FAULTY = `export default env => { if (env.PATH_INFO === '/throw') throw new Error('on purpose'); return [200, ['Content-Type'], []] }`
const DEVELOPMENT = { ...withApp(FAULTY), env: { STARLIGHT_ENV: 'development' } }

const reloads = async ({ ask, folder }: Served): Promise<void> => {
  assert.equal((await ask()).text, '1')
  writeFileSync(join(folder, 'app.mjs'), psgi('2'))
  await until(async () => (await ask()).text === '2', 'the new code answers')
}

const LISTENING = `import { createServer } from 'node:http'
createServer((request, response) => response.end('listening')).listen(3000)`
/** With a handle of libuv's own only if it listens by itself. */
const BESIDE = `import { createServer } from 'node:http'
const server = createServer(() => {}).listen(0, '127.0.0.1')
export default { fetch: () => new Response(String(server._handle.fd === -1)) }`

const html = { headers: { accept: 'text/html', connection: 'close' } }

effectsOf(APPLICATION_OPTIONS, [
  group(by({ 'other.mjs': psgi('"other"') }), '--app=other.mjs', 'the application', answers('other')),
  group(by({ 'other.mjs': psgi('"other"') }), ['-a', 'other.mjs'], 'the application', answers('other')),
  group(
    by({
      'site/app.mjs': psgi('"site"'),
      'site/starlight.config.json': '{ "app": "app.mjs", "serverHeader": "there" }',
    }),
    '--chdir=site',
    'the config file and the application are looked for there',
    async ({ ask }) => {
      const { text, headers } = await ask()
      assert.deepEqual([text, headers.get('server')], ['site', 'there'])
    },
  ),
  group(withApp(LISTENING), '--adopt', 'a file that listens is served', answers('listening')),
  group(withApp(BESIDE), '--no-adopt', 'a server beside the export listens by itself', answers('false')),
  group(by({}), `--evaluate=${CODE}`, 'the value is the application', answers('evaluated')),
  group(by({}), ['-e', CODE], 'the same as --evaluate', answers('evaluated')),
  group(withApp(psgi('"app"')), ['--eval', WRAPPER], 'the value wraps the application', answers('<app>')),
  group(withApp(UNCLEAR.psgi), '--interface=psgi', 'an environment is given', answers('object')),
  group(withApp(UNCLEAR.fetch), '--interface=fetch', 'a request is given', answers(/Request$/)),
  group(withApp(UNCLEAR.node), '--interface=node', 'request and response are given', answers('/x', '/x')),
  group(
    { ...by({ 'app.txt': UNCLEAR.perl }, { app: 'app.txt' }), skip: PERL_SKIP },
    '--interface=perl',
    'Perl runs it',
    answers('perl'),
  ),
  group(withApp(GREETS, LIBRARY), '--include=lib', 'modules are found there', answers('from lib')),
  group(withApp(GREETS, LIBRARY), ['-I', 'lib'], 'the same as --include', answers('from lib')),
  group(withApp(psgi('globalThis.before'), LOADED), '--module=./before.mjs', 'is loaded before', answers('1')),
  group(withApp(psgi('globalThis.before'), LOADED), ['-M', './before.mjs'], 'the same as --module', answers('1')),
  group(withApp(NAMES), '--env=staging', 'the application finds it in PLACK_ENV', answers('staging')),
  group(withApp(NAMES), ['-E', 'staging'], 'the same as --env', answers('staging')),
  group(
    withApp(psgi('[env.SCRIPT_NAME, env.PATH_INFO]')),
    '--path=/shop',
    'the application is mounted there',
    async server => {
      await answers('/shop,/cart', '/shop/cart')(server)
      assert.equal((await server.ask('/cart')).status, 404)
    },
  ),
  group(withApp(psgi('1')), '--server=Starlight', 'has no effect', answers('1')),
  group(withApp(psgi('1')), ['-s', 'Starlight'], 'has no effect', answers('1')),
  ...['--server=Starman', '--loader=Shotgun'].map(given =>
    ran(withApp(psgi('1')), [
      given,
      'no other is possible',
      ({ code, stderr }) => {
        assert.equal(code, 2)
        assert.match(stderr, /^starlight: Cannot use "S\w+" for --\w+: .* needed|possible\n$/)
      },
    ]),
  ),
  group(withApp(psgi('1')), '--loader=Restarter', 'the same as --reload', reloads),
  group(withApp(psgi('1')), ['-L', 'Restarter'], 'the same as --loader', reloads),
  group(DEVELOPMENT, '--default-middleware', 'Lint, the error page and the access log', async ({ ask, server }) => {
    assert.match((await ask('/throw', html)).text, /<title>Error: on purpose/)
    assert.equal((await ask('/')).status, 500)
    await server.seen(/"GET \/throw HTTP\/1\.1" 500/)
  }),
  group(DEVELOPMENT, '--no-default-middleware', 'none of them', async ({ ask, server }) => {
    assert.doesNotMatch((await ask('/throw', html)).text, /on purpose/)
    assert.doesNotMatch((await ask('/')).text, /Lint/)
    assert.doesNotMatch(server.stderr, /"GET/)
  }),
])
