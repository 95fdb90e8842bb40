// From what the sources say to what the server runs with: one frozen Config, or one sentence.
import { join, resolve } from 'node:path'
import { platformOf } from '../platform.ts'
import { checkAcmeListeners } from './acme.ts'
import type { Config, LeftToServer, Values } from './config.ts'
import { ConfigError } from './errors.ts'
import { listenAddresses } from './listen/addresses.ts'
import { OPTIONS, ROWS } from './options.ts'
import { isPerlApp, perlDefaults } from './perl.ts'
import { checkRules, reloadSwitch } from './rules.ts'
import type { Layers } from './sources/layer.ts'
import { isGiven, type Merged, mergeLayers } from './sources/merge.ts'
import { withAbsoluteDirectory } from './static-files.ts'
import type { System } from './system.ts'

export interface Sources {
  readonly layers: Layers
  readonly system: System
}

/** Where the value of each option came from: `--workers`, `STARLIGHT_WORKERS`, `starlight.config.ts`, `default`, ... */
export type Origins = Readonly<Record<keyof Config, string>>

export interface Resolved {
  readonly config: Config
  readonly origins: Origins
}

/** Puts the sources together. Throws a ConfigError; starts and opens nothing. */
export function resolveConfig({ layers, system }: Sources): Resolved {
  const merged = mergeLayers(layers, ROWS)
  const values = completeValues(merged, system)
  checkRules(values, merged, system)
  const { listen, from } = listenAddresses(merged, values, system)
  const { host: _host, port: _port, socket: _socket, ...others } = values
  checkAcmeListeners(values, listen, key => merged.get(key)?.from ?? key)
  checkSticky(values, listen)
  const fallbackPort = from === OPTIONS.port.fallbackVariable ? values.port : undefined
  const listensAsAsked = (from === 'default' || isLeftToBind(values, fallbackPort)) && mayAsk(values, listen)
  const addresses = { listen, listensAsAsked, fallbackPort, leftToServer: leftOf(merged, listen) }
  const config: Config = deepFreeze({ ...withAbsolutePaths(others, system.cwd), ...addresses })
  const origins = { ...originsOf(merged), listen: from } as Record<keyof Config, string>
  return { config, origins: Object.freeze(origins) }
}

const LEFT: readonly LeftToServer[] = [
  'ssl',
  'keepaliveTimeout',
  'headTimeout',
  'bodyTimeout',
  'maxKeepaliveReqs',
  'maxConnections',
]

function leftOf(merged: Merged, listen: Config['listen']): readonly LeftToServer[] {
  return LEFT.filter(key => {
    if (key === 'ssl' && listen.some(({ tls }) => tls !== undefined)) return false
    return !isGiven(merged, key) && !(key === 'bodyTimeout' && isGiven(merged, 'timeout'))
  })
}

/** Where no client has an address, none can be known by it. */
function checkSticky({ balance }: Values, listen: Config['listen']): void {
  if (balance !== 'sticky' || listen.some(({ kind }) => kind === 'tcp')) return
  throw new ConfigError(
    'Cannot use --balance=sticky on Unix sockets alone: their clients have no address, an address of TCP is needed',
  )
}

/** What is bound late is bound with the rights of --user, which may not have a port like 80. */
function isLeftToBind({ user, group }: Values, fallbackPort: number | undefined): boolean {
  return fallbackPort !== undefined && user === undefined && group === undefined
}

/** A socket that is bound late goes to a process, and not to one of its threads; and it is one, and not one for each worker. */
function mayAsk({ adopt, app, interface: kind, threads, balance }: Values, listen: Config['listen']): boolean {
  const isSimple = threads === 0 && balance !== 'reuseport' && listen.every(({ tls }) => tls === undefined)
  return adopt && app !== undefined && isSimple && (kind === undefined || kind === 'node')
}

/** Adds what is found out at start to what is given. */
function completeValues(merged: Merged, system: System): Values {
  const given = Object.fromEntries([...merged].map(([key, { value }]) => [key, value])) as Partial<Values> &
    WithDefaults
  return {
    ...given,
    workers: given.workers ?? (given.threads > 0 ? 1 : system.cpus()),
    balance: balanceFor(merged, given.balance, system),
    frontWorkers: 1,
    ...(isPerlApp(merged, system) ? perlDefaults(merged, system) : {}),
    bodyTimeout: given.bodyTimeout ?? given.timeout,
    writeTimeout: given.writeTimeout ?? given.timeout,
    inputDir: given.inputDir ?? system.tmpdir,
    acmeStorage: given.acmeStorage ?? join(system.stateDirectory, 'starlight', 'acme'),
    controlSocket: given.controlSocket ?? 'auto',
    path: withoutSlashes(given.path),
    // -R switches -r on, as does plackup's loader of that name.
    reload: reloadSwitch(merged) !== undefined,
    ...(given.logFormat === 'json' && !isGiven(merged, 'accessLogFormat') ? { accessLogFormat: 'json' } : {}),
  }
}

/** Where workers cannot inherit a listening socket the master accepts, unless somebody has said otherwise. */
function balanceFor(merged: Merged, balance: Values['balance'], { platform }: System): Values['balance'] {
  return platformOf(platform).inheritsSockets || isGiven(merged, 'balance') ? balance : 'round-robin'
}

/** The keys whose rows have a default are in every merged map. */
type WithDefaults = Pick<
  Values,
  { [K in keyof typeof OPTIONS]: (typeof OPTIONS)[K] extends { default: unknown } ? K : never }[keyof typeof OPTIONS]
>

type Others = Omit<Values, 'host' | 'port' | 'socket'>

function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

/** A daemon changes its directory, so paths are fixed now. */
function withAbsolutePaths(values: Others, cwd: string): Others {
  const fixed = { ...values } as Record<string, unknown>
  for (const key of PATH_LISTS) fixed[key] = values[key].map(path => resolve(cwd, path))
  for (const key of DIRECTORY_LISTS) fixed[key] = values[key].map(text => withAbsoluteDirectory(text, cwd))
  for (const key of PATH_KEYS) {
    const path = values[key]
    if (path !== undefined && path !== '-') fixed[key] = resolve(cwd, path)
  }
  return fixed as Others
}

const PATH_LISTS = ['include', 'reloadPaths', 'sslKeyFile', 'sslCertFile', 'sslPfxFile'] as const
/** With the paths that they are seen at. */
const DIRECTORY_LISTS = ['static', 'sendfile'] as const
const PATH_KEYS = [
  'pid',
  'errorLog',
  'accessLog',
  'inputDir',
  'acmeStorage',
  'acmeEabFile',
  'sslCertDir',
  'sslCaFile',
  'sslClientCaFile',
  'sslPassphraseFile',
  'config',
] as const

function originsOf(merged: Merged): Record<string, string> {
  const keys = Object.keys(OPTIONS).filter(key => !['host', 'port', 'socket'].includes(key))
  const origins = keys.map(key => [key, merged.get(key)?.from ?? 'default'] as const)
  const byOthers = { ...Object.fromEntries(origins) }
  for (const key of ['bodyTimeout', 'writeTimeout']) {
    if (!merged.has(key) && isGiven(merged, 'timeout')) byOthers[key] = merged.get('timeout')?.from ?? 'default'
  }
  byOthers['reload'] = merged.get(reloadSwitch(merged) ?? 'reload')?.from ?? 'default'
  return byOthers
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
