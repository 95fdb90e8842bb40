import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROWS } from '../../../src/config/options.ts'
import { parseArguments } from '../../../src/config/sources/argv.ts'
import { mistakeOf } from '../resolved.ts'

function parsed(argv: readonly string[]): object {
  const { values, bare } = parseArguments(argv, ROWS)
  return {
    ...Object.fromEntries([...values].map(([key, { value }]) => [key, value])),
    ...(bare.length > 0 && { bare }),
  }
}

const GOOD: readonly (readonly [string, object])[] = [
  ['--workers=20 --max-reqs-per-child=100 app.ts', { workers: 20, maxReqsPerChild: 100, bare: ['app.ts'] }],
  ['--port=80 --ipv6=1', { port: 80, ipv6: true }],
  [
    '--port=443 --ssl=1 --ssl-key-file=file.key --ssl-cert-file=file.crt',
    { port: 443, ssl: true, sslKeyFile: ['file.key'], sslCertFile: ['file.crt'] },
  ],
  ['--socket=/tmp/starlight.sock', { socket: '/tmp/starlight.sock' }],
  ['app.ts --port 80 --quiet', { port: 80, quiet: true, bare: ['app.ts'] }],
  ['-q app.psgi', { quiet: true, bare: ['app.psgi'] }],
  ['-q 1 app.psgi', { quiet: true, bare: ['app.psgi'] }],
  ['--quiet 0 app.psgi', { quiet: false, bare: ['app.psgi'] }],
  ['-q --max-workers=1 app.psgi', { quiet: true, workers: 1, bare: ['app.psgi'] }],
  [
    '--ssl=0 --no-quiet --enable-daemonize --disable-reload',
    { ssl: false, quiet: false, daemonize: true, reload: false },
  ],
  ['--no-default-middleware', { defaultMiddleware: false }],
  ['-D -r', { daemonize: true, reload: true }],
  ['-Ilib -I blib -Mfoo -M=bar', { include: ['lib', 'blib'], module: ['foo', 'bar'] }],
  ['-p 80 -o localhost -p=81', { port: 81, host: 'localhost' }],
  ['-port=80 -host localhost -env=test', { port: 80, host: 'localhost', env: 'test' }],
  ['--listen=:80 -l /run/a.sock', { listen: [':80', '/run/a.sock'] }],
  ['-R lib,views --Reload=x', { reloadPaths: ['lib', 'views', 'x'] }],
  ['--max-requests=inf --workers=1 --max-workers=2', { maxReqsPerChild: 0, workers: 2 }],
  ['--print-config app.ts', { printConfig: 'text', bare: ['app.ts'] }],
  ['--print-config=json', { printConfig: 'json' }],
  ['--access-log - --host=', { accessLog: '-', host: '' }],
  ['--quiet -- --odd-name.ts', { quiet: true, bare: ['--odd-name.ts'] }],
  ['a b', { bare: ['a', 'b'] }],
]

for (const [line, values] of GOOD) {
  test(`starlight ${line}`, () => assert.deepEqual(parsed(line.split(' ')), values))
}

test('-e takes its code with or without a space, with spaces and equals signs in it', () => {
  assert.deepEqual(parsed(['-e', 'env => a == b']), { evaluate: 'env => a == b' })
  assert.deepEqual(parsed(['-eenv => a == b']), { evaluate: 'env => a == b' })
  assert.deepEqual(parsed(['--evaluate=(env) => {\n}']), { evaluate: '(env) => {\n}' })
})

test('the origin is the spelling of the operator', () => {
  const { values } = parseArguments(['--max-workers=2', '-p', '80', '--no-quiet', '-Ilib'], ROWS)
  assert.deepEqual(
    [...values.values()].map(({ from }) => from),
    ['--max-workers', '-p', '--no-quiet', '-I'],
  )
})

const BAD: readonly (readonly [string, string])[] = [
  ['--worker=3', 'Cannot use --worker: there is no such option, the nearest is --workers'],
  ['--max-worker 3', 'Cannot use --max-worker: there is no such option, the nearest is --max-workers'],
  ['--no-quite', 'Cannot use --no-quite: there is no such option, the nearest is --no-quiet'],
  ['--frobnicate', 'Cannot use --frobnicate: there is no such option, starlight --help lists them all'],
  [
    '--err-respawn-interval=1',
    'Cannot use --err-respawn-interval: there is no such option, the nearest is --spawn-interval',
  ],
  ['--no-workers', 'Cannot use --no-workers: there is no such option, starlight --help lists them all'],
  ['--no-quiet=1', 'Cannot use --no-quiet=1: it takes no value, --quiet=1 or --quiet=0 is needed'],
  ['--port', 'Cannot use --port without a value: --port=PORT is needed'],
  ['-p', 'Cannot use -p without a value: -p PORT is needed'],
  ['--pid --daemonize', 'Cannot use --pid without a value: --pid=FILE is needed'],
  ['--port=http', 'Cannot use "http" for --port: a port from 0 to 65535 is needed'],
  ['-p http', 'Cannot use "http" for -p: a port from 0 to 65535 is needed'],
  ['--ssl=maybe', 'Cannot use "maybe" for --ssl: 1 or 0 is needed'],
  ['--interface=cgi', 'Cannot use "cgi" for --interface: psgi, fetch, node or perl is needed'],
  ['-p80', 'Cannot use -p80: the value stands apart, -p 80 is needed'],
  ['-qD', 'Cannot use -qD: letters are not joined, -q -D is needed'],
  ['-prot=80', 'Cannot use -prot: there is no such option, the nearest is --port'],
  ['-Z', 'Cannot use -Z: there is no such option, starlight --help lists them all'],
]

for (const [line, message] of BAD) {
  test(`starlight ${line}: ${message}`, () =>
    assert.equal(
      mistakeOf(() => parsed(line.split(' '))),
      message,
    ))
}
