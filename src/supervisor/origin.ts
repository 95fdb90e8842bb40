// What a server was started with, so that it can be read again (HUP) and started again (USR2).
import { statSync } from 'node:fs'
import { importModule } from '../app/import-module.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { resolveConfig } from '../config/resolve.ts'
import { announceEnvironment, programPath, readSources, START_ENVIRONMENT } from '../config/sources.ts'

export interface Origin {
  /** Path of the command, by the name under which it was found. */
  readonly program: string
  /** Arguments without the program. */
  readonly argv: readonly string[]
  readonly environment: Environment
  /** The working directory by the name under which it was entered: a `current` symlink stays one. */
  readonly directory: string
}

/** What this process was started with. */
export function thisOrigin(argv: readonly string[], cwd: string): Origin {
  const directory = directoryByName(START_ENVIRONMENT, cwd)
  const program = programPath()
  // Node makes a relative path absolute by a working directory without symlinks.
  const byName = program.startsWith(`${cwd}/`) ? directory + program.slice(cwd.length) : program
  return { program: byName, argv, environment: START_ENVIRONMENT, directory }
}

/** The name that the shell has for the working directory; `cwd`, where all links are resolved, if it has none that is true. */
export function directoryByName({ PWD: name }: Environment, cwd: string): string {
  return name?.startsWith('/') && isSameDirectory(name, cwd) ? name : cwd
}

/** Enters the directory anew and reads the configuration as it is now. Rejects with a ConfigMistake. */
export async function readAgain({ argv, environment, directory }: Origin): Promise<Config> {
  process.chdir(directory)
  const { config } = resolveConfig(await readSources({ argv, env: environment, importModule }))
  return config
}

/** What a reload cannot change: it was used up when the server started. USR2 changes it. */
const FIXED = [
  'listen',
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

export interface Renewal {
  readonly config: Config
  /** Keys that were changed in vain. */
  readonly ignored: readonly string[]
}

/** The configuration of a running server after a reload; announces the environment that it names. */
export function renewed(old: Config, read: Config): Renewal {
  const ignored = FIXED.filter(key => JSON.stringify(old[key]) !== JSON.stringify(read[key]))
  // A daemon has gone to the background already: that it was asked to is no change.
  const kept = { daemonize: old.daemonize, ...Object.fromEntries(FIXED.map(key => [key, old[key]])) }
  const workers = (read.workers === 0) === (old.workers === 0) ? read.workers : old.workers
  const config = { ...read, ...kept, workers } as Config
  announceEnvironment(config.env)
  return { config, ignored: workers === read.workers ? ignored : [...ignored, 'workers'] }
}

function isSameDirectory(one: string, other: string): boolean {
  const [a, b] = [one, other].map(path => statSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}
