// What a system cannot do (platform.ts) is said at the start, in one sentence that names what to use instead; docs/windows.md has the table.
import { type Platform, platformOf } from '../platform.ts'
import type { Values } from './config.ts'
import { ConfigError } from './errors.ts'
import type { System } from './system.ts'

type From = (key: string) => string

interface Limit {
  readonly key: keyof Values
  readonly needs: keyof Platform
  /** What follows the option: why not, and what is needed. */
  readonly because: string
  /** The value that asks for it; default: any. */
  readonly value?: unknown
}

const LIMITS: readonly Limit[] = [
  {
    key: 'daemonize',
    needs: 'daemons',
    value: true,
    because: 'this system has no daemons, a service wrapper is needed (docs/windows.md)',
  },
  { key: 'user', needs: 'users', because: 'this system has no user ids, a service that runs as that user is needed' },
  { key: 'group', needs: 'users', because: 'this system has no group ids, a service that runs as a user is needed' },
  { key: 'umask', needs: 'users', because: 'this system has no umask, rights that a directory inherits are needed' },
  { key: 'socketMode', needs: 'unixSockets', because: 'there are no Unix sockets here, --host=127.0.0.1 is needed' },
  { key: 'socketOwner', needs: 'unixSockets', because: 'there are no Unix sockets here, --host=127.0.0.1 is needed' },
  { key: 'socketGroup', needs: 'unixSockets', because: 'there are no Unix sockets here, --host=127.0.0.1 is needed' },
  {
    key: 'balance',
    needs: 'inheritsSockets',
    value: 'shared',
    because: 'a worker cannot inherit a listening socket here, round-robin (the default here) is needed',
  },
  {
    key: 'balance',
    needs: 'inheritsSockets',
    value: 'reuseport',
    because: 'sockets cannot share a port here, round-robin (the default here) is needed',
  },
]

/** Throws a ConfigError for the first option that this system cannot follow. */
export function checkPlatform(values: Values, from: From, system: System): void {
  const able = platformOf(system.platform)
  if (values.interface === 'perl' && !able.forks) {
    const needed = 'a Perl server (plackup, Thrall) or the Windows Subsystem for Linux is needed'
    throw new ConfigError(`Cannot run a Perl application: its children need fork(2), which is missing here; ${needed}`)
  }
  const broken = LIMITS.find(({ key, needs, value }) => {
    const given = values[key]
    return able[needs] === false && (value === undefined ? given !== undefined : given === value)
  })
  if (broken === undefined) return
  const what = broken.key === 'balance' ? `"${values.balance}" for ${from('balance')}` : from(broken.key)
  throw new ConfigError(`Cannot use ${what}: ${broken.because}`)
}
