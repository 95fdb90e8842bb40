// The command as a user meets it: what it prints, where, and how it ends.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { runStarlight, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const APP = `export default async env => {
  if (env.PATH_INFO === '/missing') return [404, [], ['none']]
  const body = await env['psgi.input'].text()
  return [200, ['Content-Type', 'text/plain', 'X-Env', process.env.PLACK_ENV], [env.REQUEST_METHOD + ' ' + env.PATH_INFO + ' ' + body]]
}
`

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder('cli')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

test('--version', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const { code, stdout, stderr } = await runStarlight(['--version'])
  assert.deepEqual([code, stdout, stderr], [0, `Starlight/${version}\n`, ''])
})

test('--help goes to standard output', async () => {
  const { code, stdout, stderr } = await runStarlight(['-h'])
  assert.match(stdout, /^Usage: starlight \[options\] \[app\]\n/)
  assert.deepEqual([code, stderr], [0, ''])
})

test('an unknown option is one sentence and code 2, and nothing is started', async () => {
  const { code, stdout, stderr } = await runStarlight(['--worker=3', 'no-such-app.ts'])
  assert.deepEqual(
    [code, stdout, stderr],
    [2, '', 'starlight: Cannot use --worker: there is no such option, the nearest is --workers\n'],
  )
})

test('--ssl without a key is one sentence and code 2', async () => {
  const { code, stderr } = await runStarlight(['--port=443', '--ssl=1', 'app.ts'])
  assert.deepEqual(
    [code, stderr],
    [2, 'starlight: Cannot use TLS on https://*:443: it has no key, --ssl-key-file=FILE is needed\n'],
  )
})

test('--print-config=json shows a config file in TypeScript, the environment and the command line', async () => {
  const config = "const workers: number = 7\nexport default { workers, timeout: '1m', app: 'a.ts' }\n"
  const cwd = folderWith({ 'starlight.config.ts': config })
  const env = { STARLIGHT_TIMEOUT: '2m', PLACK_ENV: 'test' }
  const { code, stdout, stderr } = await runStarlight(['--print-config=json', '-q', 'b.ts'], { cwd, env })
  const shown = JSON.parse(stdout) as Record<string, { value: unknown; from: string }>
  const of = (key: string): unknown[] => [shown[key]?.value, shown[key]?.from]
  assert.deepEqual(
    [of('workers'), of('timeout'), of('app'), of('env')],
    [
      [7, 'starlight.config.ts'],
      [120, 'STARLIGHT_TIMEOUT'],
      ['b.ts', 'argument'],
      ['test', 'PLACK_ENV'],
    ],
  )
  assert.deepEqual([code, stderr], [0, ''])
})

test('a config file with an unknown key is code 2', async () => {
  const cwd = folderWith({ 'starlight.config.json': '{ "worker": 1 }' })
  const { code, stderr } = await runStarlight([], { cwd })
  const sentence =
    'starlight: Cannot use "worker" in starlight.config.json: there is no such key, the nearest is "workers"\n'
  assert.deepEqual([code, stderr], [2, sentence])
})

test('a misspelt variable is said, and no error', async () => {
  const cwd = folderWith({})
  const { code, stderr } = await runStarlight(['--print-config'], { cwd, env: { STARLIGHT_WORKRES: '3' } })
  assert.deepEqual(
    [code, stderr],
    [0, 'starlight: STARLIGHT_WORKRES is no option and is ignored, the nearest is STARLIGHT_WORKERS\n'],
  )
})

test('--check-config loads the application and opens nothing', async () => {
  const cwd = folderWith({ 'app.mjs': APP })
  // Port 1 could not be bound by most users, and nobody tries to.
  const { code, stdout } = await runStarlight(['--check-config', '--workers=2', '--port=1', 'app.mjs'], { cwd })
  assert.equal(
    stdout,
    `Configuration is fine: ${join(cwd, 'app.mjs')} is taken for a PSGI application because its parameter is named env, to be served on http://*:1 with 2 workers\n`,
  )
  assert.equal(code, 0)
})

test('--check-config of a broken application shows its own error and ends with code 4', async () => {
  const cwd = folderWith({ 'app.mjs': 'const db = undefined\nexport default db.connect()\n' })
  const { code, stdout, stderr } = await runStarlight(['--check-config', 'app.mjs'], { cwd })
  assert.match(stderr, /^starlight: Cannot load .*app\.mjs.*: TypeError: .*\nTypeError: [\s\S]*app\.mjs:2/)
  assert.deepEqual([code, stdout], [4, ''])
})

test('-q does not take the application', async () => {
  const cwd = folderWith({ 'app.mjs': APP })
  const { code } = await runStarlight(['-q', '--check-config', 'app.mjs'], { cwd })
  assert.equal(code, 0)
})

test('a served application finds the name of its environment in PLACK_ENV', async () => {
  const cwd = folderWith({ 'app.mjs': APP })
  await using server = await startStarlight(
    ['--port=0', '--host=127.0.0.1', '--workers=1', '-E', 'staging', 'app.mjs'],
    { cwd },
  )
  const response = await fetch(`${server.url}/x`)
  assert.deepEqual([response.headers.get('x-env'), await response.text()], ['staging', 'GET /x '])
})

test('fetch prints the body, and with -i the head', async () => {
  const cwd = folderWith({ 'app.mjs': APP })
  const plain = await runStarlight(['fetch', '/a', 'app.mjs'], { cwd })
  assert.deepEqual([plain.code, plain.stdout, plain.stderr], [0, 'GET /a ', ''])
  const posted = await runStarlight(['fetch', '-i', '-d', 'x=1', '/a', 'app.mjs'], { cwd })
  assert.match(posted.stdout, /^HTTP\/1\.1 200 OK\n(.+: .+\n)+\nPOST \/a x=1$/)
})

test('fetch ends with code 22 when the status is not 2xx', async () => {
  const cwd = folderWith({ 'app.mjs': APP })
  const { code, stdout } = await runStarlight(['fetch', '/missing', 'app.mjs'], { cwd })
  assert.deepEqual([code, stdout], [22, 'none'])
})

test('fetch of an application that cannot be loaded ends with code 4', async () => {
  const { code } = await runStarlight(['fetch', '/', 'none.mjs'], { cwd: folderWith({}) })
  assert.equal(code, 4)
})

for (const [words, expected] of [
  [
    ['starlight', '--max-r'],
    ['--max-reqs-per-child', '--max-requests'],
  ],
  [['starlight', '--interface', '=', 'f'], ['fetch']],
  [
    ['starlight', '--interface', '='],
    ['psgi', 'fetch', 'node', 'perl'],
  ],
  [['starlight', '--no-q'], ['--no-quiet']],
  [['starlight', '-w', ''], []],
  [['starlight', '--include', 'di'], ['dir with space']],
  [['starlight', 'a'], ['app.mjs']],
  [['starlight', 'fe'], ['fetch']],
] as const) {
  test(`bash completes ${words.join(' ')}`, () => {
    const cwd = folderWith({ 'app.mjs': APP })
    mkdirSync(join(cwd, 'dir with space'))
    const print = `printf '%s\\n' "\${COMPREPLY[@]}"`
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _starlight; ${print}`
    const completion = join(ROOT, 'completions', 'starlight.bash')
    const output = execFileSync('bash', ['-c', script, 'bash', completion, ...words], { cwd, encoding: 'utf8' })
    assert.deepEqual(
      output.split('\n').filter(line => line !== ''),
      expected,
    )
  })
}

test('--completion prints the script', async () => {
  const { code, stdout } = await runStarlight(['--completion=bash'])
  assert.deepEqual([code, stdout], [0, readFileSync(join(ROOT, 'completions', 'starlight.bash'), 'utf8')])
})
