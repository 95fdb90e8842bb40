// What each option does to a running server. A row of these tables is an argument as an operator writes it, a sentence, and
// a check that holds only while the argument has that effect. `effectsOf` runs the rows, and fails when an option of its table
// is left out, or a name, an alias, a negation, a choice or an accepted 0 of one.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { OptionRow, OptionTable } from '../../../src/config/option.ts'
import { connectRaw, type RawClient } from '../../support/raw-client.ts'
import { ROOT } from '../../support/root.ts'
import {
  type Finished,
  runStarlight,
  type StarlightProcess,
  type StartOptions,
  startStarlight,
} from '../../support/starlight-process.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Arguments: one, or one for each word. `@/` at the start of a value is the folder of the row. */
export type Given = string | readonly string[]

export interface Group {
  /** Everything that its rows show the effect of. */
  readonly given: readonly (readonly string[])[]
  run(): void
}

/** An application whose paths do what the checks need. */
export const APP: string = join(ROOT, 'test', 'fixtures', 'options', 'app.mjs')

export interface Setting {
  /** What the effect needs beside the arguments of the rows. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Files of the working directory, which is empty otherwise. */
  readonly files?: Readonly<Record<string, string>>
  /** Instead of `APP`; the empty text for none. */
  readonly app?: string
  /** Instead of a free port of the loopback. */
  readonly address?: readonly string[]
  /** Why this cannot be seen here. */
  readonly skip?: false | string
}

/** A served row: asks the server. */
export interface Served {
  readonly server: StarlightProcess
  readonly folder: string
  /** One request on a connection of its own. */
  ask(path?: string, init?: RequestInit): Promise<Reply>
  /** A connection of raw bytes, gone with the test. */
  connect(methods?: readonly string[]): Promise<RawClient>
}

export interface Reply {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

export type Row<Context> = readonly [given: Given, does: string, shows: (context: Context, t: TestContext) => unknown]

const LOOPBACK = ['--host=127.0.0.1', '--port=0']

/** One server that is given what all the rows say; the checks run side by side. */
export function served(setting: Setting, ...rows: readonly Row<Served>[]): Group {
  const given = rows.map(row => messageOf(row[0]))
  const title = given.map(words => words.join(' ')).join(' ')
  const run = (): void => {
    test(`a server with ${title}`, { skip: setting.skip ?? false, concurrency: true }, async t => {
      const { args, options, folder } = prepare({ address: LOOPBACK, ...setting }, given.flat())
      const server = await startStarlight(args, options)
      t.after(() => server.stop('SIGKILL'))
      const context = { server, folder, ...asking(server, t) }
      await Promise.all(
        rows.map((row, i) =>
          t.test(`${given[i]!.join(' ')}: ${row[1]}`, async inner => void (await row[2](context, inner))),
        ),
      )
    })
  }
  return { given, run }
}

/** A command that runs to its end. */
export function ran(setting: Setting, row: Row<Finished & { readonly folder: string }>): Group {
  const given = messageOf(row[0])
  const run = (): void => {
    test(`${given.join(' ')}: ${row[1]}`, { skip: setting.skip ?? false }, async t => {
      const { args, options, folder } = prepare(setting, given)
      await row[2]({ ...(await runStarlight(args, options)), folder }, t)
    })
  }
  return { given: [given], run }
}

/** What starts its servers itself, from what `own` got. */
export function own(setting: Setting, row: Row<Own>): Group {
  const given = messageOf(row[0])
  const run = (): void => {
    test(`${given.join(' ')}: ${row[1]}`, { skip: setting.skip ?? false }, async t => {
      await row[2](prepare(setting, given), t)
    })
  }
  return { given: [given], run }
}

export interface Own {
  readonly args: readonly string[]
  readonly options: StartOptions
  readonly folder: string
}

function prepare(setting: Setting, given: readonly string[]): Own {
  const folder = temporaryFolder('options')
  for (const [name, text] of Object.entries(setting.files ?? {})) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const app = setting.app ?? APP
  const words = [...(setting.address ?? []), ...(setting.args ?? []), ...given].map(word =>
    word.replace(/(^|=)@\//, `$1${folder}/`),
  )
  const args = app === '' ? words : [...words, app]
  return { args, folder, options: { cwd: folder, ...(setting.env === undefined ? {} : { env: setting.env }) } }
}

/** How a server is asked. */
export function asking(server: StarlightProcess, t?: TestContext): Pick<Served, 'ask' | 'connect'> {
  return {
    async ask(path = '/', init = {}) {
      const response = await fetch(server.url + path, { headers: { connection: 'close' }, ...init })
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
    async connect(methods = []) {
      const client = await connectRaw({ port: server.port, methods })
      t?.after(() => client.destroy())
      return client
    },
  }
}

/** Runs the groups, and demands that they show all of `table`. */
export function effectsOf(table: OptionTable, groups: readonly Group[], notYet: readonly string[] = []): void {
  // Most rows wait most of their time.
  describe('effects', { concurrency: 6 }, () => {
    for (const group of groups) group.run()
  })
  const shown = groups.flatMap(group => group.given)
  for (const row of Object.values(table)) {
    test(`--${row.flag} has a row for each way to write it`, () => {
      const missing = spellingsOf(row).filter(spelling => !shown.some(spelling.isShownBy))
      const names = missing.map(spelling => spelling.name)
      if (notYet.includes(row.flag)) assert.notDeepEqual(names, [], 'all of it is shown: take it from the list')
      else assert.deepEqual(names, [], 'a row of this file has to show the effect (CONTRIBUTING.md: "An option")')
    })
  }
}

interface Spelling {
  readonly name: string
  isShownBy(given: readonly string[]): boolean
}

/** All that has to be shown of an option. */
function spellingsOf(row: OptionRow): Spelling[] {
  const longs = [row.flag, ...(row.aliases ?? [])].map(name => `--${name}`)
  const shorts = row.short === undefined ? [] : [`-${row.short}`]
  const negations = row.kind === 'boolean' && row.commandLineOnly !== true ? [`--no-${row.flag}`] : []
  const isName = (name: string): Spelling => ({ name, isShownBy: given => given[0]!.split('=')[0] === name })
  const isValue = (value: string): Spelling => ({
    name: `--${row.flag}=${value}`,
    isShownBy: given => [...longs, ...shorts].includes(given[0]!.split('=')[0]!) && valueIn(given) === value,
  })
  return [...[...longs, ...shorts, ...negations].map(isName), ...valuesOf(row).map(isValue)]
}

/** Values that have to be shown one by one. */
function valuesOf(row: OptionRow): readonly string[] {
  if (row.kind === 'verify-mode') return ['0', '1', '3']
  const isNumber = ['count', 'port', 'seconds', 'bytes', 'octal'].includes(row.kind)
  const zeros = isNumber && (row.min ?? 0) === 0 ? ['0', ...(row.zeroWords ?? [])] : []
  return [...zeros, ...(row.choices ?? [])]
}

function valueIn(given: readonly string[]): string | undefined {
  const [name, ...rest] = given[0]!.split('=')
  return name === given[0] ? given[1] : rest.join('=')
}

function messageOf(given: Given): readonly string[] {
  return typeof given === 'string' ? [given] : given
}
