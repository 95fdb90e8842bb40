import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../src/app/errors.ts'
import type { GenuineResponse } from '../../../src/app/node/internals.ts'
import { sendRawResponse } from '../../../src/app/node/raw-response.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const fresh = { _sent100: false } as GenuineResponse

test('sendRawResponse turns an interim response into its status and fields', () => {
  const exchange = new FakeExchange(REQUEST)
  sendRawResponse(exchange, fresh, 'HTTP/1.1 103 Early Hints\r\nLink: </a: b>\r\nX: 1\r\n\r\n', 'latin1')
  sendRawResponse(exchange, fresh, 'HTTP/1.1 102 Processing\r\n\r\n', 'latin1')
  assert.deepEqual(exchange.informed, [
    [103, ['Link', '</a: b>', 'X', '1']],
    [102, []],
  ])
  assert.equal(exchange.state, 'pending')
})

test('sendRawResponse leaves out a 100 Continue that was sent already', () => {
  const exchange = new FakeExchange(REQUEST)
  sendRawResponse(exchange, { _sent100: true } as GenuineResponse, 'HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
  assert.deepEqual(exchange.informed, [])
})

test('sendRawResponse begins a final answer with its status, and goes on with it', () => {
  const exchange = new FakeExchange(REQUEST)
  sendRawResponse(exchange, fresh, Buffer.from('HTTP/1.1 404 \r\n'), 'utf8')
  sendRawResponse(exchange, fresh, 'Content-Length: 0\r\n\r\n', 'utf8')
  assert.equal(exchange.rawStatus, 404)
  assert.equal(exchange.rawText, 'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n')
})

test('sendRawResponse refuses what is no response', () => {
  for (const text of ['hello', 'HTTP/2 200\r\n', 'HTTP/1.1 20\r\n', 'HTTP/1.1 200 OK']) {
    assert.throws(() => sendRawResponse(new FakeExchange(REQUEST), fresh, text, 'utf8'), AppError, text)
  }
})
