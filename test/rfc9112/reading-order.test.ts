// RFC 9112 2.2 and 9.3.2: a connection is one stream of bytes; how it was cut into chunks, and when they came, means nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { RequestReader } from '../../src/http1/request/request-reader.ts'

const request = (path: string) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)

function pathsOf(reader: RequestReader): string[] {
  const paths: string[] = []
  for (;;) {
    const event = reader.next()
    if (event.type === 'request') paths.push(event.path)
    else if (event.type === 'paused') reader.startNext()
    else return paths
  }
}

test('chunks that come while a request waits for its answer are read in the order they came (RFC 9112 9.3.2)', () => {
  const reader = new RequestReader(DEFAULT_LIMITS)
  reader.receive(request('/1'))
  reader.receive(request('/2'))
  assert.equal(reader.next().type, 'request')
  assert.equal(reader.next().type, 'paused')
  // The first chunk has been read to its end, the second waits: the third belongs behind it.
  reader.receive(request('/3'))
  reader.startNext()
  assert.deepEqual(pathsOf(reader), ['/2', '/3'])
})

test('an empty chunk hides nothing that comes behind it', () => {
  const reader = new RequestReader(DEFAULT_LIMITS)
  for (const chunk of [request('/1'), Buffer.alloc(0), request('/2'), Buffer.alloc(0), request('/3')])
    reader.receive(chunk)
  assert.deepEqual(pathsOf(reader), ['/1', '/2', '/3'])
})

test('a paused reader gives no further event until the next request is asked for', () => {
  const reader = new RequestReader(DEFAULT_LIMITS)
  reader.receive(Buffer.concat([request('/1'), request('/2')]))
  assert.equal(reader.next().type, 'request')
  for (let i = 0; i < 3; i++) assert.equal(reader.next().type, 'paused')
})

test('the next request cannot be started while a body is unread', () => {
  const reader = new RequestReader(DEFAULT_LIMITS)
  reader.receive(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab'))
  assert.equal(reader.next().type, 'request')
  assert.throws(() => reader.startNext(), /Cannot start the next request/)
})

test('a fault is the last word: it is repeated, and bytes behind it are dropped', () => {
  const reader = new RequestReader(DEFAULT_LIMITS)
  reader.receive(Buffer.from('GARBAGE\r\n\r\n'))
  const fault = reader.next()
  assert.equal(fault.type, 'fault')
  reader.receive(request('/'))
  assert.equal(reader.next(), fault)
  reader.receiveEof()
  assert.equal(reader.next(), fault)
})

test('takeRest gives the bytes behind an upgrade request, over all chunks', () => {
  const reader = new RequestReader(DEFAULT_LIMITS)
  reader.receive(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nabc'))
  reader.receive(Buffer.from('def'))
  assert.equal(reader.next().type, 'request')
  assert.equal(Buffer.from(reader.takeRest()).toString(), 'abcdef')
  assert.equal(reader.next().type, 'closed')
})
