import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestQueue } from '../../../src/app/perl/queue.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

const request = (): FakeExchange => new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')

test('requests are taken in the order of their coming', () => {
  const queue = new RequestQueue(10, 0)
  const [first, second] = [request(), request()]
  queue.put({ exchange: first, input: undefined })
  queue.put({ exchange: second, input: undefined })
  assert.equal(queue.take()?.exchange, first)
  assert.equal(queue.take()?.exchange, second)
  assert.equal(queue.take(), undefined)
})

test('one more than may wait is answered 503 with Retry-After', () => {
  const queue = new RequestQueue(1, 0)
  const [kept, refused] = [request(), request()]
  queue.put({ exchange: kept, input: undefined })
  queue.put({ exchange: refused, input: undefined })
  assert.equal(refused.answered?.status, 503)
  assert.deepEqual(refused.answered?.headers.slice(-2), ['Retry-After', '1'])
  assert.equal(kept.state, 'pending')
  assert.equal(queue.size, 1)
})

test('a client that has gone is not served', () => {
  const queue = new RequestQueue(10, 0)
  const [gone, there] = [request(), request()]
  queue.put({ exchange: gone, input: undefined })
  queue.put({ exchange: there, input: undefined })
  gone.leave()
  assert.equal(queue.take()?.exchange, there)
})

test('waiting ends after its time, and with the queue', () => {
  const queue = new RequestQueue(10, 100)
  const [late, last] = [request(), request()]
  queue.put({ exchange: late, input: undefined })
  queue.expire(performance.now())
  assert.equal(late.state, 'pending')
  queue.expire(performance.now() + 101)
  assert.equal(late.answered?.status, 503)
  queue.put({ exchange: last, input: undefined })
  queue.clear()
  assert.equal(last.answered?.status, 503)
})
