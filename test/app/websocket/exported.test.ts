import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportedWebSocket } from '../../../src/app/websocket/exported.ts'

const call = (): void => undefined

test('an export named websocket is hooks, options of their adapter, an adapter, or something else', () => {
  const kinds: [unknown, string | undefined][] = [
    [{ message: call }, 'hooks'],
    [{ resolve: call }, 'hooks'],
    [{ upgrade: call, options: { node: { idleTimeout: 1 } } }, 'hooks'],
    [{ options: { node: {} } }, 'options'],
    [{ handleUpgrade: call, publish: call }, 'adapter'],
    [{ handlers: [] }, undefined],
    [call, undefined],
    [null, undefined],
    [undefined, undefined],
  ]
  for (const [value, kind] of kinds) assert.equal(exportedWebSocket(value)?.kind, kind)
  const options = { idleTimeout: 1 }
  assert.deepEqual(exportedWebSocket({ options: { node: options } }), { kind: 'options', options })
})
