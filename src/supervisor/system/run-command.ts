// Short commands of the system: questions at the start, and messages to the service manager.
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

const NOTIFY_BY_PERL = `use Socket; my $path = $ENV{NOTIFY_SOCKET}; $path =~ s/^@/\\0/;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) && connect($socket, pack_sockaddr_un($path)) || die "$!\\n";
defined syswrite($socket, join("\\n", @ARGV)) || die "$!\\n"`

/** Sends one sd_notify(3) message. Rejects with what the programs that can do it say, or when there is none. */
export async function runNotify(socket: string, assignments: readonly string[]): Promise<void> {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', NOTIFY_SOCKET: socket }
  const run = promisify(execFile)
  try {
    await run('systemd-notify', [...assignments], { env, timeout: 5000 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    await run('perl', ['-e', NOTIFY_BY_PERL, ...assignments], { env, timeout: 5000 })
  }
}

/** What a command of the system prints, trimmed; undefined when it fails or does not exist. For questions at the start. */
export function askSystem(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 }).trim()
  } catch {
    return undefined
  }
}
