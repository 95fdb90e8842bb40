// A test program in Perl, and how it went.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { writeCertificate } from '../support/certificate.ts'
import { lacksPerl, PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const FOLDER = join(ROOT, 'test', 'fixtures', 'plackup')
const LIB = join(ROOT, 'perl', 'lib')
export const PLACKUP_SKIP: false | string = PERL_SKIP || lacksPerl('Test::TCP', 'LWP::Protocol::https')

/** Runs FOLDER/name with Plack::Handler::Starlight of this package. */
export async function runPerlTest(name: string): Promise<{ code: number | null; tap: string }> {
  const folder = temporaryFolder('plackup')
  writeCertificate(folder)
  const env = { ...process.env, STARLIGHT_TEST_FOLDER: folder, STARLIGHT_NODE: process.execPath, PLACK_ENV: 'test' }
  const child = spawn('perl', ['-I', LIB, join(FOLDER, name)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let tap = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      tap += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, tap }
}
