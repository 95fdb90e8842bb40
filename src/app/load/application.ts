// Loads the application's module and finds what in it is the application. Knows nothing of how requests reach it.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Adoption } from '../node/adoption.ts'
import { chooseOrAdopt, type Notice, otherRuntime } from './adopt.ts'
import { evaluatedModule, urlWithin } from './evaluate.ts'
import { type Chosen, chooseExport, exportNames } from './exports.ts'
import { AppLoadError } from './failure.ts'
import { isCompiled } from './file-kinds.ts'
import { hooksAreCheap, includeDirectory, installHooks, provideText, recordFile } from './hooks/hooks.ts'
import { isFile } from './is-file.ts'
import { type AppKind, detectKind, type Verdict } from './kind.ts'
import { type AppLife, lifeOf } from './life.ts'
import { locateError } from './locate-error.ts'
import { findTarget, refusal, type Target } from './target.ts'

/** What the command line says about the application. */
export interface AppSpec {
  /** A file, a directory or a package; relative to `cwd`. Undefined: the default names are looked for, unless `evaluate` is given. */
  readonly app?: string | undefined
  /** Code of `-e`: its value is the application, or with `app` a function that is given the application and gives another one. */
  readonly evaluate?: string | undefined
  /** Overrides the detection of the kind. */
  readonly interface?: AppKind | undefined
  /** `-M`: imported in this order before the application; relative to `cwd`. */
  readonly module: readonly string[]
  /** `-I`: directories for bare specifiers, before node_modules; relative to `cwd`. */
  readonly include: readonly string[]
  readonly cwd: string
  /** Takes the server of an application that listens by itself; undefined: such an application listens. */
  readonly adoption?: Adoption | undefined
}

export interface Application {
  readonly value: unknown
  readonly verdict: Verdict
  /** The file that the application came from; undefined for a package's, and for `-e` alone. */
  readonly file: string | undefined
  /** The export named `upgrade`, for Node-style applications. */
  readonly upgrade: unknown
  /** The export named `websocket`, as it is. */
  readonly websocket: unknown
  /** What to tell of an application that listens by itself. */
  readonly notice: Notice | undefined
  readonly life: AppLife
}

type Exports = Readonly<Record<string, unknown>>

let evaluations = 0

/**
 * Loads the application. Throws a ConfigError with the exit code `appLoad` when there is none or when what is exported is
 * none, and its subclass AppLoadError, with the application's own error as `cause`, when loading it throws.
 */
export async function loadApplication(spec: AppSpec): Promise<Application> {
  const target = spec.evaluate !== undefined && spec.app === undefined ? undefined : findTarget(spec.app, spec.cwd)
  prepare(spec, target)
  for (const name of spec.module) await importFrom(spec.cwd, name, `the module "${name}" (-M)`)
  const { adoption, interface: requested } = spec
  adoption?.begin()
  const exports = target === undefined ? {} : await importTarget(target, spec.cwd)
  const choose = (): Promise<Chosen> => chooseFrom(exports, describe(target!))
  const chosen = target === undefined ? undefined : await chooseOrAdopt(choose, describe(target), adoption, requested)
  const final = spec.evaluate === undefined ? chosen : await evaluate(spec.evaluate, spec.cwd, chosen)
  if (final === undefined) throw refusal(`the code of -e has no value, ${ACCEPTED}`)
  const what =
    final.name === '-e' ? 'the value of -e' : `the export "${final.name}" of ${target ? describe(target) : '-e'}`
  const verdict = detectKind(final.value, final.name, spec.interface)
  if (verdict === undefined) throw refusal(`${what} is ${show(final.value)}, ${ACCEPTED}`)
  if (verdict.kind === undefined) throw refusal(`${what} is ${verdict.because}`)
  const file = target !== undefined && 'file' in target ? target.file : undefined
  const upgrade = exports['upgrade'] ?? bagOf(exports)['upgrade']
  const websocket = exports['websocket'] ?? bagOf(exports)['websocket']
  const life = lifeOf(exports, final.value)
  return { value: final.value, verdict, file, upgrade, websocket, notice: chosen?.notice, life }
}

const ACCEPTED =
  'a function (env) => [status, headers, body], a function (request) => Response or an object with fetch, a function (req, res), ' +
  'or an Express, Koa or Fastify application is needed; docs/frameworks.md says how each framework is run'

function prepare(spec: AppSpec, target: Target | undefined): void {
  if (!hooksAreCheap && !needsHooks(spec, target)) return
  installHooks()
  for (const directory of spec.include) includeDirectory(resolve(spec.cwd, directory))
}

/** Plain JavaScript may still import TypeScript, but only where somebody set TypeScript up. */
function needsHooks(spec: AppSpec, target: Target | undefined): boolean {
  if (spec.evaluate !== undefined || spec.module.length > 0 || spec.include.length > 0) return true
  if (target === undefined || !('file' in target)) return true
  return isCompiled(target.file) || isFile(join(spec.cwd, 'tsconfig.json'))
}

async function importTarget(target: Target, cwd: string): Promise<Exports> {
  if ('package' in target) return importFrom(cwd, target.package, describe(target))
  recordFile(target.file)
  return guarded(describe(target), async () => (await import(pathToFileURL(target.file).href)) as Exports, target.file)
}

/** Imports as a module in `cwd` would: packages from its node_modules, relative paths beside it. */
async function importFrom(cwd: string, specifier: string, what: string): Promise<Exports> {
  const url = urlWithin(cwd, `[import ${evaluations++}]`)
  provideText(url, `export const load = () => import(${JSON.stringify(await specifierFor(cwd, specifier))})`)
  const { load } = (await import(url)) as { load(): Promise<Exports> }
  return guarded(what, load)
}

/** `-M lib/trace.ts` means the file, as it would for `--app`; a package otherwise. */
async function specifierFor(cwd: string, specifier: string): Promise<string> {
  const path = resolve(cwd, specifier)
  return isFile(path) ? pathToFileURL(path).href : specifier
}

async function evaluate(code: string, cwd: string, app: Chosen | undefined): Promise<Chosen | undefined> {
  const url = `${urlWithin(cwd)}${evaluations === 0 ? '' : `?${evaluations}`}`
  evaluations += 1
  const exports = await guarded('the code of -e', async () => {
    provideText(url, evaluatedModule(code))
    return (await import(url)) as Exports
  })
  const chosen = chooseExport(exports)
  const value = await guarded('the code of -e', async () => chosen?.value)
  if (app === undefined)
    return value === undefined ? undefined : { name: chosen?.name === 'fetch' ? 'fetch' : '-e', value }
  // As plackup's `builder { CODE; app }`: code that only does something leaves the application as it is.
  if (value === undefined) return app
  if (typeof value !== 'function') {
    throw refusal(
      `the value of -e is ${show(value)}, with an application file a function that takes the application and gives one is needed`,
    )
  }
  const wrap = value as (app: unknown) => unknown
  return { name: '-e', value: await guarded('the code of -e', async () => wrap(app.value)) }
}

async function chooseFrom(exports: Exports, what: string): Promise<Chosen> {
  const chosen = chooseExport(exports)
  if (chosen === undefined) {
    const names = exportNames(exports)
    const found = names.length === 0 ? 'exports nothing' : `exports only ${names.join(', ')}`
    throw refusal(`${what} ${found}, a default export or one named app, handler or fetch is needed`)
  }
  return { name: chosen.name, value: await guarded(what, async () => chosen.value) }
}

async function guarded<T>(what: string, action: () => Promise<T>, file?: string): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    const error = otherRuntime(what, cause)
    if (error !== undefined) throw error
    locateError(cause, file)
    throw new AppLoadError(what, cause)
  }
}

function bagOf(exports: Exports): Exports {
  const inner = exports['default']
  return typeof inner === 'object' && inner !== null ? (inner as Exports) : {}
}

function describe(target: Target): string {
  return 'file' in target ? `"${target.file}"` : `the package "${target.package}"`
}

function show(value: unknown): string {
  if (typeof value === 'function') return `the class ${value.name}`
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 60))}`
  if (typeof value !== 'object' || value === null) return `${String(value)}`
  const names = Object.keys(value).slice(0, 8)
  const kind = Array.isArray(value) ? 'an array' : 'an object'
  return names.length === 0 ? `${kind} without properties` : `${kind} with ${names.join(', ')}`
}
