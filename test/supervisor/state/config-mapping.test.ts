import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import type { Log } from '../../../src/log/log.ts'
import {
  appContextOf,
  appNameOf,
  askedAddress,
  isReloading,
  loadSpecOf,
  masterAccepts,
  plackupArguments,
  poolLimitsOf,
  serverSettingsOf,
} from '../../../src/supervisor/state/config-mapping.ts'
import { resolved } from '../../config/resolved.ts'

const DEFAULTS = resolved([]).config
const { app: _, ...WITHOUT_APP } = DEFAULTS

/** The settings of one line of options that differ from those without any. */
function changed(line: string): object {
  const [before, after] = [DEFAULTS, resolved(line.split(' ')).config].map(serverSettingsOf)
  return Object.fromEntries(
    Object.entries(after!).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(before![key as keyof typeof before]),
    ),
  )
}

for (const [line, expected] of [
  ['--limit-request-line=1001', { requestLineBytes: 1001 }],
  ['--limit-request-field-size=1002', { fieldBytes: 1002 }],
  ['--limit-request-fields=13', { fieldCount: 13 }],
  ['--limit-request-head=200000', { headBytes: 200_000 }],
  ['--limit-request-body=1004', { bodyBytes: 1004 }],
  ['--head-timeout=5.5', { headTimeoutMs: 5500 }],
  ['--timeout=6', { bodyTimeoutMs: 6000, writeTimeoutMs: 6000 }],
  ['--timeout=6 --body-timeout=7', { bodyTimeoutMs: 7000, writeTimeoutMs: 6000 }],
  ['--timeout=6 --write-timeout=0', { bodyTimeoutMs: 6000, writeTimeoutMs: 0 }],
  ['--body-min-rate=77', { bodyMinRate: 77 }],
  ['--keepalive-timeout=9', { keepaliveTimeoutMs: 9000 }],
  ['--request-timeout=11', { requestTimeoutMs: 11_000 }],
  ['--max-inflight=12', { inFlight: 12 }],
  ['--health-path=/up', { healthPaths: ['/up'] }],
  ['--max-keepalive-reqs=14', { requestsPerConnection: 14 }],
  ['--max-connections=15', { connections: 15 }],
  ['--server-header=x', { serverHeader: 'x' }],
  ['--no-http2', { http2: false }],
  ['--http2-max-streams=16', { http2Streams: 16 }],
  ['--compress=gzip --compress-min-size=17', { compress: { codings: ['gzip'], minBytes: 17 } }],
  ['--compress=none', {}],
  ['--forwarded-field=forwarded', { forwarding: { ...serverSettingsOf(DEFAULTS).forwarding, field: 'forwarded' } }],
  ['--request-id', { forwarding: { ...serverSettingsOf(DEFAULTS).forwarding, requestId: true } }],
] as const) {
  test(`serverSettingsOf: ${line}`, () => {
    assert.deepEqual(changed(line), expected)
  })
}

test('serverSettingsOf: nothing that was not asked for', () => {
  const { files, challenges, compress, sendfile, redirectToHttps, hstsSeconds } = serverSettingsOf(DEFAULTS)
  assert.deepEqual([files, challenges, compress, sendfile, redirectToHttps, hstsSeconds], [...Array(5), 0])
})

test('serverSettingsOf: what depends on files, names and networks', () => {
  const settings = serverSettingsOf({
    ...DEFAULTS,
    static: ['/assets=/srv/public'],
    staticCache: ['*.html=no-cache'],
    staticSymlinks: true,
    sendfile: ['/private=/srv/private'],
    acme: ['example.com'],
    acmeStorage: '/var/lib/acme',
    acmeDirectory: 'https://ca.example/dir',
    trustedProxies: ['10.0.0.0/8'],
    redirectToHttps: 443,
    hsts: 60,
  })
  const { files, sendfile, challenges, forwarding, redirectToHttps, hstsSeconds } = settings
  assert.deepEqual(files, {
    directories: [{ prefix: '/assets', directory: '/srv/public' }],
    cacheRules: [{ pattern: '*.html', value: 'no-cache' }],
    followsLinks: true,
  })
  assert.deepEqual(sendfile, [{ prefix: '/private', directory: '/srv/private' }])
  assert.deepEqual(challenges, { folder: '/var/lib/acme/ca.example-dir/challenges', names: ['example.com'] })
  assert.deepEqual(forwarding.isExplicit, true)
  assert.equal(forwarding.trusted.length, 1)
  assert.deepEqual([redirectToHttps, hstsSeconds], [443, 60])
})

for (const [changes, expected] of [
  [{}, ['-L', 'Plack']],
  [{ app: 'app.psgi' }, ['-L', 'Plack', 'app.psgi']],
  [{ include: ['lib', 't/lib'], module: ['A'] }, ['-I', 'lib', '-I', 't/lib', '-M', 'A', '-L', 'Plack']],
  [{ evaluate: 'sub {}' }, ['-e', 'sub {}', '-L', 'Plack']],
  [{ path: '/app' }, ['--path', '/app', '-L', 'Plack']],
  [{ loader: 'Plack::Loader::Delayed' }, ['-L', 'Delayed']],
  [{ loader: 'My::Plack::Loader::Shotgun' }, ['-L', 'My::Plack::Loader::Shotgun']],
  [{ loader: 'Restarter' }, []],
  [{ loader: 'RestarterOfMine' }, ['-L', 'RestarterOfMine']],
  [{ loader: 'Delayed', preloadApp: true }, ['-L', 'Plack::Loader']],
  [{ defaultMiddleware: false }, ['-L', 'Plack', '--no-default-middleware']],
] as [Partial<Config>, string[]][]) {
  test(`plackupArguments of ${JSON.stringify(changes)}`, () => {
    const base: Config = { ...WITHOUT_APP, loader: 'Plack', preloadApp: false }
    assert.deepEqual(plackupArguments({ ...base, ...changes }), expected)
  })
}

test('loadSpecOf: what JavaScript is loaded from, and how Perl is started', () => {
  const config: Config = { ...DEFAULTS, app: 'a.mjs', module: ['m'], include: ['lib'], interface: 'fetch', workers: 0 }
  const others = { app: 'a.mjs', evaluate: undefined, module: ['m'], include: ['lib'], cwd: '/srv' }
  assert.deepEqual(loadSpecOf(config, '/srv'), { ...others, interface: 'fetch' })
  const perl: Config = { ...config, interface: 'perl', maxReqsPerChild: 9, gracefulTimeout: 2, spawnInterval: 3 }
  const spec = loadSpecOf({ ...perl, workerTimeout: 4, queueTimeout: 5, zygoteFd: 7 }, '/srv')
  assert.ok('perl' in spec && spec.perl !== undefined && !('interface' in spec))
  const { children, maxRequests, minRequests, graceMs, spawnIntervalMs, hangMs, queueMs, adopted } = spec.perl
  assert.deepEqual([children, maxRequests, minRequests, adopted], [1, 9, 9, 7])
  assert.deepEqual([graceMs, spawnIntervalMs, hangMs, queueMs], [2000, 3000, 4000, 5000])
  const more = loadSpecOf({ ...perl, minReqsPerChild: 3, zygoteFd: 7, zygoteSocket: '/run/z' }, '/srv', 5)
  assert.deepEqual([more.perl?.children, more.perl?.minRequests, more.perl?.adopted], [5, 3, '/run/z'])
})

test('appContextOf: what adapters know', () => {
  const config: Config = {
    ...DEFAULTS,
    env: 'test',
    path: '/app',
    workers: 0,
    threads: 0,
    inputBuffer: 5,
    inputDir: '/spool',
  }
  const note = (): void => undefined
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const context = appContextOf(config, log, undefined as never)
  const { environment, mount, multiprocess, multithread, spool } = context
  assert.deepEqual([environment, mount, multiprocess, multithread], ['test', '/app', false, false])
  assert.deepEqual(spool, { memoryBytes: 5, directory: '/spool' })
  assert.equal(context.log, log)
  const busy = appContextOf({ ...config, workers: 1, threads: 1 }, log, undefined as never)
  assert.deepEqual([busy.multiprocess, busy.multithread], [true, true])
})

test('poolLimitsOf: a worker is killed a little after its grace, and at once without one', () => {
  const config: Config = { ...DEFAULTS, bootTimeout: 60, workerTimeout: 20, gracefulTimeout: 10 }
  assert.deepEqual(poolLimitsOf(config), { bootMs: 60_000, heartbeatMs: 20_000, graceMs: 10_500 })
  assert.equal(poolLimitsOf({ ...config, gracefulTimeout: 0 }).graceMs, 0)
  assert.equal(poolLimitsOf({ ...config, interface: 'perl' }).heartbeatMs, DEFAULTS.workerTimeout * 1000)
})

test('small questions', () => {
  assert.deepEqual(
    [{ app: 'a.ts' }, { evaluate: '1' }, {}].map(own => appNameOf({ ...WITHOUT_APP, ...own })),
    ['a.ts', '-e', 'the application'],
  )
  for (const [balance, accepts] of [
    ['round-robin', true],
    ['sticky', true],
    ['reuseport', false],
  ] as const)
    assert.equal(masterAccepts({ ...DEFAULTS, balance }), accepts)
  assert.equal(isReloading(DEFAULTS), false)
  assert.equal(isReloading({ ...DEFAULTS, reload: true }), true)
  assert.equal(isReloading({ ...DEFAULTS, reloadPaths: ['lib'] }), true)
})

test('askedAddress: an abstract socket, a file, a port, or none', () => {
  assert.deepEqual(askedAddress({ host: 'h', port: 1, path: '\0name' }), { kind: 'abstract', name: 'name' })
  assert.deepEqual(askedAddress({ host: 'h', port: 1, path: '/run/s' }), { kind: 'unix', path: '/run/s' })
  assert.deepEqual(askedAddress({ host: 'h', port: 1, path: undefined }), { kind: 'tcp', host: 'h', port: 1 })
  assert.equal(askedAddress({ host: undefined, port: undefined, path: undefined }), undefined)
})
