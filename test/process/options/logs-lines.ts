// What the options do that say where the logs lie and what a line of the access log holds, --quiet and --server-header.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { StarlightProcess } from '../../support/starlight-process.ts'
import { ask, until } from '../supervisor-support.ts'
import { type Group, type Own, own, type Row, type Served, type Setting, served } from './effects.ts'

const ONE = { args: ['--workers=1'] }
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)
const read = (folder: string, name: string): string =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : ''

/** The first line of the access log on standard output, for a request to /pid. */
async function lineOf({ server, ask }: Served): Promise<string> {
  await ask('/pid', { headers: { 'user-agent': 'tester', referer: 'http://r/', connection: 'close' } })
  return (await server.printed(/^.*\n/))[0].trim()
}

const logs =
  (pattern: RegExp) =>
  async (server: Served): Promise<void> =>
    assert.match(await lineOf(server), pattern)

/** A server that may say nothing; it serves when its socket is there. */
async function silently(t: TestContext, { args, options, folder }: Own): Promise<StarlightProcess> {
  const socket = join(folder, 'app.sock')
  const server = new StarlightProcess([`--socket=${socket}`, '--workers=1', ...args], options)
  t.after(() => server.stop('SIGKILL'))
  await until(
    () =>
      ask('http://a/', { socketPath: socket }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    'an answer',
  )
  return server
}

const saysNothing = async (given: Own, t: TestContext): Promise<void> =>
  assert.equal((await silently(t, given)).stderr, '')

const COMMON = String.raw`127\.0\.0\.1 - - \[[^\]]+\] "GET /pid HTTP/1\.1" 200 \d+`

export const LINES: readonly Group[] = [
  group(ONE, '--access-log=@/access.log', 'a line per answer in the file', async ({ ask, folder }) => {
    await ask('/pid')
    await until(() => new RegExp(`^${COMMON}`).test(read(folder, 'access.log')), 'the line')
  }),
  group(ONE, '--access-log=-', 'a line per answer on standard output', logs(new RegExp(`^${COMMON}`))),
  ...[
    ['combined', new RegExp(`^${COMMON} "http://r/" "tester"$`)],
    ['common', new RegExp(`^${COMMON}$`)],
    ['json', /^\{.*"status":200.*\}$/],
    ['%m is %>s', /^GET is 200$/],
  ].map(([format, pattern]) =>
    group(
      { args: ['--workers=1', '--access-log=-'] },
      `--access-log-format=${format}`,
      'what a line says',
      logs(pattern as RegExp),
    ),
  ),
  own(ONE, [
    '--error-log=@/error.log',
    'what the server says, and what the application writes to standard error',
    async (given, t) => {
      const server = await silently(t, given)
      // The worker answers before the master says so.
      await until(() => /info: Starlight\/.* serving/.test(read(given.folder, 'error.log')), 'the line')
      assert.equal(server.stderr, '')
    },
  ]),
  own(ONE, ['--quiet', 'the server does not say where it serves', saysNothing]),
  own(ONE, ['-q', 'the same as --quiet', saysNothing]),
  own({ ...ONE, env: { STARLIGHT_QUIET: '1' } }, [
    '--no-quiet',
    'it says so whatever the environment says',
    async (given, t) => void (await (await silently(t, given)).seen(/serving/)),
  ]),
  group(ONE, '--server-header=Shop', 'the Server field', async ({ ask }) =>
    assert.equal((await ask()).headers.get('server'), 'Shop'),
  ),
  group(ONE, '--server-header=', 'no Server field', async ({ ask }) =>
    assert.equal((await ask()).headers.get('server'), null),
  ),
]
