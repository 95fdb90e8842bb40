// starlight fetch: one request to the application, through the server's parser and limits, without a socket.
import { readFile } from 'node:fs/promises'
import { importModule } from '../app/load/import-module.ts'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import type { ValuesOf } from '../config/option.ts'
import { ROWS } from '../config/options.ts'
import { resolveConfig } from '../config/resolve.ts'
import { parseArguments } from '../config/sources/argv.ts'
import type { Layer } from '../config/sources/layer.ts'
import { announceEnvironment, enterWorkingDirectory, readSources, withApplication } from '../config/sources/sources.ts'
import { reasonOf } from '../config/thrown.ts'
import { createHandler, type TestClient } from '../server/library/test-client.ts'
import { loadSpecOf, serverSettingsOf } from '../supervisor/state/config-mapping.ts'
import { FETCH_OPTIONS } from './fetch-options.ts'
import { fetchHelpText } from './help.ts'
import { print } from './output.ts'

/** What the command line of `starlight fetch` asks for. */
export interface FetchPlan {
  /** A path with query, or a URL. */
  readonly target: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  /** Text, or `@` and the name of a file. */
  readonly data: string | undefined
  readonly printsHead: boolean
  /** The options of the server among them. */
  readonly commandLine: Layer
}

/** Runs the command and gives its exit code. `argv`: arguments behind `fetch`. */
export async function fetchCommand(argv: readonly string[]): Promise<number> {
  const plan = planFetch(argv)
  if (plan === 'help') {
    await print(fetchHelpText(FETCH_OPTIONS))
    return EXIT.ok
  }
  await using client = await openClient(plan.commandLine)
  const { method, headers, data } = plan
  const body = data?.startsWith('@') ? await fileOf(data.slice(1)) : data
  const init = {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(body !== undefined && { body }),
  }
  try {
    return await show(await client.fetch(plan.target, init), plan.printsHead)
  } catch (cause) {
    throw new ConfigError(`Cannot fetch "${plan.target}": ${reasonOf(cause)}`, EXIT.failure, { cause })
  }
}

/** Reads the arguments; `help` when that is what they ask for. Throws a ConfigError. */
export function planFetch(argv: readonly string[]): FetchPlan | 'help' {
  const { values, bare } = parseArguments(argv, { ...FETCH_OPTIONS, ...ROWS })
  if (values.get('help')?.value === true) return 'help'
  const [target, ...others] = bare
  if (target === undefined) throw new ConfigError('Cannot fetch: no path is given, one such as /login is needed')
  if (!/^(\/|https?:\/\/.)/.test(target)) {
    throw new ConfigError(`Cannot fetch "${target}": it is no path, one such as /login is needed`)
  }
  const given = Object.fromEntries([...values].map(([key, { value }]) => [key, value])) as Partial<
    ValuesOf<typeof FETCH_OPTIONS>
  >
  return {
    target,
    method: given.method ?? (given.data === undefined ? 'GET' : 'POST'),
    headers: headersOf(given.header ?? [], given.data !== undefined),
    data: given.data,
    printsHead: given.head ?? false,
    commandLine: withApplication(values, others),
  }
}

function headersOf(fields: readonly string[], hasData: boolean): readonly (readonly [string, string])[] {
  const headers = fields.map(field => {
    const [, name, value] = /^([^\s:]+):(.*)$/.exec(field) ?? []
    if (name === undefined || value === undefined) {
      throw new ConfigError(`Cannot send "${field}": it is no header field, one such as "Accept: text/html" is needed`)
    }
    return [name, value.trimStart()] as const
  })
  const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type')
  return hasData && !isTyped ? [...headers, ['Content-Type', 'application/x-www-form-urlencoded']] : headers
}

async function openClient(commandLine: Layer): Promise<TestClient> {
  const { directory } = enterWorkingDirectory(commandLine)
  const { layers, system } = await readSources({ commandLine, cwd: directory, importModule })
  const { config } = resolveConfig({ layers, system })
  announceEnvironment(config.env)
  const { app, evaluate, interface: kind, module, include, cwd, perl } = loadSpecOf(config, system.cwd, 1)
  return await createHandler(app, {
    ...(evaluate !== undefined && { evaluate }),
    ...(kind !== undefined && { interface: kind }),
    ...(perl !== undefined && { perl }),
    module,
    include,
    cwd,
    environment: config.env,
    mount: config.path,
    settings: serverSettingsOf(config),
  })
}

async function fileOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(name))
  } catch (cause) {
    throw new ConfigError(
      `Cannot read "${name}" of --data: it is missing or unreadable, a file is needed`,
      EXIT.usage,
      { cause },
    )
  }
}

/** Prints the answer as it comes. */
async function show(response: Response, printsHead: boolean): Promise<number> {
  if (printsHead) {
    const fields = [...response.headers].map(([name, value]) => `${name}: ${value}\n`)
    await print(`HTTP/1.1 ${response.status} ${response.statusText}\n${fields.join('')}\n`)
  }
  if (response.body !== null) {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) await print(chunk)
  }
  return response.ok ? EXIT.ok : EXIT.fetchStatus
}
