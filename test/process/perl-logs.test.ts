// The log of a Perl application: every line that comes by Perl has the form of the server's own, and what a client sent cannot
// make another of it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import type { StarlightProcess } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { FRONTS, serve } from './perl-support.ts'

const skip = PERL_SKIP
const APP = join(ROOT, 'test', 'fixtures', 'perl', 'logs.psgi')

const EVIL = 'a\x1b[31m\rb\n2026-01-01T00:00:00.000Z [1] info: forged\x07\u009b'
const SHOWN = 'a\\x1B[31m\\x0Db\n    2026-01-01T00:00:00.000Z [1] info: forged\\x07\\x9B'
const SAID: readonly [path: string, ...entries: string[]][] = [
  ['dies', `error: The application failed on GET /dies: died of ${SHOWN}`],
  ['stream', `error: The application failed on GET /stream: streamed ${SHOWN}`],
  ['cleanup', `error: The application failed on GET /cleanup: cleaned ${SHOWN}`],
  ['errors', `stderr: errors ${SHOWN}`],
  ['glob', `stderr: glob ${SHOWN}`],
  ['logger', `warn: logger ${SHOWN}`, `fatal: logger ${SHOWN}`, `info: logger ${SHOWN}`],
  ['warns', `stderr: warned ${SHOWN}`],
  ['prints', `stderr: printed ${SHOWN}`],
  ['printf', `stderr: formatted ${SHOWN}`],
  ['syswrites', `stderr: syswritten ${SHOWN}`],
  ['pieces', `stderr: in pieces ${SHOWN}`],
  // Nothing in it is an entry before the line has its end.
  ['open', `stderr: open ${SHOWN}`],
  ['utf8', 'stderr: bytes café', 'stderr: characters café ☺ \\xE2\\x80\\xA8 \\x9B', 'stderr: latin1 caf\\xE9 \\x9B'],
]

for (const front of FRONTS) {
  for (const preload of front === 'starlight' ? [[], ['--preload-app']] : [[]]) {
    test(`what Perl says is entries, whatever is in it (${[front, ...preload].join(' ')})`, { skip }, async t => {
      const server = await serve(t, front, APP, '--workers=1', ...preload)
      for (const [path, ...entries] of SAID) {
        const from = server.stderr.length
        await ask(server, path).catch(() => 'a stream that is cut')
        // The next request comes after the end of the first.
        await ask(server, 'errors')
        const isThere = (): string => server.stderr.slice(from)
        await server.seen(/stderr: errors a[^\n]*\n[^\n]*\n/, path === 'errors' ? from + 1 : from)
        for (const entry of entries) assert.ok(withoutStamps(isThere()).includes(`${entry}\n`), isThere())
      }
      // Node has begun every entry that Perl has not.
      for (const line of server.stderr.trimEnd().split('\n'))
        assert.match(line, /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[\d+\] [a-z]+: | {4})/)
    })
  }
}

test('what is not written by Perl, or not to the log, stays as it is', { skip }, async t => {
  const folder = temporaryFolder('perl')
  const server = await serve(t, 'starlight', APP, '--workers=1', { STARLIGHT_TEST_FOLDER: folder })
  await ask(server, 'raw')
  await server.seen(/^from a program\r$/m)
  await ask(server, 'kept')
  assert.equal(readFileSync(join(folder, 'own'), 'latin1'), 'own\r\n')
  assert.equal(await ask(server, 'memory'), 'own\r\n')
  assert.equal(await ask(server, 'piped'), 'err\nout\n')
  const from = server.stderr.length
  await ask(server, 'warns')
  await server.seen(/Z \[\d+\] stderr: warned/, from)
})

async function ask(server: StarlightProcess, path: string): Promise<string> {
  const text = [...Buffer.from(EVIL)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  return await (await fetch(`${server.url}/${path}`, { headers: { 'x-text': text } })).text()
}

function withoutStamps(text: string): string {
  return text.replace(/^\d{4}-\S+Z \[\d+\] /gm, '')
}
