// Sockets that somebody else has bound, of every kind and from every giver: they are served, announced, shown and handed on.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { lacksPerl } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { isAlive } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, until } from './supervisor-support.ts'

const BIN = join(ROOT, 'bin', 'starlight.js')

/** Plays systemd or Server::Starter: `PROTOCOL ADDRESS PROGRAM...`. */
const GIVER = `use strict; use Socket qw(:all); use POSIX; $^F = 99; my ($protocol, $form, @program) = @ARGV;
my ($kind, $where) = split /,/, $form; my ($family, $name) =
  $kind eq 'inet' ? (PF_INET, pack_sockaddr_in(0, inet_aton($where))) :
  $kind eq 'inet6' ? (PF_INET6, pack_sockaddr_in6(0, inet_pton(PF_INET6, $where))) :
  (PF_UNIX, pack_sockaddr_un($kind eq 'abstract' ? "\\0$where" : $where));
socket(my $s, $family, SOCK_STREAM, 0) or die $!; bind($s, $name) or die $!; listen($s, 16) or die $!;
my $port = $kind =~ /^inet/ ? ($family == PF_INET ? (unpack_sockaddr_in getsockname $s)[0] : (unpack_sockaddr_in6 getsockname $s)[0]) : '';
my $fd = fileno $s; if ($fd != 3) { POSIX::dup2($fd, 3); POSIX::close($fd) }
if ($protocol eq 'systemd') { @ENV{qw(LISTEN_FDS LISTEN_PID LISTEN_FDNAMES)} = (1, $$, 'shop.socket') }
else { $ENV{SERVER_STARTER_PORT} = ($port || ($kind eq 'abstract' ? "\\@$where" : $where)) . '=3'; $ENV{SERVER_STARTER_GENERATION} = 1 }
print STDERR "port $port\\n"; exec @program or die $!`

interface Kind {
  /** For GIVER. */
  form(directory: string): string
  /** What the log and `starlight status` call it. */
  shown(port: string, directory: string): RegExp
  /** How a client gets there. */
  reach(port: string, directory: string): { url: string; socketPath?: string }
}

const KINDS: Readonly<Record<string, Kind>> = {
  '0.0.0.0': {
    form: () => 'inet,0.0.0.0',
    shown: port => new RegExp(`http://(?:localhost:${port} \\(every interface\\)|0\\.0\\.0\\.0:${port})`),
    reach: port => ({ url: `http://127.0.0.1:${port}/` }),
  },
  '::': {
    form: () => 'inet6,::',
    shown: port => new RegExp(`http://(?:localhost:${port} \\(every interface\\)|\\[::\\]:${port})`),
    reach: port => ({ url: `http://[::1]:${port}/` }),
  },
  '127.0.0.1': {
    form: () => 'inet,127.0.0.1',
    shown: port => new RegExp(`http://127\\.0\\.0\\.1:${port}`),
    reach: port => ({ url: `http://127.0.0.1:${port}/` }),
  },
  'a path': {
    form: directory => `unix,${directory}/a socket`,
    shown: (_, directory) => new RegExp(`unix:${directory}/a socket`),
    reach: (_, directory) => ({ url: 'http://x/', socketPath: `${directory}/a socket` }),
  },
  'an abstract name': {
    form: directory => `abstract,${directory}`,
    shown: (_, directory) => new RegExp(`unix:@${directory}`),
    reach: (_, directory) => ({ url: 'http://x/', socketPath: `\0${directory}` }),
  },
}

interface Running {
  readonly pid: number
  readonly text: () => string
}

/** Runs a giver until the end of the test. */
function run(t: TestContext, [file = '', ...args]: readonly string[]): Running {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(() => {
    child.kill('SIGTERM')
    // A master that took over has the same pipe, and may outlive this one.
    child.stderr.destroy()
  })
  let text = ''
  child.stderr.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  return { pid: child.pid ?? 0, text: () => text }
}

async function shows(what: RegExp, directory: string): Promise<void> {
  const control = { socketPath: join(directory, 'control') }
  // A new master has its control socket a moment after it serves.
  await until(() => existsSync(control.socketPath), 'a control socket')
  assert.match((await ask('http://localhost/status', control)).body, what)
}

/** A request by Perl: Node before 24 reaches only abstract names that fill the whole address with zeros. */
async function statusOf({ url, socketPath }: ReturnType<Kind['reach']>): Promise<number> {
  if (socketPath?.startsWith('\0') !== true) return (await ask(url, { ...(socketPath && { socketPath }) })).status
  const client = `use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un("\\0$ARGV[0]")) or die $!;
    syswrite $s, "GET / HTTP/1.0\\r\\n\\r\\n"; print while <$s>`
  const { stdout } = await promisify(execFile)('perl', ['-e', client, socketPath.slice(1)])
  return Number(stdout.split(' ')[1])
}

for (const protocol of ['systemd', 'Server::Starter']) {
  for (const [name, kind] of Object.entries(KINDS)) {
    test(`a socket of ${protocol} at ${name} is served, announced and handed on`, {
      skip: lacksPerl('Socket'),
    }, async t => {
      const directory = temporaryFolder('test')
      const program = [process.execPath, BIN, '--port=1', '--workers=1', `--control-socket=${directory}/control`, APP]
      const { pid, text } = run(t, ['perl', '-e', GIVER, protocol, kind.form(directory), ...program])
      await until(() => /serving .* on .* with 1 worker\n/.test(text()), 'it serves').catch(error => {
        throw new Error(`${error.message}: ${text()}`)
      })
      const port = /^port (\d*)$/m.exec(text())?.[1] ?? ''
      const place = kind.reach(port, directory)
      assert.match(text(), kind.shown(port, directory))
      assert.equal(await statusOf(place), 200)
      await shows(kind.shown(port, directory), directory)

      // One protocol will do: what is handed on does not know where it came from.
      const last = protocol === 'systemd' ? await upgraded(t, { pid, text }) : pid
      assert.equal(await statusOf(place), 200)
      await shows(kind.shown(port, directory), directory)
      process.kill(last, 'SIGTERM')
      await until(() => !isAlive(last), 'the end')
      // It belongs to whoever made it.
      if (name === 'a path') assert.ok(existsSync(`${directory}/a socket`))
    })
  }
}

/** Process id of the master that has taken over. */
async function upgraded(t: TestContext, { pid, text }: Running): Promise<number> {
  process.kill(pid, 'SIGUSR2')
  await until(() => /Upgraded|upgrade is stopped/.test(text()), 'the end of the upgrade')
  const [, successor = '0'] = /Upgraded: the new master (\d+) serves/.exec(text()) ?? assert.fail(text())
  t.after(() => {
    if (isAlive(Number(successor))) process.kill(Number(successor), 'SIGKILL')
  })
  await until(() => !isAlive(pid), 'the end of the old master')
  return Number(successor)
}
