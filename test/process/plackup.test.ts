// `plackup -s Starlight`: Perl is the parent. Its tests are programs in Perl, as those of every Perl server.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeCertificate } from '../support/certificate.ts'
import { lacksPerl, PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const FOLDER = join(ROOT, 'test', 'fixtures', 'plackup')
const LIB = join(ROOT, 'perl', 'lib')
const skip = PERL_SKIP || lacksPerl('Test::TCP', 'LWP::Protocol::https')

async function perl(t: TestContext, args: readonly string[]): Promise<{ code: number | null; tap: string }> {
  const folder = temporaryFolder(t, 'plackup')
  writeCertificate(folder)
  const env = { ...process.env, STARLIGHT_TEST_FOLDER: folder, STARLIGHT_NODE: process.execPath, PLACK_ENV: 'test' }
  const child = spawn('perl', ['-I', LIB, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let tap = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      tap += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, tap }
}

for (const name of readdirSync(FOLDER).filter(name => name.endsWith('.t'))) {
  test(`${name} passes`, { skip }, async t => {
    const { code, tap } = await perl(t, [join(FOLDER, name)])
    assert.equal(code, 0, tap)
    assert.doesNotMatch(tap, /^\s*not ok/m)
    // Plack's suite makes 101 assertions; a suite that has not run passes, too.
    if (name === 'suite.t') assert.ok((tap.match(/^ok \d+/gm)?.length ?? 0) >= 101, tap)
  })
}
