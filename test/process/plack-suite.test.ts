// Plack's own questions to a PSGI server, asked by Plack's own client over the network, of a JavaScript app behind the
// real command. Its applications are in test/fixtures/plack-suite.ts.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { startStarlight } from '../support/starlight-process.ts'

const CLIENT = join(ROOT, 'test', 'support', 'plack-suite-client.pl')
const APP = join(ROOT, 'test', 'fixtures', 'plack-suite.ts')
const CASES = 36
const isNeeded = process.env['STARLIGHT_NEEDS_PERL'] === '1'
const hasPlack = spawnSync('perl', ['-MPlack::Test::Suite', '-e', '1']).status === 0
const skip = hasPlack || isNeeded ? false : 'Perl with Plack is needed (Debian: libplack-perl)'

interface Verdict {
  readonly code: number | null
  readonly tap: string
}

async function ask(url: string): Promise<Verdict> {
  const client = spawn('perl', [CLIENT, url], { stdio: ['ignore', 'pipe', 'pipe'] })
  let tap = ''
  for (const stream of [client.stdout, client.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      tap += text
    })
  }
  const code = await new Promise<number | null>(resolve => client.once('close', resolve))
  return { code, tap }
}

async function passes(t: TestContext, ...options: string[]): Promise<void> {
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', ...options, APP])
  t.after(() => server.stop())
  const { code, tap } = await ask(server.url)
  assert.equal(tap.match(/^ok \d+ - \d+ /gm)?.length, CASES, tap)
  assert.doesNotMatch(tap, /^\s*not ok/m)
  assert.equal(code, 0)
}

test('all cases of Plack::Test::Suite pass with workers', { skip }, t => passes(t, '--workers=2'))
test('all cases of Plack::Test::Suite pass in one process', { skip }, t => passes(t, '--workers=0'))
test('all cases of Plack::Test::Suite pass under Lint', { skip }, t => passes(t, '--workers=1', '--env=development'))
