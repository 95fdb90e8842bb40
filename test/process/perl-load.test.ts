// Perl applications that do not load, and machines without Perl: the start ends with one sentence and Perl's own words.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PERL_SKIP } from '../support/perl.ts'
import { runStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, sockets } from './perl-support.ts'

const skip = PERL_SKIP

const BROKEN: readonly [name: string, text: string, message: RegExp][] = [
  ['a syntax error', 'sub { [200, [], ["x"] }', /Cannot load .*app\.psgi: .*\n?[\s\S]*syntax error/],
  ['an application that dies', 'die "no database\\n"', /Cannot load .*app\.psgi: .*no database/],
  [
    'a value that is no application',
    '42',
    /Cannot load .*app\.psgi: The application is "42", a code reference is needed/,
  ],
  ['a missing module', 'use No::Such::Module; sub {}', /Can't locate No\/Such\/Module\.pm/],
  [
    'an application that exits',
    'exit 3',
    /Cannot load .*app\.psgi: Its Perl process exited with code 3 before it served/,
  ],
]
for (const options of [[], ['--preload-app']]) {
  for (const [name, text, message] of BROKEN) {
    test(`${name} stops the start with Perl's words ${options.join(' ')}`, { skip }, async () => {
      const folder = temporaryFolder('perl')
      const app = join(folder, 'app.psgi')
      writeFileSync(app, text)
      mkdirSync(join(folder, 'tmp'))
      const { code, stderr } = await runStarlight(['--port=0', ...options, app], {
        env: { TMPDIR: join(folder, 'tmp') },
      })
      if (options.length === 0 || !text.startsWith('exit')) assert.match(stderr, message)
      assert.equal(code, 4)
      assert.deepEqual(sockets(join(folder, 'tmp')), [])
    })
  }
}

test('no perl, or one without Plack, is one sentence that says what to install', { skip: false }, async () => {
  const missing = await runStarlight(['--port=0', '--perl=/no/such/perl', APP])
  assert.equal(missing.code, 4)
  assert.match(missing.stderr, /there is no "\/no\/such\/perl", Perl is needed \(Debian: perl libplack-perl/)
  if (skip !== false) return
  const lib = temporaryFolder('perl')
  mkdirSync(join(lib, 'Plack'))
  writeFileSync(join(lib, 'Plack', 'Runner.pm'), 'die "Can\'t locate Plack/Runner.pm in @INC\\n";')
  const bare = await runStarlight(['--port=0', APP], { env: { PERL5LIB: lib } })
  assert.equal(bare.code, 4)
  assert.match(bare.stderr, /Plack is needed \(Debian: libplack-perl\)/)
})
