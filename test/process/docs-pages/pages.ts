// Sentences of one page, and a server that shows that they are true. A sentence that is changed fails here, so that what it says is tried
// again. Rows of one server run one after the other.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { says } from '../../support/docs.ts'
import { connectRaw, type RawClient } from '../../support/raw-client.ts'
import { type Finished, runStarlight, StarlightProcess } from '../../support/starlight-process.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { ask, type Reply, until } from '../supervisor-support.ts'

export interface Shown {
  readonly process: StarlightProcess
  readonly folder: string
  readonly url: string
  /** One request on a connection of its own. */
  get(path: string, headers?: Record<string, string>): Promise<Reply>
  /** A connection of raw bytes, gone with the test. */
  connect(): Promise<RawClient>
  /** Runs a command (`status`) for this server. */
  command(...words: readonly string[]): Promise<Finished>
  /** A file of the folder; empty while there is none. */
  read(name: string): string
}

export type Row = readonly [sentence: string, shows: (shown: Shown) => unknown]

export interface Setting {
  /** `@/` is the folder. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Files of the folder besides the application. */
  readonly files?: Readonly<Record<string, string>>
  readonly app?: string
  readonly descriptors?: number
  readonly skip?: false | string
}

const APP = `
const text = body => [200, ['Content-Type', 'text/plain'], [body]]
const paths = {
  '/fail': () => { throw new Error('first line\\nsecond \\x1b[31m line') },
  '/says': () => { console.error('raw words'); return text('said') },
  '/env': env => text(JSON.stringify(Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === 'string')))),
  '/held': () => { console.log('held'); return new Promise(() => undefined) },
}
export default env => paths[env.PATH_INFO]?.(env) ?? text(String(process.pid))
`

export function pageRows(page: string, title: string, setting: Setting, ...rows: readonly Row[]): void {
  test(`${page}, ${title}`, { skip: setting.skip ?? false }, async t => {
    const shown = await show(t, setting)
    for (const [sentence, shows] of rows) {
      await t.test(sentence, async () => {
        says(page, sentence)
        await shows(shown)
      })
    }
  })
}

async function show(t: TestContext, { args, env = {}, files = {}, app = APP, descriptors }: Setting): Promise<Shown> {
  const folder = temporaryFolder('pages')
  for (const [name, text] of Object.entries({ ...files, 'app.mjs': app })) writeFileSync(join(folder, name), text)
  const common = ['--host=127.0.0.1', '--port=0', `--control-socket=${folder}/control`]
  const server = new StarlightProcess(
    [...common, ...args.map(arg => arg.replaceAll('@/', `${folder}/`)), `${folder}/app.mjs`],
    { cwd: folder, env, ...(descriptors === undefined ? {} : { descriptors }) },
  )
  t.after(() => server.stop('SIGKILL'))
  const read = (name: string): string => readOrEmpty(join(folder, name))
  const url = await serving(server, args.includes('--error-log=@/error.log') ? () => read('error.log') : undefined)
  return {
    process: server,
    folder,
    url,
    read,
    get: (path, headers = {}) => ask(url + path, { headers }),
    command: (...words) => runStarlight([...words, `--control-socket=${folder}/control`]),
    async connect() {
      const client = await connectRaw({ port: Number(new URL(url).port) })
      t.after(() => client.destroy())
      return client
    },
  }
}

/** Where it serves. `log`: what has its words, when standard error has not. */
async function serving(server: StarlightProcess, log?: () => string): Promise<string> {
  const line = /serving .* on .*?(http:\/\/[^\s,"]+)/
  if (log === undefined) return (await server.seen(line))[1]!
  await until(() => line.test(log()), 'the server serves')
  return line.exec(log())![1]!
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
