// NODE_ENV, which Express, Fastify, React and others read once, when they are loaded.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { PERL_SKIP } from '../support/perl.ts'
import { runStarlight, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The first is what the application saw when it was loaded. */
const BOTH = 'const atStart = process.env.NODE_ENV\nconst both = () => atStart + " " + process.env.NODE_ENV\n'
const KINDS: Record<string, [file: string, text: string]> = {
  fetch: ['app.mjs', `${BOTH}export default { fetch: () => new Response(both()) }\n`],
  PSGI: ['app.mjs', `${BOTH}export default env => [200, [], [both()]]\n`],
  Node: ['app.cjs', `${BOTH}module.exports = (req, res) => res.end(both())\n`],
}
const PERL = 'my $at_start = $ENV{NODE_ENV}; sub { [200, [], ["$at_start $ENV{NODE_ENV}"]] }\n'

async function said(
  t: TestContext,
  [file, text]: readonly [string, string],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const cwd = temporaryFolder('node-env')
  writeFileSync(join(cwd, file), text)
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, file], { cwd, env })
  t.after(() => server.stop('SIGKILL'))
  const response = await fetch(server.url, { headers: { connection: 'close' } })
  return await response.text()
}

for (const [kind, app] of Object.entries(KINDS)) {
  for (const where of ['--workers=1', '--threads=2', '--workers=0']) {
    test(`NODE_ENV is production for a ${kind} application with ${where}`, async t => {
      assert.equal(await said(t, app, [where]), 'production production')
    })
  }
}

test('NODE_ENV is production for a Perl application', { skip: PERL_SKIP }, async t => {
  assert.equal(await said(t, ['app.psgi', PERL], ['--workers=1']), 'production production')
})

const FETCH = KINDS['fetch'] as [string, string]
const CHOICES: [title: string, args: string[], env: Record<string, string>, expected: string][] = [
  ['-E development makes it development', ['-E', 'development'], {}, 'development'],
  ['PLACK_ENV=development makes it development', [], { PLACK_ENV: 'development' }, 'development'],
  ['any other name makes it production', ['-E', 'staging'], {}, 'production'],
  ['one that is set stays', [], { NODE_ENV: 'test' }, 'test'],
  ['one that is set stays in development', ['-E', 'development'], { NODE_ENV: 'test' }, 'test'],
  ['an empty one is none', [], { NODE_ENV: '' }, 'production'],
]
for (const [title, args, env, expected] of CHOICES) {
  test(`NODE_ENV: ${title}`, async t => {
    assert.equal(await said(t, FETCH, ['--workers=1', ...args], env), `${expected} ${expected}`)
  })
}

test('NODE_ENV is what it will be when --check-config loads the application, and for starlight fetch', async () => {
  const cwd = temporaryFolder('node-env')
  writeFileSync(join(cwd, 'app.mjs'), `console.error('loaded in ' + process.env.NODE_ENV)\n${FETCH[1]}`)
  assert.match((await runStarlight(['--check-config', 'app.mjs'], { cwd })).stderr, /^loaded in production$/m)
  assert.match((await runStarlight(['fetch', '/', 'app.mjs'], { cwd })).stdout, /production production$/)
})
