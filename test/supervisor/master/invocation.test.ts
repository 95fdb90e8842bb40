import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { mergeReloadable } from '../../../src/supervisor/master/invocation.ts'

const CONFIG = { listen: [{ kind: 'tcp', port: 80 }], workers: 4, timeout: 300, env: 'test' } as unknown as Config

test('renewed takes what a reload can change', t => {
  const before = process.env['PLACK_ENV']
  t.after(() => {
    if (before === undefined) delete process.env['PLACK_ENV']
    else process.env['PLACK_ENV'] = before
  })
  const { config, ignored } = mergeReloadable(CONFIG, { ...CONFIG, workers: 8, timeout: 5, env: 'other' })
  assert.deepEqual([config.workers, config.timeout, ignored], [8, 5, []])
  assert.equal(process.env['PLACK_ENV'], 'other')
})

test('that a daemon was asked to be one is no change', () => {
  const { config, ignored } = mergeReloadable({ ...CONFIG, daemonize: false }, { ...CONFIG, daemonize: true })
  assert.deepEqual([config.daemonize, ignored], [false, []])
})

test('renewed keeps what was used up at the start, and names it', () => {
  const read = { ...CONFIG, listen: [{ kind: 'tcp', port: 81 }], user: 'nobody', workers: 0 } as unknown as Config
  const { config, ignored } = mergeReloadable(CONFIG, read)
  assert.deepEqual(config.listen, CONFIG.listen)
  assert.equal(config.workers, 4)
  assert.equal(config.user, undefined)
  assert.deepEqual(ignored, ['listen', 'user', 'workers'])
})
