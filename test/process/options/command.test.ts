// What the options of src/config/options/command.ts do, and those of `starlight fetch`.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FETCH_OPTIONS } from '../../../src/cli/fetch-options.ts'
import { COMMAND_OPTIONS } from '../../../src/config/options/command.ts'
import { ROOT } from '../../support/root.ts'
import { effectsOf, type Row, ran, type Setting, served } from './effects.ts'

const ALONE: Setting = { app: '' }
const files = { 'other.json': '{ "workers": 3, "serverHeader": "other" }' }
const group = (
  setting: Setting,
  ...row: Row<
    Awaited<ReturnType<typeof import('../../support/starlight-process.ts').runStarlight>> & { folder: string }
  >
) => ran(setting, row)

const isPage = ({ code, stdout }: { code: number | null; stdout: string }): void => {
  assert.equal(code, 0)
  assert.match(stdout, /^Usage: starlight/)
}
const isVersion = ({ code, stdout }: { code: number | null; stdout: string }): void => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  assert.deepEqual([code, stdout], [0, `Starlight/${version}\n`])
}
const completes =
  (file: string) =>
  ({ code, stdout }: { code: number | null; stdout: string }): void =>
    assert.deepEqual([code, stdout], [0, readFileSync(join(ROOT, 'completions', file), 'utf8')])

effectsOf(COMMAND_OPTIONS, [
  served({ files }, [
    '--config=@/other.json',
    'the options of the file',
    async ({ ask, server }) => {
      assert.equal((await ask()).headers.get('server'), 'other')
      assert.equal(server.workers().length, 3)
    },
  ]),
  served({ files }, [
    ['-c', 'other.json'],
    'the same as --config',
    async ({ ask }) => assert.equal((await ask()).headers.get('server'), 'other'),
  ]),
  group(ALONE, '--print-config', 'a table', ({ code, stdout }) => {
    assert.equal(code, 0)
    assert.match(stdout, /^ *keepaliveTimeout +.*65/m)
  }),
  group(ALONE, '--print-config=text', 'the same', ({ code, stdout }) => {
    assert.equal(code, 0)
    assert.match(stdout, /^ *keepaliveTimeout +.*65/m)
  }),
  group(ALONE, '--print-config=json', 'the same for programs', ({ code, stdout }) => {
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).keepaliveTimeout.value, 65)
  }),
  group({}, '--check-config', 'loads and opens nothing', ({ code, stdout }) => {
    assert.equal(code, 0)
    assert.match(stdout, /^Configuration is fine: .*app\.mjs is taken for a PSGI application/)
  }),
  group(
    { files: { 'app.mjs': 'nowhere()' }, app: 'app.mjs' },
    '--check-config',
    'says what the start would say',
    ({ code, stderr }) => {
      assert.equal(code, 4)
      assert.match(stderr, /ReferenceError: nowhere is not defined/)
    },
  ),
  group(ALONE, '--completion=bash', 'the script', completes('starlight.bash')),
  group(ALONE, '--completion=zsh', 'the script', completes('_starlight')),
  group(ALONE, '--completion=fish', 'the script', completes('starlight.fish')),
  group(ALONE, '--help', 'the help', isPage),
  group(ALONE, '-h', 'the help', isPage),
  group(ALONE, '--version', 'the version', isVersion),
  group(ALONE, '-v', 'the version', isVersion),
])

const ECHO = {
  files: {
    'app.mjs': `export default async env => [200, ['X-Kind', 'echo'], [env.REQUEST_METHOD, ' ', env.HTTP_X_NAME ?? '', ' ', await env['psgi.input'].text()]]`,
    'data.txt': 'from a file',
  },
  args: ['fetch', '/'],
  app: 'app.mjs',
}
const prints =
  (text: string | RegExp) =>
  ({ code, stdout }: { code: number | null; stdout: string }): void => {
    assert.equal(code, 0)
    if (typeof text === 'string') assert.equal(stdout, text)
    else assert.match(stdout, text)
  }
const HEAD = /^HTTP\/1\.1 200 OK\n(?:.+\n)*x-kind: echo\n(?:.+\n)*\nGET/i

effectsOf(FETCH_OPTIONS, [
  group(ECHO, '--method=PUT', 'the method', prints('PUT  ')),
  group(ECHO, ['-X', 'DELETE'], 'the method', prints('DELETE  ')),
  group(ECHO, '--header=X-Name: ann', 'a field', prints('GET ann ')),
  group(ECHO, ['-H', 'X-Name: bob'], 'a field', prints('GET bob ')),
  group(ECHO, '--data=a=1', 'the body', prints('POST  a=1')),
  group(ECHO, ['-d', '@data.txt'], 'the body from a file', prints('POST  from a file')),
  group(ECHO, '--head', 'the head of the answer', prints(HEAD)),
  group(ECHO, '-i', 'the head of the answer', prints(HEAD)),
  group({ ...ECHO, args: ['fetch', '/', '--head'] }, '--no-head', 'no head', prints('GET  ')),
])
