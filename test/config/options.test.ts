import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUPS, keyOf, type OptionRow, variableOf } from '../../src/config/option.ts'
import { ROWS } from '../../src/config/options.ts'
import { parseValue } from '../../src/config/values.ts'

const entries = Object.entries(ROWS)
const FIELDS = new Set([
  ...[
    'flag',
    'short',
    'aliases',
    'group',
    'kind',
    'value',
    'choices',
    'repeatable',
    'separator',
    'bare',
    'default',
    'computed',
  ],
  ...[
    'min',
    'max',
    'mayBeEmpty',
    'zeroWords',
    'overridingVariable',
    'fallbackVariable',
    'commandLineOnly',
    'summary',
    'description',
  ],
])

function repeated(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i)
}

test('no long name, alias, letter, key or variable is used twice', () => {
  const rows = entries.map(([, row]) => row)
  assert.deepEqual(repeated(rows.flatMap(row => [row.flag, ...(row.aliases ?? [])])), [])
  assert.deepEqual(repeated(rows.flatMap(row => row.short ?? [])), [])
  assert.deepEqual(repeated(rows.map(variableOf)), [])
  assert.deepEqual(repeated(rows.flatMap(row => [row.flag, ...(row.aliases ?? [])].map(keyOf))), [
    'limitRequestFieldSize',
  ])
})

for (const [key, row] of entries) {
  test(`--${row.flag} is written down completely`, () => {
    assert.equal(key, keyOf(row.flag), 'the key is the camelCase of the long name')
    assert.match(row.flag, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    assert.match(row.short ?? 'a', /^[A-Za-z]$/)
    assert.ok(GROUPS.includes(row.group))
    assert.match(row.summary, /^\S.*[^.\s]$/, 'one line, no final period')
    assert.ok(row.summary.length <= 75, 'the summary fits into a line of the completions')
    assert.ok(row.description.length > 30, 'the description says more than the summary')
    assert.deepEqual(
      Object.keys(row).filter(field => !FIELDS.has(field)),
      [],
      'no misspelt field',
    )
  })

  test(`--${row.flag} names its value exactly when it has one`, () => {
    assert.equal(row.value === undefined, row.kind === 'boolean')
    assert.equal(row.choices !== undefined, row.kind === 'choice')
    const bare = row.separator === undefined ? [row.bare] : row.bare?.split(row.separator)
    for (const text of bare ?? []) assert.ok(text === undefined || parseValue(row, text, '--x') !== undefined)
  })

  test(`--${row.flag} has a default that parses to itself`, () => {
    if (row.repeatable) assert.deepEqual(row.default, [])
    else if (row.default !== undefined) assert.equal(parseValue(row, asText(row), '--x'), row.default)
    assert.ok(row.default === undefined || row.computed === undefined)
  })
}

test('a flag has no name that another flag has with "no-" in front', () => {
  const flags = entries.map(([, row]) => row.flag)
  assert.deepEqual(
    flags.filter(flag => /^(no|enable|disable)-/.test(flag)),
    [],
  )
})

// A limit or timeout that changes is a change for everyone who runs the server, so it is written down twice.
const DEFAULTS = {
  adopt: true,
  port: 5000,
  backlog: 2048,
  acmeDirectory: 'letsencrypt',
  sslMinVersion: 'TLSv1.2',
  sslVerifyMode: 0,
  maxReqsPerChild: 0,
  spawnInterval: 0,
  mainProcessDelay: 0.1,
  gracefulTimeout: 30,
  drainDelay: 0,
  forwardedField: 'x-forwarded',
  bootTimeout: 60,
  workerTimeout: 30,
  perl: 'perl',
  queue: 1024,
  queueTimeout: 30,
  timeout: 300,
  headTimeout: 10,
  compressMinSize: 1024,
  hsts: 0,
  http2: true,
  http2MaxStreams: 100,
  bodyMinRate: 240,
  keepaliveTimeout: 65,
  maxKeepaliveReqs: 0,
  maxConnections: 10_000,
  limitRequestLine: 8192,
  limitRequestFieldSize: 16_384,
  limitRequestFields: 100,
  limitRequestHead: 65_536,
  limitRequestBody: 134_217_728,
  inputBuffer: 1_048_576,
  env: 'deployment',
  server: 'Starlight',
  loader: 'Delayed',
  path: '',
  accessLogFormat: 'combined',
  logFormat: 'text',
  logLevel: 'info',
  serverHeader: 'Starlight',
  defaultMiddleware: true,
  balance: 'shared',
  threads: 0,
  maxAgePerChild: 0,
  maxMemoryPerChild: 0,
  restartBatch: 1,
  maxInflight: 0,
  requestTimeout: 0,
  upgradeTimeout: 180,
  watchdog: true,
  inspectWorker: 0,
}

test('the defaults are those that the documentation promises', () => {
  const defaults = entries.filter(([, row]) => row.default !== undefined && row.default !== false && !row.repeatable)
  assert.deepEqual(Object.fromEntries(defaults.map(([key, row]) => [key, row.default])), { ...DEFAULTS })
})

/** Every option of Perl Starlight 0.0503 and of plackup, with its letter. */
const ANCESTOR = [
  'app a',
  'I',
  'M',
  'e',
  'env E',
  'server s',
  'loader L',
  'reload r',
  'Reload R',
  'host o',
  'port p',
  'socket S',
  'listen l',
  'daemonize D',
  'access-log',
  'path',
  'default-middleware',
  'help h',
  'version v',
  'max-workers',
  'workers',
  'max-reqs-per-child',
  'min-reqs-per-child',
  'max-keepalive-reqs',
  'keepalive-timeout',
  'timeout',
  'spawn-interval',
  'main-process-delay',
  'pid',
  'error-log',
  'user',
  'group',
  'umask',
  'quiet q',
  'ipv6',
  'ssl',
  'ssl-key-file',
  'ssl-cert-file',
  'ssl-ca-file',
  'ssl-client-ca-file',
  'ssl-verify-mode',
]

for (const names of ANCESTOR) {
  test(`the ancestor's option ${names} is known`, () => {
    for (const name of names.split(' ')) {
      const has = ([, row]: readonly [string, OptionRow]): boolean => {
        return name.length === 1 ? row.short === name : row.flag === name || row.aliases?.includes(name) === true
      }
      assert.ok(entries.some(has), name)
    }
  })
}

function asText(row: OptionRow): string {
  return String(row.default)
}
