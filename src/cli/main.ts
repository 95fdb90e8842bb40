// The command. What needs no server is answered before anything heavy is loaded; only this file ends the process.

import { importModule } from '../app/load/import-module.ts'
import { EXIT } from '../config/exit-codes.ts'
import { ROWS } from '../config/options.ts'
import { type Resolved, resolveConfig } from '../config/resolve.ts'
import type { Layer } from '../config/sources/layer.ts'
import {
  announceEnvironment,
  commandLine,
  enterWorkingDirectory,
  readCommandLine,
  readSources,
} from '../config/sources/sources.ts'
import type { WorkingDirectory } from '../config/sources/working-directory.ts'
import { VERSION } from '../config/version.ts'
import { isControlCommand } from './control-names.ts'
import { print, reportError, say } from './output.ts'
import { perlParent, tellPerl } from './perl-parent.ts'

/** Runs the command and ends the process with its exit code. `argv`: arguments without the program. */
export async function main(argv: readonly string[] = commandLine()): Promise<void> {
  const code = await run(argv).catch(error => {
    tellPerl(argv, error)
    return reportError(error)
  })
  process.exit(code)
}

/** Runs `starlight-starter` in the same way. */
export async function starter(argv: readonly string[] = commandLine()): Promise<void> {
  const { starterCommand } = await import('./starter.ts')
  process.exit(await starterCommand(argv).catch(reportError))
}

/** What people type who know other servers; an application of such a name is written with its path. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  start: [],
  version: ['--version'],
  help: ['--help'],
  restart: ['reload'],
}

function inOurWords(given: readonly string[]): readonly string[] {
  const [first = '', ...others] = given
  return Object.hasOwn(WORDS, first) ? [...WORDS[first]!, ...others] : given
}

async function run(given: readonly string[]): Promise<number> {
  const argv = inOurWords(given)
  if (argv[0] === 'fetch') {
    const { fetchCommand } = await import('./fetch.ts')
    return await fetchCommand(argv.slice(1))
  }
  if (isControlCommand(argv[0])) {
    const { controlCommand } = await import('./control.ts')
    return await controlCommand(argv)
  }
  const options = readCommandLine(argv)
  const answer = await quickAnswer(options)
  if (answer !== undefined) return await printed(answer)

  const place = enterWorkingDirectory(options)
  const sources = await readSources({ argv, cwd: place.directory, importModule })
  const resolved = resolveConfig(sources)
  if (!resolved.config.quiet) for (const warning of sources.warnings) await say(warning)
  announceEnvironment(resolved.config.env)
  return await serveOrTell(resolved, argv, place)
}

/** The text for --help, --version and --completion. */
async function quickAnswer(given: Layer): Promise<string | undefined> {
  if (given.get('version')?.value === true) return `Starlight/${VERSION}\n`
  if (given.get('help')?.value === true) {
    const { helpText } = await import('./help.ts')
    return helpText(ROWS)
  }
  const shell = given.get('completion')?.value
  if (shell === undefined) return undefined
  const { completionFor } = await import('./generated.ts')
  return completionFor(shell as 'bash' | 'zsh' | 'fish')
}

async function serveOrTell(
  { config, origins }: Resolved,
  argv: readonly string[],
  place: WorkingDirectory,
): Promise<number> {
  if (config.printConfig !== undefined) {
    const { configJson, configText } = await import('./print-config.ts')
    const describe = config.printConfig === 'json' ? configJson : configText
    return await printed(describe(config, origins, ROWS))
  }
  if (config.checkConfig) {
    const { checkedLine } = await import('./check-config.ts')
    return await printed(await checkedLine(config, place.directory))
  }
  const { supervise } = await import('../supervisor/master/master.ts')
  const { currentInvocation } = await import('../supervisor/master/invocation.ts')
  const invocation = currentInvocation(argv, place)
  return await supervise(config, { version: VERSION, invocation, ...perlParent(config, argv) })
}

async function printed(text: string): Promise<number> {
  await print(text)
  return EXIT.ok
}
