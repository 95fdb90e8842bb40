// docs/logs.md, shown by servers.
import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { says } from '../../support/docs.ts'
import { runStarlight } from '../../support/starlight-process.ts'
import { until } from '../supervisor-support.ts'
import { pageRows, type Shown } from './pages.ts'

const PAGE = 'docs/logs.md'
const ENTRY = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[\d+\] (?:debug|info|warn|error): /

async function logged({ read }: Shown, name: string, pattern: RegExp): Promise<RegExpExecArray> {
  await until(() => pattern.test(read(name)), `${name} has ${pattern}`)
  return pattern.exec(read(name))!
}

/** Sends raw bytes that are refused. */
async function refused({ connect }: Shown, bytes: string, status: number): Promise<void> {
  const client = await connect()
  client.send(bytes)
  assert.equal((await client.answer()).status, status)
  client.destroy()
}

pageRows(
  PAGE,
  'logs in files',
  {
    args: [
      ...['--workers=1', '--error-log=@/error.log', '--access-log=@/access.log'],
      '--access-log-exclude=/healthz,/readyz',
    ],
    files: { 'error.log': 'kept\n', 'access.log': 'kept\n' },
  },
  [
    'Entries go to standard error, or are appended to `--error-log`.',
    ({ read, process }) => {
      assert.match(read('error.log'), /^kept\n\d{4}-/)
      assert.equal(process.stderr, '')
    },
  ],
  [
    'Each begins with the time in UTC, the process and the level:',
    ({ read }) => {
      for (const line of read('error.log').trimEnd().split('\n').slice(1)) assert.match(line, ENTRY)
    },
  ],
  [
    'An entry is one line; only the stack of an error follows it, indented, with everything that caused it.',
    async shown => {
      assert.equal((await shown.get('/fail')).status, 500)
      await logged(shown, 'error.log', /The application failed on GET \/fail\n {4}Error: first line/)
      for (const line of shown.read('error.log').trimEnd().split('\n').slice(1))
        assert.match(line, /^ {4}|^\d{4}-.*Z \[/)
    },
  ],
  [
    'Control characters are written as `\\xHH`, so no request and no error message can forge an entry.',
    ({ read }) => assert.match(read('error.log'), /second \\x1B\[31m line/),
  ],
  [
    '`--access-log=FILE` appends to a file',
    async shown => {
      await shown.get('/first')
      await logged(shown, 'access.log', /^kept\n[\s\S]*"GET \/first HTTP\/1\.1" 200/)
    },
  ],
  [
    'That is the format `combined`, the default.',
    async shown => {
      await shown.get('/combined', { referer: 'http://r/', 'user-agent': 'tester' })
      await logged(
        shown,
        'access.log',
        /^127\.0\.0\.1 - - \[.*\] "GET \/combined HTTP\/1\.1" 200 \d+ "http:\/\/r\/" "tester"$/m,
      )
    },
  ],
  [
    '`--access-log-exclude=/healthz,/readyz` writes no line for these paths, whatever their query.',
    async shown => {
      for (const path of ['/healthz', '/readyz?from=here', '/healthz/more']) await shown.get(path)
      await logged(shown, 'access.log', /GET \/healthz\/more /)
      assert.doesNotMatch(shown.read('access.log'), /GET \/(?:healthz|readyz)[ ?]/)
    },
  ],
  [
    'Quotes, backslashes and everything that is not printable ASCII are written as `\\xHH`',
    async shown => {
      await shown.get('/escaped', { 'user-agent': 'a"b\\c\xe9\t' })
      await logged(shown, 'access.log', /GET \/escaped .*"a\\x22b\\x5cc\\xe9(?:\\x09)?"$/im)
    },
  ],
  [
    'A request that is refused before the application sees it (400, 408, 413, 414, 417, 431, 501, 505)',
    async shown => {
      await refused(shown, 'GET /two-hosts HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400)
      await refused(shown, 'POST /coded HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 501)
      await refused(shown, 'GET /version HTTP/2.0\r\nHost: a\r\n\r\n', 505)
      for (const line of ['"GET /two-hosts HTTP/1.1" 400', '"POST /coded HTTP/1.1" 501', '"GET /version HTTP/2.0" 505'])
        await until(() => shown.read('access.log').includes(line), line)
    },
  ],
  [
    'the first line as far as it came, at most 256 characters, and `-` for what nobody knows',
    async shown => {
      await refused(shown, `GET /${'x'.repeat(300)} HTTP/9.9\r\n\r\n`, 505)
      const [, line = ''] = await logged(shown, 'access.log', /"(GET \/xxx[^"]*)" 505 - "-" "-"/)
      assert.equal(line.length, 256)
    },
  ],
  [
    'Rename the files and send USR1 to the master; it and all workers open the names anew.',
    async shown => {
      const { folder, process, read } = shown
      for (const name of ['access.log', 'error.log']) renameSync(join(folder, name), join(folder, `${name}.1`))
      process.signal('SIGUSR1')
      await until(() => existsSync(join(folder, 'error.log')), 'the master has its file')
      await until(async () => {
        await shown.get('/rotated')
        return read('access.log').includes('GET /rotated ')
      }, 'the worker has its file')
    },
  ],
)

test('docs/logs.md, an unknown directive', async () => {
  says(PAGE, 'An unknown one stops the start.')
  const { code, stderr } = await runStarlight([
    '--port=0',
    '--access-log=-',
    '--access-log-format=%Z',
    '-e',
    '() => []',
  ])
  assert.equal(code, 2)
  assert.match(stderr, /%Z/)
})

const entries = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Record<string, unknown>)

pageRows(
  PAGE,
  'logs for programs',
  { args: ['--workers=1', '--log-format=json', '--access-log=-', '--admin=127.0.0.1:0'] },
  [
    '`--log-format=json` writes an object per line.',
    ({ process }) => {
      assert.deepEqual(
        process.stderr
          .trimEnd()
          .split('\n')
          .filter(line => !line.startsWith('{')),
        [],
      )
    },
  ],
  [
    'both have `time` and `pid`, entries have `level` and `message` (and `error` with the stack), access lines have `status`',
    async ({ get, process }) => {
      await get('/fail')
      await process.seen(/The application failed.*\n/)
      await process.printed(/"status":500.*\n/)
      const error = entries(process.stderr).find(entry => entry.level === 'error')!
      assert.deepEqual(Object.keys(error), ['time', 'level', 'pid', 'message', 'error'])
      assert.match(String(error.error), /^Error: first line[\s\S]*\n {4}at /)
      const line = entries(process.stdout).find(entry => entry.status === 500)!
      assert.ok(typeof line.time === 'string' && line.pid === error.pid)
    },
  ],
  [
    'JSON lines have `refusal` with the reason and `line` besides',
    async shown => {
      await refused(shown, 'GET /a HTTP/2.0\r\n\r\n', 505)
      await shown.process.printed(/"refusal":"unsupported-version","line":"GET \/a HTTP\/2\.0"\}\n/)
    },
  ],
  [
    '`/metrics` counts them by reason (`starlight_refused_total{reason="bad-host"}`), and so does `starlight status`',
    async shown => {
      await refused(shown, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400)
      await until(
        async () => /"bad-host": ?1/.test((await shown.command('status', '--json')).stdout),
        'the worker has reported it',
      )
      assert.match((await shown.command('status')).stdout, /bad-host/)
    },
  ],
  [
    'What an application writes to standard error itself (`console.error`) passes as it is.',
    async ({ get, process }) => {
      await get('/says')
      await process.seen(/^raw words$/m)
    },
  ],
)

pageRows(PAGE, 'logs for the journal', { args: ['--workers=1', '--log-format=journal'] }, [
  'puts the priority in front of each line',
  async ({ get, process }) => {
    await get('/fail')
    await process.seen(
      /^<3>\[\d+\] error: The application failed on GET \/fail\n<3> {4}Error: first line.*\n(?:<3> {4}.*\n)+/m,
    )
    for (const line of process.stderr.trimEnd().split('\n')) assert.match(line, /^<[0-7]>/)
  },
])
