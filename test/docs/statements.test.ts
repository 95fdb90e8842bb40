// Sentences of the docs that say what is refused, read, or true by default, each with what shows that it is so. A sentence that is
// changed fails here, so that what it says is tried again. What needs a server is in test/process/docs-statements.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstReserved } from '../../src/server/descriptors.ts'
import { DRAIN_BYTES, LINGER_MS, LINGER_QUIET_MS, UNANSWERED_MS } from '../../src/server/settings.ts'
import { mistakeOf, resolved } from '../config/resolved.ts'
import { says } from '../support/docs.ts'

type Config = ReturnType<typeof resolved>['config']
const config = (...argv: string[]): Config => resolved(argv).config
const refused = (pattern: RegExp, ...argv: string[]): void =>
  assert.match(
    mistakeOf(() => resolved(argv)),
    pattern,
  )
const key = ['--ssl-key-file=k', '--ssl-cert-file=c']

const STATEMENTS: readonly (readonly [page: string, sentence: string, holds: () => void])[] = [
  [
    'docs/ancestor.md',
    '| unknown option | ignored | error with the nearest known name, exit code 2 |',
    () => refused(/nearest is --workers/, '--worker=3'),
  ],
  [
    'docs/ancestor.md',
    '| bad value | becomes 0 or the default | error, exit code 2 |',
    () => refused(/workers/, '--workers=many'),
  ],
  ['docs/ancestor.md', 'others refuse an argument that begins with a dash', () => refused(/--port/, '--port', '-q')],
  ['docs/ancestor.md', '| second bare argument | ignored | error |', () => refused(/b\.ts/, 'a.ts', 'b.ts')],
  ['docs/ancestor.md', '| `-p80` | not known | error that says `-p 80` |', () => refused(/-p 80/, '-p80')],
  ['docs/ancestor.md', 'otherwise the CPUs that the process may use', () => assert.equal(config('a.ts').workers, 3)],
  ['docs/ancestor.md', '| workers | 10 | 10 Perl children;', () => assert.equal(config('app.psgi').workers, 10)],
  [
    'docs/ancestor.md',
    '1000 for a Perl child, otherwise no limit',
    () => assert.deepEqual([config('app.psgi').maxReqsPerChild, config('a.ts').maxReqsPerChild], [1000, 0]),
  ],
  [
    'docs/ancestor.md',
    '| `--max-reqs-per-child=0` | the default | no limit | 0 means the same for all limits here; `inf` works in both |',
    () =>
      assert.deepEqual(
        [config('--max-reqs-per-child=0').maxReqsPerChild, config('--max-reqs-per-child=inf').maxReqsPerChild],
        [0, 0],
      ),
  ],
  [
    'docs/ancestor.md',
    '| keep-alive | off (`--max-keepalive-reqs=1`) | on, no limit |',
    () => assert.equal(config('a.ts').maxKeepaliveReqs, 0),
  ],
  [
    'docs/ancestor.md',
    '| `--keepalive-timeout` | 2 s | 65 s |',
    () => assert.equal(config('a.ts').keepaliveTimeout, 65),
  ],
  [
    'docs/ancestor.md',
    'the head has `--head-timeout` of 10 s in all',
    () => assert.equal(config('a.ts').headTimeout, 10),
  ],
  ['docs/ancestor.md', '| `--timeout=0` | 300 s | no limit |', () => assert.equal(config('--timeout=0').timeout, 0)],
  [
    'docs/ancestor.md',
    '| host and port together with `--socket` | dies | listens on both |',
    () =>
      assert.deepEqual(
        config('--port=80', '--socket=/s')
          .listen.map(it => it.kind)
          .sort(),
        ['tcp', 'unix'],
      ),
  ],
  [
    'docs/ancestor.md',
    'every address counts; `HOST:PORT:ssl`, `[::1]:80` and URLs work',
    () => assert.equal(config('-l', 'h:443:ssl', '-l', '[::1]:80', '-l', 'http://h:81', ...key).listen.length, 3),
  ],
  [
    'docs/ancestor.md',
    '| `--listen=name` without digits | a Unix socket | error; a path has a slash |',
    () => refused(/localhost/, '--listen=localhost'),
  ],
  ['docs/ancestor.md', '| TLS key without `--ssl` | ignored | error |', () => refused(/ssl/, ...key)],
  [
    'docs/ancestor.md',
    '| `-s`, `--server` | only `Starlight`; another name is an error |',
    () => refused(/Starlight/, '-s', 'Starman'),
  ],
  ['docs/ancestor.md', '`Shotgun` is an error', () => refused(/Shotgun/, '-L', 'Shotgun', 'a.ts')],
  ['docs/ancestor.md', '`Restarter` is `--reload`', () => assert.equal(config('-L', 'Restarter', 'a.ts').reload, true)],
  [
    'docs/ancestor.md',
    '| `--err-respawn-interval` | error, because the ancestor ignored it;',
    () => refused(/err-respawn-interval/, '--err-respawn-interval=1'),
  ],
  [
    'docs/ancestor.md',
    '| `--main-process-delay` | accepted, has no effect:',
    () => assert.ok(config('--main-process-delay=1', 'a.ts')),
  ],
  [
    'docs/ancestor.md',
    '`PORT` in the environment is the default when it is set',
    () =>
      assert.deepEqual(
        resolved(['a.ts'], { env: { PORT: '8080' } }).config.listen.map(it => it.kind === 'tcp' && it.port),
        [8080],
      ),
  ],
  [
    'docs/ancestor.md',
    '| `--ssl-verify-mode` | 0, 1 and 3 as in IO::Socket::SSL |',
    () => refused(/2/, '--ssl-verify-mode=2'),
  ],
  [
    'docs/ancestor.md',
    'both names; 0 serves in one process; `-w` is new',
    () =>
      assert.deepEqual(
        [config('--max-workers=7').workers, config('--workers=0').workers, config('-w', '5').workers],
        [7, 0, 5],
      ),
  ],
  [
    'docs/ancestor.md',
    '| `--max-reqs-per-child`, `--max-requests` | the same sense, no limit by default |',
    () => assert.equal(config('--max-requests=9').maxReqsPerChild, 9),
  ],
  [
    'docs/ancestor.md',
    '`--read-timeout` (Starman, Feersum: here `--head-timeout`), `--ssl-key` and `--ssl-cert`\n(Starman) are accepted.',
    () =>
      assert.equal(config('--backlog=5', '--read-timeout=3', '--ssl=1', '--ssl-key=k', '--ssl-cert=c').headTimeout, 3),
  ],
  [
    'docs/options.md',
    'A single dash does too: `-port=80`.',
    () => assert.deepEqual(config('-port=80').listen, config('--port=80').listen),
  ],
  [
    'docs/options.md',
    '`--flag`, `--flag=1`, `--flag=0`, `--no-flag`, `--enable-flag`, `--disable-flag`.',
    () =>
      assert.deepEqual(
        ['--quiet', '--quiet=1', '--quiet=0', '--no-quiet', '--enable-quiet', '--disable-quiet'].map(
          flag => config(flag).quiet,
        ),
        [true, true, false, false, true, false],
      ),
  ],
  [
    'docs/options.md',
    'Sizes are bytes and take `k`, `m` and `g` (powers of 1024).',
    () =>
      assert.deepEqual(
        ['1', '2k', '3m', '1g'].map(size => config(`--limit-request-body=${size}`).limitRequestBody),
        [1, 2048, 3 * 2 ** 20, 2 ** 30],
      ),
  ],
  [
    'docs/options.md',
    'Times are seconds and take `ms`, `s`, `m` and `h`.',
    () =>
      assert.deepEqual(
        ['5', '500ms', '5s', '2m', '1h'].map(time => config(`--timeout=${time}`).timeout),
        [5, 0.5, 5, 120, 3600],
      ),
  ],
  [
    'docs/options.md',
    'An option that is given twice counts the last time; a repeatable one adds up.',
    () =>
      assert.deepEqual([config('-w', '2', '-w', '4').workers, config('-l', ':80', '-l', ':81').listen.length], [4, 2]),
  ],
  [
    'docs/options.md',
    '`PLACK_ENV` in the environment, for `--env` alone.',
    () => assert.equal(resolved(['-E', 'a'], { env: { PLACK_ENV: 'b' } }).config.env, 'b'),
  ],
  [
    'docs/options.md',
    'An empty variable says nothing.',
    () => assert.equal(resolved(['a.ts'], { env: { STARLIGHT_WORKERS: '' } }).config.workers, 3),
  ],
  [
    'docs/options.md',
    '`PORT` for `--port` and `PLACK_QUIET` for `--quiet`.',
    () => assert.equal(resolved(['a.ts'], { env: { PLACK_QUIET: '1' } }).config.quiet, true),
  ],
  [
    'docs/options.md',
    'so `--port=8080` on the command line replaces the addresses of a config file.',
    () => assert.equal(resolved(['--port=8080'], { file: { listen: [':1', ':2'] } }).config.listen.length, 1),
  ],
  [
    'docs/perl.md',
    '--workers of them, 10 by default; each answers one request at a time',
    () => assert.equal(config('app.psgi').workers, 10),
  ],
  [
    'docs/perl.md',
    '`--max-reqs-per-child` requests (1000 by default,',
    () => assert.equal(config('app.psgi').maxReqsPerChild, 1000),
  ],
  [
    'docs/perl.md',
    'silent for `--worker-timeout` (300 s by default)',
    () => assert.equal(config('app.psgi').workerTimeout, 300),
  ],
  [
    'docs/signals.md',
    'within `--upgrade-timeout` (180 seconds)',
    () => assert.equal(config('a.ts').upgradeTimeout, 180),
  ],
  [
    'docs/http.md',
    'An idle one is closed after `--keepalive-timeout` (65 seconds).',
    () => assert.equal(config('a.ts').keepaliveTimeout, 65),
  ],
  [
    'docs/http.md',
    'within five seconds of its last piece, for up to 30 seconds, then lets go.',
    () => assert.deepEqual([LINGER_QUIET_MS, LINGER_MS], [5000, 30_000]),
  ],
  ['docs/http.md', 'is read and dropped up to 256 KiB', () => assert.equal(DRAIN_BYTES, 256 * 1024)],
  ['docs/apps.md', 'up to `--input-buffer` (1 MiB) in memory', () => assert.equal(config('a.ts').inputBuffer, 2 ** 20)],
  ['docs/apps.md', 'aborted at once and 2 s left to answer', () => assert.equal(UNANSWERED_MS, 2000)],
  ['docs/balance.md', '**shared** is the default', () => assert.equal(config('a.ts').balance, 'shared')],
  [
    'docs/deployment.md',
    '`--graceful-timeout` (30 seconds), so that the server cuts what is late and not systemd',
    () => assert.equal(config('a.ts').gracefulTimeout, 30),
  ],
  [
    'docs/deployment.md',
    'Here idle connections live for 65 seconds (`--keepalive-timeout`)',
    () => assert.equal(config('a.ts').keepaliveTimeout, 65),
  ],
  [
    'docs/deployment.md',
    'The number of workers is `WEB_CONCURRENCY` or follows',
    () => assert.equal(resolved(['a.ts'], { env: { WEB_CONCURRENCY: '7' } }).config.workers, 7),
  ],
  [
    'docs/operation.md',
    'An eighth of the limit, at least 8 and at most 128, is kept free',
    () =>
      assert.deepEqual(
        [16, 800, 65536].map(limit => limit - firstReserved(limit)),
        [8, 100, 128],
      ),
  ],
  ['docs/options.md', 'a second one is an error.', () => refused(/b\.ts/, 'a.ts', 'b.ts')],
  [
    'docs/options.md',
    'Behind a flag a bare `0` or `1` is its value, as in `-q 1`; nothing else is taken.',
    () =>
      assert.deepEqual(
        [config('-q', '1').quiet, config('-q', '0').quiet, config('-q', 'app.ts').app],
        [true, false, 'app.ts'],
      ),
  ],
]

for (const [page, sentence, holds] of STATEMENTS) {
  test(`${page}: ${sentence}`, () => {
    says(page, sentence)
    holds()
  })
}
