// The few settings of tsconfig.json that change what a program does when it runs: where its imports lead (`paths`, `baseUrl`)
// and how JSX is written out. Types are never checked here.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isFile } from '../is-file.ts'

export interface TsConfig {
  /** Patterns with at most one `*`, and the absolute paths (with the same `*`) that they lead to. */
  readonly paths: readonly { readonly pattern: string; readonly targets: readonly string[] }[]
  readonly jsx: JsxSettings
}

export interface JsxSettings {
  readonly runtime: 'automatic' | 'classic'
  readonly importSource?: string
  readonly pragma?: string
  readonly pragmaFrag?: string
}

interface RawConfig {
  readonly extends?: string | readonly string[]
  readonly compilerOptions?: RawOptions
}

interface RawOptions {
  readonly baseUrl?: string
  readonly paths?: Readonly<Record<string, readonly string[]>>
  readonly jsx?: string
  readonly jsxImportSource?: string
  readonly jsxFactory?: string
  readonly jsxFragmentFactory?: string
}

const NONE: TsConfig = { paths: [], jsx: { runtime: 'automatic' } }
const EXTENDS_AT_MOST = 8
const known = new Map<string, TsConfig>()

/** The settings of the nearest tsconfig.json above a file. A file that cannot be understood counts as none: tsc is the one to complain. */
export function tsConfigFor(directory: string): TsConfig {
  const remembered = known.get(directory)
  if (remembered !== undefined) return remembered
  const file = join(directory, 'tsconfig.json')
  const parent = dirname(directory)
  const config = isFile(file) ? readConfig(file) : parent === directory ? NONE : tsConfigFor(parent)
  known.set(directory, config)
  return config
}

/** The absolute paths (without completed extension) that `paths` gives for a specifier, best first. */
export function mappedPaths(config: TsConfig, specifier: string): string[] {
  const matches = config.paths
    .map(({ pattern, targets }) => ({ pattern, targets, rest: matchPattern(pattern, specifier) }))
    .filter(match => match.rest !== undefined)
    // As in tsc: the pattern with the longest text before its star wins, an exact one before all.
    .sort((a, b) => weight(b.pattern) - weight(a.pattern))
  return matches[0]?.targets.map(target => target.replace('*', () => matches[0]?.rest ?? '')) ?? []
}

function matchPattern(pattern: string, specifier: string): string | undefined {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === specifier ? '' : undefined
  const before = pattern.slice(0, star)
  const after = pattern.slice(star + 1)
  const fits =
    specifier.length >= before.length + after.length && specifier.startsWith(before) && specifier.endsWith(after)
  return fits ? specifier.slice(before.length, specifier.length - after.length) : undefined
}

function weight(pattern: string): number {
  const star = pattern.indexOf('*')
  return star < 0 ? Number.POSITIVE_INFINITY : star
}

function readConfig(file: string): TsConfig {
  const options = readOptions(file, 0)
  const base = options.baseUrl ?? dirname(file)
  const paths = Object.entries(options.paths ?? {}).map(([pattern, targets]) => ({
    pattern,
    targets: targets.map(target => resolve(base, target)),
  }))
  // `baseUrl` alone makes every bare specifier a path first; tsc falls back to node_modules, and so do we.
  if (options.baseUrl !== undefined) paths.push({ pattern: '*', targets: [join(options.baseUrl, '*')] })
  return { paths, jsx: jsxSettings(options) }
}

/** Options of the file over those that it extends. Paths become absolute here, because each file means its own directory. */
function readOptions(file: string, depth: number): RawOptions {
  const raw = parseJsonWithComments(file)
  const directory = dirname(file)
  const parents = [raw.extends ?? []]
    .flat()
    .map(name => (depth < EXTENDS_AT_MOST ? extendedFile(directory, name) : undefined))
  const inherited = parents.map(parent => (parent === undefined ? {} : readOptions(parent, depth + 1)))
  const own = raw.compilerOptions ?? {}
  const baseUrl = own.baseUrl === undefined ? undefined : resolve(directory, own.baseUrl)
  const paths = own.paths && absoluteTargets(own.paths, baseUrl ?? directory)
  return Object.assign({}, ...inherited, own, baseUrl && { baseUrl }, paths && { paths })
}

function absoluteTargets(paths: NonNullable<RawOptions['paths']>, base: string): NonNullable<RawOptions['paths']> {
  return Object.fromEntries(
    Object.entries(paths).map(([pattern, targets]) => [pattern, targets.map(target => resolve(base, target))]),
  )
}

function extendedFile(directory: string, name: string): string | undefined {
  const path =
    name.startsWith('.') || name.startsWith('/') ? resolve(directory, name) : join(directory, 'node_modules', name)
  return [path, `${path}.json`, join(path, 'tsconfig.json')].find(isFile)
}

function parseJsonWithComments(file: string): RawConfig {
  try {
    const text = readFileSync(file, 'utf8')
    const bare = text.replace(
      /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
      (_, string: string | undefined) => string ?? '',
    )
    const strict = bare.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string: string | undefined) => string ?? '')
    return JSON.parse(strict.replace(/^\uFEFF/, '')) as RawConfig
  } catch {
    // Unreadable or not JSON: the program may still run without it.
    return {}
  }
}

function jsxSettings(options: RawOptions): JsxSettings {
  if (options.jsx !== 'react') {
    return { runtime: 'automatic', ...(options.jsxImportSource && { importSource: options.jsxImportSource }) }
  }
  return {
    runtime: 'classic',
    ...(options.jsxFactory && { pragma: options.jsxFactory }),
    ...(options.jsxFragmentFactory && { pragmaFrag: options.jsxFragmentFactory }),
  }
}
