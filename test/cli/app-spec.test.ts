import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appSpecOf } from '../../src/cli/app-spec.ts'
import { resolved } from '../config/resolved.ts'

test('appSpecOf gives the loader what the options say about the application', () => {
  const { config } = resolved(['app.ts', '--interface=fetch', '-Ilib', '-M./a.ts', '-e', 'x => x'])
  assert.deepEqual(appSpecOf(config, '/srv/app'), {
    app: 'app.ts',
    evaluate: 'x => x',
    interface: 'fetch',
    module: ['./a.ts'],
    include: ['/srv/app/lib'],
    cwd: '/srv/app',
  })
})
