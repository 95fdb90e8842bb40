// What is around a Perl application: the names of its processes and its file, its input, its client's address, and a quiet log.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lacksPerl, PERL_SKIP } from '../support/perl.ts'
import { connectRaw } from '../support/raw-client.ts'
import { ROOT } from '../support/root.ts'
import { childrenOf, StarlightProcess } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { FRONTS, serve, until } from './perl-support.ts'

const skip = PERL_SKIP
const APP = join(ROOT, 'test', 'fixtures', 'perl', 'around.psgi')

for (const front of FRONTS) {
  test(`the application's file has its name whenever it is asked, and processes have theirs (${front})`, {
    skip: skip || process.platform !== 'linux',
  }, async t => {
    const server = await serve(t, front, APP, '--workers=1')
    const get = async (path: string): Promise<string> => await (await fetch(`${server.url}/${path}`)).text()
    assert.equal(await get('findbin'), `${APP} ${APP}`)
    assert.equal(await get('local'), 'same')
    const titles = (): string[] => {
      const all = [server.pid, ...server.workers(), ...server.workers().flatMap(childrenOf)]
      const children = server.workers().flatMap(childrenOf).flatMap(childrenOf)
      return [...all, ...children].map(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/[\0 ]+$/, ''))
    }
    assert.ok(titles().includes('starlight perl child'), titles().join('\n'))
    if (front === 'starlight') assert.ok(titles().includes('starlight perl zygote'), titles().join('\n'))
    assert.equal(await get('title'), 'my own title my own title')
    assert.ok(titles().includes('my own title'), titles().join('\n'))
  })
}

test('CGI::Carp and die name the file', { skip: skip || lacksPerl('CGI::Carp') }, async t => {
  const server = await serve(t, 'starlight', APP, '--workers=1')
  await fetch(`${server.url}/carp`)
  await server.seen(/around\.psgi: told by CGI::Carp/)
  await server.seen(/GET \/carp: .*here at \S*around\.psgi line \d+/)
})

const BODY = 'first\nabcdefgh\n\n\nlast\nline'
const READ: readonly [path: string, expected: RegExp][] = [
  ['lines', /^(?:undef|-1)\|first\n\|1\|abc\0\0de\|f\|12\|5\|line\|eof\|1\|\S+$/],
  ['slurp', /^26$/],
  ['records', /^firs\|t\nab\|cdef\|gh\n\n\|\nlas\|t\nli\|ne$/],
  ['para', /^first-abcdefgh--\|last-line$/],
  ['methods', /^first\n\|a\|4\|Ubcd\|5\|eof\|1\|(?:undef|0|)$/],
]
for (const streams of [[], ['--stream-input']]) {
  test(`psgi.input is a file handle for everybody ${streams.join('')}`, { skip }, async t => {
    const folder = temporaryFolder('perl')
    const script = join(folder, 'cgi.pl')
    const text = 'local $/; my $text = <STDIN>; print "Content-Type: text/plain\\r\\n\\r\\n$ENV{CONTENT_LENGTH} $text"'
    writeFileSync(script, `#!/usr/bin/env perl\n${text}\n`, { mode: 0o755 })
    const server = await serve(t, 'starlight', APP, '--workers=1', ...streams, { STARLIGHT_TEST_FOLDER: folder })
    for (const [path, expected] of READ) {
      const response = await fetch(`${server.url}/${path}`, { method: 'POST', body: BODY })
      assert.match(await response.text(), expected, path)
    }
    if (lacksPerl('CGI::Emulate::PSGI', 'CGI::Parse::PSGI', 'CGI::Compile') !== false) return
    const posted = await fetch(`${server.url}/wrapcgi`, { method: 'POST', body: 'posted' })
    assert.equal(await posted.text(), '6 posted')
  })
}

const FORWARDED = 'X-Forwarded-For: 192.0.2.7\r\n'
for (const [what, options, fields, expected] of [
  ['has an empty address', [], '', '<> <0>'],
  ['that is not believed has an empty address', ['--trusted-proxies=none'], FORWARDED, '<> <0>'],
  ['that is a trusted proxy has the address of its client', ['--trusted-proxies=unix'], FORWARDED, '<192.0.2.7> <0>'],
] as const) {
  test(`a client on a Unix socket ${what}`, { skip }, async t => {
    const path = join(temporaryFolder('perl'), 'http')
    const server = new StarlightProcess([`--socket=${path}`, '--workers=1', ...options, APP])
    t.after(() => server.stop('SIGKILL'))
    await server.seen(/serving/)
    const client = await connectRaw({ path })
    client.send(`GET /address HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`)
    assert.equal((await client.answer()).body.toString(), expected)
    client.destroy()
  })
}

for (const front of FRONTS) {
  test(`reloads under load, and a stop, say nothing that sounds like trouble (${front})`, { skip }, async t => {
    const server = await serve(t, front, APP, '--workers=3')
    let isOver = false
    const asking = Array.from({ length: 3 }, async () => {
      while (!isOver) assert.equal((await fetch(`${server.url}/local`)).status, 200)
    })
    for (let round = 0; round < 3; round++) {
      const from = server.stderr.length
      server.signal('SIGHUP')
      await server.seen(front === 'starlight' ? /Reloaded: all workers run the new code/ : /Reloading: /, from)
    }
    // One more whose children are on their way when all is stopped.
    server.signal('SIGHUP')
    isOver = true
    await Promise.all(asking)
    const { code } = await server.stop()
    await until(() => true)
    assert.equal(code, 0)
    const lines = server.stderr.split('\n').filter(line => line !== '' && !/ info: /.test(line))
    assert.deepEqual(
      lines.filter(line => !/Accepting connections/.test(line)),
      [],
    )
  })
}
