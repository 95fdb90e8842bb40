import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolved } from '../resolved.ts'

const file = { workers: 1, env: 'file', quiet: true }

test('the command line beats the environment beats the file beats the default', () => {
  const env = { STARLIGHT_WORKERS: '2' }
  const of = (argv: readonly string[], given: object): unknown[] => {
    const { config, origins } = resolved(argv, given)
    return [config.workers, origins.workers]
  }
  assert.deepEqual(of(['--workers=3'], { env, file }), [3, '--workers'])
  assert.deepEqual(of([], { env, file }), [2, 'STARLIGHT_WORKERS'])
  assert.deepEqual(of([], { file }), [1, 'starlight.config.json'])
  assert.deepEqual(of([], { system: { cpus: () => 7 } }), [7, 'default'])
})

test('PLACK_ENV beats --env, as for plackup, and the origin says so', () => {
  const of = (argv: readonly string[], env: Readonly<Record<string, string>>): unknown[] => {
    const { config, origins } = resolved(argv, { env })
    return [config.env, origins.env]
  }
  assert.deepEqual(of(['-E', 'test'], { PLACK_ENV: 'development' }), ['development', 'PLACK_ENV, which beats -E'])
  assert.deepEqual(of([], { PLACK_ENV: 'development' }), ['development', 'PLACK_ENV'])
  assert.deepEqual(of(['-E', 'test'], { PLACK_ENV: 'test' }), ['test', 'PLACK_ENV'])
  assert.deepEqual(of(['-E', 'test'], { PLACK_ENV: '' }), ['test', '-E'])
})

test('a fallback variable counts only when no source of our own says anything', () => {
  assert.equal(resolved([], { env: { PLACK_QUIET: '1' } }).config.quiet, true)
  assert.equal(resolved([], { env: { PLACK_QUIET: '0' }, file }).config.quiet, true)
})
