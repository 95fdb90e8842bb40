// What options mean for each other: the pairs that cannot be, and the files that they name.
import { dirname, resolve } from 'node:path'
import { platformOf } from '../platform.ts'
import { checkAcme } from './acme.ts'
import type { Values } from './config.ts'
import { ConfigError } from './errors.ts'
import { parseListenAddress } from './listen/listen-address.ts'
import { ONLY_FOR_PERL } from './perl.ts'
import { checkPlatform } from './platform-rules.ts'
import { isGiven, type Merged } from './sources/merge.ts'
import { parseCachePattern, parseDirectory } from './static-files.ts'
import type { System } from './system.ts'
import { trustedNetworks } from './trusted-proxies.ts'

/** Throws a ConfigError for the first rule that the values break. */
export function checkRules(values: Values, merged: Merged, system: System): void {
  const from = (key: string): string => merged.get(key)?.from ?? key
  checkNames(values, from)
  checkPlatform(values, from, system)
  checkPerl(values, merged, from)
  checkAdmin(values, from, system)
  trustedNetworks(values.trustedProxies, from('trustedProxies'))
  checkAcme(values, from)
  checkThreads(values, system)
  checkInspect(values, from)
  checkRequests(values)
  checkProcess(values, merged, from)
  checkFiles(values, from, system)
  checkStatic(values, from, system)
}

/** The option that switched --reload on: -R and a loader of that name do it, too. */
export function reloadSwitch(merged: Merged): string | undefined {
  const isOn = (key: string): boolean => {
    const value = merged.get(key)?.value
    return Array.isArray(value) ? value.length > 0 : value === true || /Restarter$/.test(String(value))
  }
  return ['reload', 'reloadPaths', 'loader'].find(isOn)
}

type From = (key: string) => string

function checkNames(values: Values, from: From): void {
  if (values.server !== 'Starlight') {
    throw new ConfigError(
      `Cannot use "${values.server}" for ${from('server')}: Starlight is the only server here, no other name is possible`,
    )
  }
  if (values.interface !== 'perl' && !LOADERS.includes(values.loader)) {
    throw new ConfigError(
      `Cannot use "${values.loader}" for ${from('loader')}: there is no such loader, Delayed or Restarter is needed`,
    )
  }
  if (!/^[\t\x20-\x7e]*$/.test(values.serverHeader)) {
    throw new ConfigError(`Cannot use "${values.serverHeader}" for ${from('serverHeader')}: printable ASCII is needed`)
  }
  if (values.path !== '' && !/^\/[^?#]*$/.test(values.path)) {
    throw new ConfigError(`Cannot mount at "${values.path}" of ${from('path')}: a prefix such as "/shop" is needed`)
  }
}

/** Restarter is --reload; the others name ways to load that all mean the same here. */
const LOADERS = ['Delayed', 'Plack::Loader', 'Plack::Loader::Delayed', 'Restarter', 'Plack::Loader::Restarter']

function checkPerl(values: Values, merged: Merged, from: From): void {
  const needless = values.interface === 'perl' ? undefined : ONLY_FOR_PERL.find(key => isGiven(merged, key))
  if (needless === undefined) return
  throw new ConfigError(`Cannot use ${from(needless)}: the application is none in Perl, one (app.psgi) is needed`)
}

function checkAdmin({ admin, workers, interface: kind }: Values, from: From, { platform }: System): void {
  if (admin === undefined) return
  const isTcp = parseListenAddress(admin, from('admin')).kind === 'tcp'
  if (!isTcp && !platformOf(platform).unixSockets)
    throw new ConfigError(
      `Cannot use "${admin}" for ${from('admin')}: there are no Unix sockets here, [HOST:]PORT is needed`,
    )
  if (workers > 0 || kind === 'perl') return
  throw new ConfigError(`Cannot use ${from('admin')} with --workers=0: the master answers there, one worker is needed`)
}

function checkInspect({ inspect, inspectWorker, workers, threads, interface: kind }: Values, from: From): void {
  if (inspect === undefined) {
    if (inspectWorker === 0) return
    throw new ConfigError(`Cannot use ${from('inspectWorker')} without --inspect: it says which worker to inspect`)
  }
  if (parseListenAddress(inspect, from('inspect')).kind !== 'tcp')
    throw new ConfigError(`Cannot use "${inspect}" for ${from('inspect')}: [HOST:]PORT is needed`)
  const without =
    kind === 'perl' ? 'a Perl application' : workers === 0 ? '--workers=0' : threads > 0 ? '--threads' : ''
  if (without !== '')
    throw new ConfigError(`Cannot use ${from('inspect')} with ${without}: only worker processes can be inspected`)
  if (inspectWorker > workers)
    throw new ConfigError(`Cannot use ${from('inspectWorker')}: there are only ${workers} workers`)
}

function checkThreads({ threads, workers, balance, interface: kind }: Values, { platform }: System): void {
  if (threads === 0) return
  const not = (what: string): ConfigError => new ConfigError(`Cannot use --threads=${threads} with ${what}`)
  if (kind === 'perl') throw not('a Perl application: its children are processes, --workers is needed')
  if (workers === 0) throw not('--workers=0: one worker at least is needed')
  if (balance === 'sticky' || (balance === 'round-robin' && platformOf(platform).inheritsSockets))
    throw not(`--balance=${balance}: a connection cannot be given to a thread, shared is needed`)
}

function checkRequests({ minReqsPerChild: min, maxReqsPerChild: max }: Values): void {
  if (min === undefined) return
  if (max === 0) {
    throw new ConfigError(
      `Cannot use --min-reqs-per-child=${min}: the number of requests is not limited, --max-reqs-per-child is needed too`,
    )
  }
  if (min > max) {
    throw new ConfigError(
      `Cannot use --min-reqs-per-child=${min}: it is more than --max-reqs-per-child=${max}, ${max} at most is needed`,
    )
  }
}

function checkProcess(values: Values, merged: Merged, from: From): void {
  if (values.daemonize && values.reload) {
    const reload = from(reloadSwitch(merged) ?? 'reload')
    throw new ConfigError(`Cannot use ${from('daemonize')} with ${reload}: errors would be invisible; use one of them`)
  }
  if (values.umask !== undefined && values.umask > 0o777) {
    throw new ConfigError(`Cannot use "${values.umask.toString(8)}" for ${from('umask')}: 0777 at most is needed`)
  }
  if (values.limitRequestHead < values.limitRequestLine) {
    throw new ConfigError(
      `Cannot use ${values.limitRequestHead} for ${from('limitRequestHead')}: the request line alone may have ${values.limitRequestLine} bytes, as much at least is needed`,
    )
  }
}

/** Files that will be written need their directory; finding that out at the first rotation would be late. */
function checkFiles(values: Values, from: From, system: System): void {
  for (const key of ['pid', 'errorLog', 'accessLog'] as const) {
    const path = values[key]
    if (path === undefined || path === '-') continue
    const directory = dirname(resolve(system.cwd, path))
    const problem = system.directoryProblem(directory)
    if (problem)
      throw new ConfigError(
        `Cannot write "${path}" of ${from(key)}: "${directory}" is ${problem}, a directory is needed`,
      )
  }
  const problem = system.directoryProblem(resolve(system.cwd, values.inputDir))
  if (problem)
    throw new ConfigError(
      `Cannot use "${values.inputDir}" for ${from('inputDir')}: it is ${problem}, a directory is needed`,
    )
}

function checkStatic(values: Values, from: From, system: System): void {
  for (const text of values.staticCache) parseCachePattern(text, from('staticCache'))
  for (const key of ['static', 'sendfile'] as const)
    for (const text of values[key]) {
      const { directory } = parseDirectory(text, from(key))
      const problem = system.directoryProblem(resolve(system.cwd, directory))
      if (problem)
        throw new ConfigError(
          `Cannot use ${JSON.stringify(text)} for ${from(key)}: "${directory}" is ${problem}, a directory is needed`,
        )
    }
}
