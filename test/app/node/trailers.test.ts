import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { GenuineResponse } from '../../../src/app/node/internals.ts'
import { trailersOf } from '../../../src/app/node/trailers.ts'

test('trailersOf gives what addTrailers has gathered', () => {
  const res = new ServerResponse(new IncomingMessage(null as never))
  assert.deepEqual(trailersOf(res as unknown as GenuineResponse), [])
  res.addTrailers({ 'X-Sum': 'a: b', Server: 'x' })
  assert.deepEqual(trailersOf(res as unknown as GenuineResponse), ['X-Sum', 'a: b', 'Server', 'x'])
})
