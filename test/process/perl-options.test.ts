// What the options of plackup mean for a Perl application, and the examples of Perl frameworks.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lacksPerl, PERL_SKIP } from '../support/perl.ts'
import { connectRaw } from '../support/raw-client.ts'
import { ROOT } from '../support/root.ts'
import { startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const skip = PERL_SKIP
const SAYS = "[200, ['Content-Type' => 'text/plain'], [%]]"
const says = (expression: string): string => SAYS.replace('%', () => expression)

interface Reply {
  readonly status: number
  readonly text: string
}

/** Serves in a folder with `files`, and gives what asks it. */
async function served(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<(path?: string, init?: RequestInit) => Promise<Reply>> {
  const cwd = temporaryFolder('perl')
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, '..'), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  const all = ['--port=0', '--host=127.0.0.1', '--workers=1', ...args]
  const server = await startStarlight(all, {
    cwd,
    env: Object.fromEntries(Object.entries(env).map(([k, v]) => [k, v.replace('CWD', cwd)])),
  })
  t.after(() => server.stop())
  return async (path = '/', init = {}) => {
    const response = await fetch(server.url + path, {
      headers: { connection: 'close', 'x-request-id': 'of-a-client' },
      ...init,
    })
    return { status: response.status, text: await response.text() }
  }
}

type Case = readonly [
  name: string,
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  text: RegExp,
  env?: Readonly<Record<string, string>>,
]

const LIB = { 'lib/Some.pm': 'package Some; our $word = "from lib"; sub import { $Some::args = "@_[1..$#_]" } 1;' }

const CASES: readonly Case[] = [
  ['app.psgi is the default', { 'app.psgi': `sub { ${says('"default"')} }` }, [], /^default$/],
  ['-e is the application', {}, ['-e', `sub { ${says('"from -e"')} }`], /^from -e$/],
  [
    '-e wraps a file',
    { 'app.psgi': `sub { ${says('"x-" . ($_[0]{wrapped} // "")')} }` },
    ['-e', 'enable sub { my $app = shift; sub { $_[0]{wrapped} = "yes"; $app->($_[0]) } }', 'app.psgi'],
    /^x-yes$/,
  ],
  [
    '-I and -M load before',
    LIB,
    ['-Ilib', '-MSome=a,b', '-e', `sub { ${says('"$Some::word $Some::args"')} }`],
    /^from lib a b$/,
  ],
  [
    'PERL5LIB is honoured',
    { ...LIB, 'app.psgi': `use Some; sub { ${says('$Some::word')} }` },
    [],
    /^from lib$/,
    { PERL5LIB: 'CWD/lib' },
  ],
  ['-E names the environment', { 'app.psgi': `sub { ${says('$ENV{PLACK_ENV}')} }` }, ['-E', 'staging'], /^staging$/],
  [
    'PLACK_ENV beats -E',
    { 'app.psgi': `sub { ${says('$ENV{PLACK_ENV}')} }` },
    ['-E', 'staging'],
    /^test$/,
    { PLACK_ENV: 'test' },
  ],
  [
    'the file finds itself',
    {
      'bin/app.psgi': `use FindBin; my @given = @ARGV; sub { ${says('join "|", scalar(@given), $FindBin::Bin =~ m{bin$} ? "bin" : $FindBin::Bin, __FILE__ =~ m{bin/app\\.psgi$} ? "file" : __FILE__')} }`,
    },
    ['bin/app.psgi'],
    /^0\|bin\|file$/,
  ],
  [
    'a module is an application',
    { 'lib/My/App.pm': `package My::App; sub { ${says('"module"')} }` },
    ['-Ilib', 'My::App'],
    /^module$/,
  ],
  [
    '-L Plack::Loader loads once',
    { 'app.psgi': `my $loaded = $$; sub { ${says('$loaded == $$ ? "mine" : "shared"')} }` },
    ['-L', 'Plack::Loader'],
    /^shared$/,
  ],
  [
    '--preload-app loads once',
    { 'app.psgi': `my $loaded = $$; sub { ${says('$loaded == $$ ? "mine" : "shared"')} }` },
    ['--preload-app'],
    /^shared$/,
  ],
  [
    '-L Delayed loads in each child',
    { 'app.psgi': `my $loaded = $$; sub { ${says('$loaded == $$ ? "mine" : "shared"')} }` },
    ['-L', 'Delayed'],
    /^mine$/,
  ],
  [
    '-L Shotgun loads for each request',
    { 'app.psgi': `my $n = 0; sub { $n++; ${says('"shot $n"')} }` },
    ['-L', 'Shotgun'],
    /^shot 1$/,
  ],
  [
    '--request-id is psgix.request_id',
    { 'app.psgi': `sub { ${says('join " ", @{$_[0]}{qw(psgix.request_id HTTP_X_REQUEST_ID)}')} }` },
    ['--request-id'],
    /^(?!of-a-client)(\S{16,}) \1$/,
  ],
  [
    'no client gives a psgix.request_id',
    { 'app.psgi': `sub { ${says('$_[0]{"psgix.request_id"} // "none"')} }` },
    [],
    /^none$/,
  ],
  [
    '--perl is the interpreter',
    { perl: '#!/bin/sh\nSTARLIGHT_PERL=ours exec perl "$@"\n', 'app.psgi': `sub { ${says('$ENV{STARLIGHT_PERL}')} }` },
    ['--perl=./perl'],
    /^ours$/,
  ],
]

for (const [name, files, args, text, env] of CASES) {
  test(name, { skip }, async t => {
    if ('perl' in files) return await byOtherPerl(t, files, args, text)
    const ask = await served(t, files, args, env)
    assert.match((await ask()).text, text)
    assert.match((await ask()).text, text)
  })
}

async function byOtherPerl(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  _: readonly string[],
  text: RegExp,
): Promise<void> {
  const perl = join(temporaryFolder('bin'), 'perl')
  writeFileSync(perl, files['perl']!, { mode: 0o755 })
  const ask = await served(t, { 'app.psgi': files['app.psgi']! }, [`--perl=${perl}`])
  assert.match((await ask()).text, text)
}

test('--path mounts below a prefix', { skip }, async t => {
  const app = `sub { ${says('"$_[0]{SCRIPT_NAME}|$_[0]{PATH_INFO}"')} }`
  const ask = await served(t, { 'app.psgi': app }, ['--path=/shop'])
  assert.equal((await ask('/shop/cart')).text, '/shop|/cart')
  assert.equal((await ask('/other')).status, 404)
})

test('the development environment adds Lint and a page with the stack', { skip }, async t => {
  const app = 'sub { die "seen\\n" if $_[0]{PATH_INFO} eq "/die"; [200, ["Content-Type"], ["x"]] }'
  const ask = await served(t, { 'app.psgi': app }, ['-E', 'development'])
  const bad = await ask('/', { headers: { accept: 'text/html' } })
  assert.equal(bad.status, 500)
  assert.match(bad.text, /<title>Error: .*header/i)
  assert.match((await ask('/die', { headers: { accept: 'text/html' } })).text, /seen/)
})

test('-r shows a broken application as a page, and serves it once it is mended', { skip }, async t => {
  const cwd = temporaryFolder('perl')
  const app = join(cwd, 'app.psgi')
  const write = (text: string): void => {
    writeFileSync(`${app}.next`, text)
    renameSync(`${app}.next`, app)
  }
  write('sub { [200, [], ["whole"]] }')
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', '--workers=1', '-r', app], { cwd })
  t.after(() => server.stop())
  const text = async (): Promise<string> => (await fetch(server.url, { headers: { connection: 'close' } })).text()
  assert.equal(await text(), 'whole')
  write('sub { [200, [], ["x"] }')
  const reloaded = server.seen(/Reloaded/)
  await reloaded
  assert.match(await text(), /syntax error/)
  const from = server.stderr.length
  write('sub { [200, [], ["mended"]] }')
  await server.seen(/Reloaded/, from)
  assert.equal(await text(), 'mended')
})

const example = (name: string): string => join(ROOT, 'examples', 'perl', name)

test('the example of plain Perl answers', { skip }, async t => {
  assert.match(
    (await (await served(t, {}, [example('app.psgi')]))('/x')).text,
    /^Hello from Perl, process \d+, path \/x\n$/,
  )
})

test('middleware answers on the wire as it should, with one chunked coding', { skip }, async t => {
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', '--workers=1', example('builder.psgi')])
  t.after(() => server.stop())
  const client = await connectRaw({ port: server.port, methods: ['GET', 'HEAD', 'GET', 'GET'] })
  await client.send(
    'GET /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /private HTTP/1.1\r\nHost: a\r\n\r\n' +
      `GET /private HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${Buffer.from('ada:lovelace').toString('base64')}\r\n\r\n`,
  )
  const [hello, head, closed, opened] = await client.answers(4)
  assert.equal(hello!.body.toString(), 'hello\n')
  assert.equal(head!.body.length, 0)
  assert.equal(closed!.status, 401)
  assert.equal(opened!.body.toString(), 'Welcome, ada\n')
  client.destroy()
})

test('a body that the application has encoded itself is not encoded twice', { skip }, async t => {
  const code = `enable 'Chunked'; sub { sub { my $w = shift->([200, []]); $w->write($_) for qw(one two); $w->close } }`
  const ask = await served(t, {}, ['-e', code])
  assert.equal((await ask()).text, 'onetwo')
})

test('delayed answers and uploads arrive', { skip }, async t => {
  const delayed = await served(t, {}, [example('delayed.psgi')])
  assert.equal((await delayed('/count')).text, '1\n2\n3\n4\n5\n')
  assert.equal((await delayed('/')).text, 'at once\n')
  const upload = await served(t, {}, [example('upload.psgi')])
  const form = new FormData()
  form.set('file', new File(['x'.repeat(300_000)], 'big.bin'))
  assert.equal((await upload('/', { method: 'POST', body: form })).text, 'big.bin 300000 bytes\n')
})

for (const options of [[], ['--preload-app']]) {
  test(`Dancer2 answers ${options.join(' ')}`, { skip: lacksPerl('Dancer2') }, async t => {
    const ask = await served(t, {}, [...options, example('dancer2.psgi')])
    assert.equal((await ask('/hello/Ada')).text, 'Hello Ada\n')
    assert.equal((await ask('/sum', { method: 'POST', body: new URLSearchParams('n=1&n=2&n=39') })).text, '42\n')
  })

  test(`Mojolicious answers ${options.join(' ')}`, { skip: lacksPerl('Mojolicious::Lite') }, async t => {
    const ask = await served(t, {}, [...options, example('mojolicious.psgi')])
    assert.equal((await ask('/')).text, 'Hello from Mojolicious\n')
    assert.equal((await ask('/json')).text, '{"answer":42}')
    assert.equal((await ask('/echo', { method: 'POST', body: 'said' })).text, 'said')
  })
}
