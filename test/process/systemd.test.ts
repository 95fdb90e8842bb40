// systemd is played by Perl: it opens the sockets that systemd would open, and reads the datagrams that it would read.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lacksPerl } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, until } from './supervisor-support.ts'

const READS = `use Socket; $| = 1; socket(my $s, PF_UNIX, SOCK_DGRAM, 0); bind($s, pack_sockaddr_un($ARGV[0])) or die $!;
print "bound\n"; while (defined recv($s, my $text, 65536, 0)) { $text =~ s/\n/ /g; print "$text\n" }`

const LISTENS = `use Socket; $^F = 9; socket(my $s, PF_INET, SOCK_STREAM, 0);
bind($s, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die; listen($s, 16) or die;
my ($port) = unpack_sockaddr_in(getsockname $s); my $fd = fileno $s;
if ($fd != 3) { require POSIX; POSIX::dup2($fd, 3) }
$ENV{LISTEN_FDS} = 1; $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDNAMES} = "shop.socket";
print STDERR "port $port\n"; exec @ARGV`

/** The messages that came so far, each as one line. */
async function managed(
  t: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ server: StarlightProcess; told: () => string }> {
  const path = join(temporaryFolder('test'), 'notify')
  const manager = spawn('perl', ['-e', READS, path])
  t.after(() => manager.kill('SIGKILL'))
  let text = ''
  manager.stdout.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  await until(() => text.includes('bound'), 'the manager listens')
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', ...args, APP], {
    env: { NOTIFY_SOCKET: path, ...env },
  })
  t.after(() => server.stop('SIGKILL'))
  return { server, told: () => text }
}

const SKIP = { skip: lacksPerl('Socket') }

test('Type=notify: READY when it serves, RELOADING and READY around a reload, STOPPING in the end', SKIP, async t => {
  const { server, told } = await managed(t, [])
  const main = `MAINPID=${server.pid}`
  await until(() => told().includes(`READY=1 ${main}`), 'READY')
  server.signal('SIGHUP')
  await until(() => /RELOADING=1 MONOTONIC_USEC=\d+ *\n[\s\S]*READY=1/.test(told()), 'RELOADING and READY')
  await server.stop()
  await until(() => told().includes('STOPPING=1'), 'STOPPING')
  assert.match(told(), /STATUS=1\/1 workers ready, generation 0/)
})

test('the watchdog is fed while a worker serves', SKIP, async t => {
  const { told } = await managed(t, [], { WATCHDOG_USEC: '2000000' })
  await until(() => (told().match(/WATCHDOG=1/g)?.length ?? 0) >= 3, 'three signs of life')
})

test('an upgrade tells the process id of the new master', SKIP, async t => {
  const pidFile = join(temporaryFolder('test'), 'pid')
  const { server, told } = await managed(t, [`--pid=${pidFile}`])
  server.signal('SIGUSR2')
  const [, pid = ''] = await server.seen(/Upgraded: the new master (\d+) serves/)
  await until(() => told().includes(`READY=1 MAINPID=${pid}`), 'READY of the new master').finally(() =>
    process.kill(Number(pid), 'SIGKILL'),
  )
})

test('a socket that systemd has opened is served instead of the configured address', SKIP, async t => {
  const program = [process.execPath, join(ROOT, 'bin', 'starlight.js'), '--port=1', '--workers=1', APP]
  const child = spawn('perl', ['-e', LISTENS, ...program], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'close')
  })
  let text = ''
  child.stderr.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  await until(() => /serving .* on http:\/\/127\.0\.0\.1:\d+/.test(text), 'it serves')
  const port = /port (\d+)/.exec(text)?.[1]
  assert.match(text, new RegExp(`on http://127.0.0.1:${port} `))
  assert.equal((await ask(`http://127.0.0.1:${port}/`)).status, 200)
})
