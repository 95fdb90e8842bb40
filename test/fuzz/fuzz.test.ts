// A fixed number of inputs of each fuzzer with a fixed seed, so that the suite sees when an invariant or a fuzzer breaks.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzHttp1, tryBytes } from '../../fuzz/http1.ts'
import { judge } from '../../fuzz/judge.ts'
import { fuzzServer } from '../../fuzz/server.ts'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'

test('random bytes give the core the same events however they are cut', async () => {
  const { cases, counts } = await fuzzHttp1({ seed: 20260101, cases: 1500 })
  assert.equal(cases, 1500)
  assert.ok(Object.keys(counts).length > 10, JSON.stringify(counts))
})

test('random bytes get from a server the answers that they deserve', async () => {
  const { cases } = await fuzzServer({ seed: 20260101, cases: 20 })
  assert.equal(cases, 20)
})

test('the judge objects to what no reader may accept', () => {
  const head = ['request GET / HTTP/1.1', '  field Host: a']
  assert.equal(judge([...head, 'end keep-alive'], DEFAULT_LIMITS), undefined)
  for (const events of [
    ['request GET /%00 HTTP/1.1', '  field Host: a'],
    ['request GET / HTTP/1.1'],
    ['request G@T / HTTP/1.1', '  field Host: a'],
    [...head, '  field Host: a'],
    [...head, '  field X : y'],
    [...head, '  field Content-Length: 5', '  field Transfer-Encoding: chunked'],
    [...head, '  field Content-Length: +5'],
    [...head, '  field Transfer-Encoding: gzip'],
    [...head, '  field Connection: x, Close', 'end keep-alive'],
    [...head, 'end close', 'request GET / HTTP/1.1', '  field Host: a'],
  ]) {
    assert.notEqual(judge(events, DEFAULT_LIMITS), undefined, events.join())
  }
})

test('the last event of a case is what it is counted as', () => {
  assert.equal(tryBytes(Buffer.from('GARBAGE\r\n'), [3], DEFAULT_LIMITS, true), 'fault bad-request-line')
})
