import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { bindAsked } from '../../../src/supervisor/master/late-binding.ts'
import { release } from '../../../src/supervisor/sockets/bind.ts'

const CONFIG = { listen: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }], ipv6: undefined } as unknown as Config
const NOTHING = { host: undefined, port: undefined, path: undefined }

test('bindAsked binds what is asked for, under the name of the usual address', async () => {
  const bound = await bindAsked(CONFIG, { ...NOTHING, host: '127.0.0.2', port: 0 })
  assert.deepEqual([bound.host, bound.requested], ['127.0.0.2', '127.0.0.1:0'])
  release(bound)
})

test('bindAsked binds the usual address for an application that asks for none', async () => {
  const bound = await bindAsked(CONFIG, NOTHING)
  assert.equal(bound.host, '127.0.0.1')
  release(bound)
})

test('bindAsked binds a path of the abstract namespace', { skip: process.platform !== 'linux' }, async () => {
  const bound = await bindAsked(CONFIG, { ...NOTHING, path: `\0starlight-test-${process.pid}` })
  assert.equal(bound.address.kind, 'abstract')
  release(bound)
})
