// Which file, or which package, `--app` means.
import { readFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { APP_EXTENSIONS, standIns } from './file-kinds.ts'
import { isDirectory, isFile } from './is-file.ts'

export type Target = { readonly file: string } | { readonly package: string }

/** What is looked for when nothing is named, best first. app.psgi comes first because the ancestor looks for nothing else. */
const DEFAULT_NAMES: readonly string[] = ['app.psgi', 'app.ts', 'app.mts', 'app.cts', 'app.js', 'app.mjs', 'app.cjs']

const RUNNABLE = new Set([...APP_EXTENSIONS, '.json'])

/** The absolute path of the application's file, or the name of a package to be found from `cwd`. Throws a ConfigError. */
export function findTarget(app: string | undefined, cwd: string): Target {
  if (app === undefined) return defaultFile(cwd)
  const path = resolve(cwd, app)
  if (isFile(path)) return runnable(path)
  if (isDirectory(path)) return runnable(entryOf(path))
  if (isPackageName(app)) return { package: app }
  throw refusal(`"${app}" is not there (looked for ${path}), a file, a directory or a package is needed`)
}

/** A ConfigError with the exit code for applications that cannot be loaded. */
export function refusal(reason: string): ConfigError {
  return new ConfigError(`Cannot load the application: ${reason}`, EXIT.appLoad)
}

function defaultFile(cwd: string): Target {
  const found = DEFAULT_NAMES.find(name => isFile(join(cwd, name)))
  if (found !== undefined) return runnable(join(cwd, found))
  throw refusal(`none is named and "${cwd}" has none of ${DEFAULT_NAMES.join(', ')}, a file is needed`)
}

function runnable(path: string): Target {
  const extension = extname(path)
  if (extension === '.psgi' || extension === '.pl') {
    throw refusal(`"${path}" is a Perl application, --interface=perl is needed`)
  }
  if (extension !== '' && !RUNNABLE.has(extension)) {
    throw refusal(`"${path}" ends in "${extension}", one of ${APP_EXTENSIONS.join(', ')} is needed`)
  }
  return { file: path }
}

interface PackageJson {
  readonly exports?: unknown
  readonly main?: unknown
}

/** The file that a directory stands for: what its package.json says, else its index, else its app file. */
function entryOf(directory: string): string {
  const names = [
    ...packageEntries(directory),
    ...APP_EXTENSIONS.map(extension => `index${extension}`),
    ...DEFAULT_NAMES,
  ]
  for (const name of names) {
    const path = join(directory, name)
    const found = isFile(path) ? path : standIns(path).find(isFile)
    if (found !== undefined) return found
  }
  throw refusal(`the directory "${directory}" has none of ${names.join(', ')}, one is needed`)
}

function packageEntries(directory: string): string[] {
  const file = join(directory, 'package.json')
  if (!isFile(file)) return []
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as PackageJson
    const entries = [exportedEntry(content.exports), content.main]
    return entries.filter(entry => typeof entry === 'string')
  } catch (error) {
    throw new ConfigError(
      `Cannot load the application: "${file}" cannot be read: ${(error as Error).message}`,
      EXIT.appLoad,
      { cause: error },
    )
  }
}

/** The `.` of `exports`, under the conditions of an import in Node; first that fits, as in Node. */
function exportedEntry(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (Array.isArray(exports)) return exports.map(exportedEntry).find(entry => entry !== undefined)
  if (typeof exports !== 'object' || exports === null) return undefined
  for (const [condition, value] of Object.entries(exports)) {
    if (!['.', 'node', 'import', 'module-sync', 'default'].includes(condition)) continue
    const entry = exportedEntry(value)
    if (entry !== undefined) return entry
  }
  return undefined
}

function isPackageName(app: string): boolean {
  return /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*(?:\/[\w.~/-]+)?$/.test(app) && !/\.(?:[cm]?[jt]sx?|psgi|pl)$/.test(app)
}
