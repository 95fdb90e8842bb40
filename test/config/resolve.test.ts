import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPTIONS } from '../../src/config/options.ts'
import { resolved } from './resolved.ts'

test('the configuration is frozen, to its last list', () => {
  const { config } = resolved(['-Ilib'])
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.include) && Object.isFrozen(config.listen[0]))
})

test('every option has an origin, and every one with a default a value', () => {
  const { config, origins } = resolved([])
  for (const [key, row] of Object.entries(OPTIONS)) {
    if (['host', 'port', 'socket'].includes(key)) continue
    assert.equal(origins[key as keyof typeof origins], 'default', key)
    if ('default' in row || 'computed' in row) assert.notEqual(config[key as keyof typeof config], undefined, key)
  }
})

test('an option that nobody gives and that has no default is absent', () =>
  assert.equal('user' in resolved([]).config, false))

test('--timeout is the default of the timeouts of body and writing', () => {
  const { config, origins } = resolved(['--timeout=7', '--write-timeout=9'])
  assert.deepEqual([config.bodyTimeout, config.writeTimeout], [7, 9])
  assert.deepEqual([origins.bodyTimeout, origins.writeTimeout], ['--timeout', '--write-timeout'])
})

test('-R and -L Restarter switch --reload on', () => {
  assert.deepEqual([resolved(['-R', 'lib']).config.reload, resolved(['-R', 'lib']).origins.reload], [true, '-R'])
  assert.deepEqual(
    [resolved(['-L', 'Restarter']).config.reload, resolved(['-L', 'Restarter']).origins.reload],
    [true, '-L'],
  )
  assert.equal(resolved([]).config.reload, false)
})

test('paths are made absolute, because a daemon may stand elsewhere; - stays standard output', () => {
  const { config } = resolved([
    '--pid=a.pid',
    '--error-log=/e',
    '--access-log=-',
    '-Ilib',
    '-R',
    'views',
    '--input-dir=tmp',
    'app.ts',
  ])
  assert.deepEqual(
    [config.pid, config.errorLog, config.accessLog, config.include, config.reloadPaths, config.inputDir, config.app],
    ['/srv/app/a.pid', '/e', '-', ['/srv/app/lib'], ['/srv/app/views'], '/srv/app/tmp', 'app.ts'],
  )
})

test('a mount has no slash at its end', () => {
  assert.deepEqual(
    ['/', '/a', '/a/b//'].map(path => resolved([`--path=${path}`]).config.path),
    ['', '/a', '/a/b'],
  )
})

test('WEB_CONCURRENCY is the number of workers when no other source says one', () => {
  const env = { WEB_CONCURRENCY: '3' }
  assert.equal(resolved([], { env }).config.workers, 3)
  assert.equal(resolved(['--workers=2'], { env }).config.workers, 2)
  assert.equal(resolved([], { env: { ...env, STARLIGHT_WORKERS: '4' } }).config.workers, 4)
})
