// Sources made of plain data, for tests of what becomes of them.

import { ROWS } from '../../src/config/options.ts'
import { type Resolved, resolveConfig } from '../../src/config/resolve.ts'
import { parseArguments } from '../../src/config/sources/argv.ts'
import { type Environment, parseEnvironment, parseForeignVariables } from '../../src/config/sources/environment.ts'
import { parseFileObject } from '../../src/config/sources/file.ts'
import { withApplication } from '../../src/config/sources/sources.ts'
import type { FileProblem, System } from '../../src/config/system.ts'

export interface Given {
  readonly env?: Environment
  readonly file?: object
  readonly system?: Partial<System>
  /** Paths that are not what an option needs. */
  readonly problems?: Readonly<Record<string, FileProblem>>
}

/** What a machine with three CPUs and every file resolves the sources to. */
export function resolved(
  argv: readonly string[],
  { env = {}, file = {}, system = {}, problems = {} }: Given = {},
): Resolved {
  const { values, bare } = parseArguments(argv, ROWS)
  return resolveConfig({
    layers: {
      overriding: parseForeignVariables(env, ROWS, row => row.overridingVariable),
      commandLine: withApplication(values, bare),
      environment: parseEnvironment(env, ROWS),
      file: parseFileObject(file, 'starlight.config.json', ROWS),
      fallback: parseForeignVariables(env, ROWS, row => row.fallbackVariable),
    },
    system: {
      cwd: '/srv/app',
      stateDirectory: '/var/lib',
      tmpdir: '/tmp',
      platform: 'linux',
      cpus: () => 3,
      // Without a file of this name nobody's default application is Perl's.
      fileProblem: path => problems[path] ?? (path.endsWith('/app.psgi') ? 'missing' : undefined),
      directoryProblem: path => problems[path],
      ...system,
    },
  })
}

/** Message of the mistake that the action ends with. */
export function mistakeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof Error && error.name === 'ConfigError') return error.message
    throw error
  }
  throw new Error('Cannot give the mistake: there was none')
}
