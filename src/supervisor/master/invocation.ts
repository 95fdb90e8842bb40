// What a server was started with, so that it can be read again (HUP) and started again (USR2).
import { importModule } from '../../app/load/import-module.ts'
import { findTarget } from '../../app/load/target.ts'
import type { Config } from '../../config/config.ts'
import { resolveConfig } from '../../config/resolve.ts'
import type { Environment } from '../../config/sources/environment.ts'
import { announceEnvironment, programPath, readSources, START_ENVIRONMENT } from '../../config/sources/sources.ts'
import { byName, enterAgain, type WorkingDirectory } from '../../config/sources/working-directory.ts'

export interface Invocation extends WorkingDirectory {
  /** Path of the command, by the name under which it was found. */
  readonly program: string
  /** Arguments without the program. */
  readonly argv: readonly string[]
  readonly environment: Environment
}

/** What this process was started with. */
export function currentInvocation(argv: readonly string[], place: WorkingDirectory): Invocation {
  // Node makes a relative path absolute by a working directory without symlinks.
  return { ...place, program: byName(programPath(), place.names), argv, environment: START_ENVIRONMENT }
}

/** Enters the directory anew and reads the configuration as it is now. Rejects with a ConfigError. */
export async function readAgain({ argv, environment, directory }: Invocation): Promise<Config> {
  enterAgain(directory)
  const sources = await readSources({ argv, env: environment, cwd: directory, importModule })
  const { layers, system } = sources
  const { config } = resolveConfig({ layers, system: { ...system, leavesTlsFiles: true } })
  if (config.interface !== 'perl' && (config.app !== undefined || config.evaluate === undefined))
    findTarget(config.app, directory)
  return config
}

/** What a reload cannot change: it was used up when the server started. USR2 changes it. */
const FIXED = [
  'listen',
  'acme',
  'acmeAgreeTos',
  'acmeEmail',
  'acmeEabFile',
  'acmeDirectory',
  'acmeStorage',
  'acmeChallenge',
  'balance',
  'threads',
  'interface',
  'frontWorkers',
  'user',
  'group',
  'umask',
  'pid',
  'errorLog',
  'accessLog',
  'reload',
  'reloadPaths',
] as const

export interface ReloadedConfig {
  readonly config: Config
  /** Keys that were changed in vain. */
  readonly ignored: readonly string[]
}

/** The configuration of a running server after a reload; announces the environment that it names. */
export function mergeReloadable(old: Config, read: Config): ReloadedConfig {
  const ignored = FIXED.filter(key => JSON.stringify(old[key]) !== JSON.stringify(read[key]))
  // A daemon has gone to the background already: that it was asked to is no change.
  const kept = { daemonize: old.daemonize, ...Object.fromEntries(FIXED.map(key => [key, old[key]])) }
  const workers = (read.workers === 0) === (old.workers === 0) ? read.workers : old.workers
  const config = { ...read, ...kept, workers } as Config
  announceEnvironment(config.env)
  return { config, ignored: workers === read.workers ? ignored : [...ignored, 'workers'] }
}
