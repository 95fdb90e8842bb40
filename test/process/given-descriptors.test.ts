// A descriptor that is given as a socket and is none: one sentence and code 2, never the end by a signal.

import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lacksPerl } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { type Finished, runStarlight, type StartOptions } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP } from './supervisor-support.ts'

const BIN = join(ROOT, 'bin', 'starlight.js')

/** Makes descriptor 3 in Perl, and starts the server as the giver of a protocol does. */
const OPEN = `use Socket; use POSIX; $^F = 99; my ($protocol, $kind, @program) = @ARGV;
if ($kind eq 'pipe') { pipe(my $r, my $w); POSIX::dup2(fileno $r, 3); $kept = $w }
elsif ($kind eq 'datagram') { socket(my $s, PF_INET, SOCK_DGRAM, 0); POSIX::dup2(fileno $s, 3); $kept = $s }
elsif ($kind eq 'pair') { socketpair(my $s, my $o, PF_UNIX, SOCK_STREAM, 0); POSIX::dup2(fileno $s, 3); @kept = ($s, $o) }
elsif ($kind eq 'file') { open(my $f, '>', 'file'); POSIX::dup2(fileno $f, 3); $kept = $f }
elsif ($kind eq 'null') { open(my $f, '<', '/dev/null'); POSIX::dup2(fileno $f, 3); $kept = $f }
elsif ($kind eq 'directory') { my $fd = POSIX::open('.', O_RDONLY); POSIX::dup2($fd, 3) }
else { POSIX::close(3) }
if ($protocol eq 'systemd') { @ENV{qw(LISTEN_FDS LISTEN_PID)} = (1, $$) } else { $ENV{SERVER_STARTER_PORT} = '80=3' }
exec @program or die $!`

function given(protocol: string, kind: string, options: StartOptions): Promise<Finished> {
  const program = ['perl', '-e', OPEN, protocol, kind, process.execPath, BIN] as const
  return runStarlight(['--workers=1', APP], { ...options, program: [...program] })
}

for (const protocol of ['systemd', 'Server::Starter']) {
  for (const kind of ['file', 'null', 'directory', 'pipe', 'closed']) {
    test(`${protocol} gives a descriptor that is no socket (${kind}): refused`, {
      skip: lacksPerl('Socket'),
    }, async () => {
      const { code, signal, stderr } = await given(protocol, kind, { cwd: temporaryFolder('test') })
      assert.match(stderr, /Cannot listen on the given socket ".*=3": descriptor 3 is not (?:a socket|open)\n/)
      assert.deepEqual([code, signal], [2, null], stderr)
    })
  }
  for (const kind of ['datagram', 'pair']) {
    test(`${protocol} gives a socket that nobody can connect to (${kind}): refused`, {
      skip: lacksPerl('Socket'),
    }, async () => {
      const { code, signal, stderr } = await given(protocol, kind, { cwd: temporaryFolder('test') })
      assert.match(stderr, /Cannot listen on (?:the given socket )?".*": \S[^\n]*\n$/)
      assert.deepEqual([code, signal], [3, null], stderr)
    })
  }
}

test('a descriptor of Node itself, of a file and one beyond the limit are refused', async t => {
  const cwd = temporaryFolder('test')
  const file = openSync(join(cwd, 'file'), 'w')
  t.after(() => closeSync(file))
  for (const number of ['4', '5', '20', '99999', '4294967297', '99999999999999999999']) {
    const env = { SERVER_STARTER_PORT: `127.0.0.1:80=${number}` }
    const { code, signal, stderr } = await runStarlight(['--workers=0', APP], { cwd, env, fds: [file] })
    assert.match(stderr, /Cannot listen on the given socket "[^"]*": descriptor \S+ is not (?:a socket|open)\n/)
    assert.deepEqual([code, signal], [2, null], stderr)
  }
})
