import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineConfig, type UserConfig } from '../../src/config/define-config.ts'
import { resolved } from './resolved.ts'

test('defineConfig gives its object back, and what its type allows is understood', () => {
  const config: UserConfig = {
    app: 'app.ts',
    interface: 'fetch',
    workers: 4,
    listen: ['127.0.0.1:80', '/run/a.sock'],
    include: 'lib',
    timeout: '5m',
    limitRequestBody: 1000,
    umask: '027',
    ssl: false,
    quiet: true,
    user: undefined,
  }
  assert.equal(defineConfig(config), config)
  assert.equal(resolved([], { file: config }).config.timeout, 300)
})

test('defineConfig refuses wrong keys and types at compile time', () => {
  // @ts-expect-error no such key
  defineConfig({ worker: 3 })
  // @ts-expect-error octal numbers are texts
  defineConfig({ umask: 27 })
  // @ts-expect-error not one of the kinds
  defineConfig({ interface: 'python' })
  // @ts-expect-error of one command line only
  defineConfig({ help: true })
})
