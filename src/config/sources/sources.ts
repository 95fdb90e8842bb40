// The only file that reads the command line and the environment, and the one that finds the config file.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { platform } from '../../platform.ts'
import { usableCpus } from '../cpus.ts'
import { ConfigError } from '../errors.ts'
import { ROWS } from '../options.ts'
import type { Sources } from '../resolve.ts'
import type { FileProblem, System } from '../system.ts'
import { reasonOf, stackOf } from '../thrown.ts'
import { parseArguments } from './argv.ts'
import {
  type Environment,
  namedVariables,
  parseEnvironment,
  parseForeignVariables,
  suspiciousVariables,
} from './environment.ts'
import { CONFIG_FILES, parseFileObject } from './file.ts'
import type { Given, Layer } from './layer.ts'
import { enterFirst, type WorkingDirectory } from './working-directory.ts'

/** Imports a module by absolute path and gives its namespace; TypeScript included. */
export type ImportModule = (file: string) => Promise<Readonly<Record<string, unknown>>>

export interface SourceOptions {
  /** Arguments without the program; default: those of this process. */
  readonly argv?: readonly string[]
  /** What the command line says, when it is parsed already; `argv` is not read then. */
  readonly commandLine?: Layer
  readonly env?: Environment
  readonly cwd?: string
  readonly importModule: ImportModule
}

export interface ReadSources extends Sources {
  /** Things that are no mistake but hardly meant so. */
  readonly warnings: readonly string[]
}

/** Arguments of this process, without `node` and the program. */
export function commandLine(): readonly string[] {
  return process.argv.slice(2)
}

/** The variables that this process was started with, before it announced anything. */
export const START_ENVIRONMENT: Environment = namedVariables(process.env, platform.caseSensitiveVariables)

/** Enters the directory of `--chdir` or STARLIGHT_CHDIR. Throws a ConfigError. */
export function enterWorkingDirectory(given: Layer): WorkingDirectory {
  const chdir = given.get('chdir') ?? parseEnvironment(START_ENVIRONMENT, ROWS).get('chdir')
  const app = given.get('app')?.value
  const paths = [...(app === undefined ? [] : [String(app)]), programPath()]
  return enterFirst(chdir === undefined ? undefined : String(chdir.value), START_ENVIRONMENT, paths)
}

/** The program that was started, by an absolute path that may hold symlinks. */
export function programPath(): string {
  return process.argv[1] ?? ''
}

/** Gives the variable and takes it away: it was meant for this process, not for its children. */
export function takeVariable(name: string): string | undefined {
  const text = process.env[name]
  delete process.env[name]
  return text
}

/**
 * Tells the application, here and in the workers, the name of its environment: in PLACK_ENV, where plackup put it, and in NODE_ENV,
 * unless the server was started with one. Without NODE_ENV Express shows the stacks of failures to clients, and others run slowly.
 */
export function announceEnvironment(name: string): void {
  process.env['PLACK_ENV'] = name
  // Not what an earlier call has put there: a reload may change the name.
  if (!START_ENVIRONMENT['NODE_ENV']) process.env['NODE_ENV'] = name === 'development' ? 'development' : 'production'
}

/** Tells the application the number of its worker, from 1 on; from 0 on where pm2 put it. */
export function announceWorker(number: number): void {
  process.env['STARLIGHT_WORKER'] = String(number)
  process.env['NODE_APP_INSTANCE'] = String(number - 1)
}

/** The values that the command line alone gives, and the bare arguments. Fast: nothing else is read. */
export function readCommandLine(argv: readonly string[] = commandLine()): Layer {
  const { values, bare } = parseArguments(argv, ROWS)
  return withApplication(values, bare)
}

/** Everything that all sources say. Throws a ConfigError. */
export async function readSources(options: SourceOptions): Promise<ReadSources> {
  const env = options.env ?? namedVariables(process.env, platform.caseSensitiveVariables)
  const system = thisSystem(options.cwd ?? process.cwd())
  const given = options.commandLine ?? readCommandLine(options.argv)
  const environment = parseEnvironment(env, ROWS)
  const configFile = given.get('config') ?? environment.get('config')
  const file = await readConfigFile(configFile, system.cwd, options.importModule)
  return {
    system,
    warnings: suspiciousVariables(env, ROWS),
    layers: {
      overriding: parseForeignVariables(env, ROWS, row => row.overridingVariable),
      commandLine: given,
      environment,
      file,
      fallback: parseForeignVariables(env, ROWS, row => row.fallbackVariable),
    },
  }
}

/** The bare argument is the application. Two are more likely a slip than meant. */
export function withApplication(values: Layer, bare: readonly string[]): Layer {
  const named = values.get('app')
  const files = [...(named ? [String(named.value)] : []), ...bare]
  if (files.length > 1) {
    throw new ConfigError(`Cannot run "${files[1]}": the application is "${files[0]}" already, one of them is needed`)
  }
  return bare[0] === undefined ? values : new Map([...values, ['app', { value: bare[0], from: 'argument' }]])
}

async function readConfigFile(given: Given | undefined, cwd: string, importModule: ImportModule): Promise<Layer> {
  const name = given === undefined ? CONFIG_FILES.find(each => existsSync(resolve(cwd, each))) : String(given.value)
  if (name === undefined) return new Map()
  const path = resolve(cwd, name)
  // One that was found, and not named, may be a FIFO: reading it would block.
  const isOdd = given === undefined && !statSync(path).isFile()
  const problem = isOdd ? 'not a file' : fileProblem(path)
  if (problem !== undefined) {
    throw new ConfigError(
      `Cannot read "${name}" of ${given?.from ?? 'the working directory'}: it is ${problem}, a config file is needed`,
    )
  }
  const object = path.endsWith('.json') ? readJson(path, name) : await importDefault(path, name, importModule)
  const values = parseFileObject(object, name, ROWS)
  return new Map([...values, ['config', given ?? { value: path, from: 'working directory' }]])
}

function readJson(path: string, name: string): unknown {
  let text = ''
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
    return JSON.parse(text)
  } catch (cause) {
    const reason = `${firstLine(cause)}${placeInJson(cause, text)}`
    throw new ConfigError(`Cannot read "${name}": ${reason}, valid JSON is needed`, 2, { cause })
  }
}

async function importDefault(path: string, name: string, importModule: ImportModule): Promise<unknown> {
  try {
    return (await importModule(path))['default']
  } catch (cause) {
    const reason = `${firstLine(cause)}${placeInModule(cause)}`
    throw new ConfigError(`Cannot load "${name}": ${reason}, a module that can be imported is needed`, 2, {
      cause,
    })
  }
}

/** ` (line 3, column 9)`, of what Node has told as a position; nothing where it has not, or tells the line itself. */
function placeInJson(cause: unknown, text: string): string {
  const [, position, line] = /at position (\d+)( \(line \d+)?/.exec(cause instanceof Error ? cause.message : '') ?? []
  if (position === undefined || line !== undefined) return ''
  const before = text.slice(0, Number(position)).split('\n')
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`
}

/** ` (file:line)`: a syntax error has its place in front of its stack. */
function placeInModule(cause: unknown): string {
  const [first = ''] = (cause instanceof Error ? stackOf(cause) : '').split('\n', 1)
  return /^\S.*:\d+$/.test(first) ? ` (${first.replace(/^file:\/\//, '')})` : ''
}

function firstLine(cause: unknown): string {
  return reasonOf(cause).split('\n', 1)[0] ?? ''
}

function thisSystem(cwd: string): System {
  return {
    cwd,
    tmpdir: tmpdir(),
    stateDirectory: stateDirectory(),
    platform: platform.name,
    cpus: () => usableCpus({ parallelism: availableParallelism(), readText }),
    fileProblem,
    directoryProblem,
  }
}

/** Of the machine for root, else of the user (XDG Base Directory Specification). */
function stateDirectory(): string {
  if (process.getuid?.() === 0) return '/var/lib'
  return process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
}

function fileProblem(path: string): FileProblem | undefined {
  return problemOf(path, constants.R_OK) ?? (statSync(path).isDirectory() ? 'not a file' : undefined)
}

function directoryProblem(path: string): FileProblem | undefined {
  return problemOf(path, constants.X_OK) ?? (statSync(path).isDirectory() ? undefined : 'not a directory')
}

function problemOf(path: string, mode: number): FileProblem | undefined {
  try {
    accessSync(path, mode)
    return undefined
  } catch {
    return existsSync(path) ? 'unreadable' : 'missing'
  }
}

function readText(path: string): string | undefined {
  if (!platform.procfs) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // no control groups: nothing bounds the process
  }
}
