// What a reader says of itself between its events; the events are in test/rfc9112.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS } from '../../../src/http1/limits.ts'
import { RequestReader } from '../../../src/http1/request/request-reader.ts'

const POST = 'POST / HTTP/1.1\r\nHost: a\r\n'

/** A reader that has got `text` and has read what it can. */
function readerOf(text: string): RequestReader {
  const reader = new RequestReader(DEFAULT_LIMITS)
  receive(reader, text)
  return reader
}

function receive(reader: RequestReader, text: string): void {
  reader.receive(Buffer.from(text, 'latin1'))
  while (!['need-data', 'paused', 'closed', 'cut', 'fault'].includes(reader.next().type));
}

for (const [how, give] of [
  ['received', (reader, bytes) => reader.receive(bytes)],
  ['borrowed', (reader, bytes) => reader.borrow(bytes, bytes.length)],
] as [string, (reader: RequestReader, bytes: Buffer) => void][]) {
  test(`what is ${how} behind a fault is not kept`, () => {
    const reader = readerOf('GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n')
    const fault = reader.next()
    assert.equal(fault.type, 'fault')
    give(reader, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    assert.equal(reader.unreadBytes, 0)
    assert.equal(reader.next(), fault)
  })
}

for (const [place, text, isInBody] of [
  ['nothing has come', '', false],
  ['a head has begun', POST, false],
  ['a body of known length has begun', `${POST}Content-Length: 2\r\n\r\na`, true],
  ['it is complete', `${POST}Content-Length: 2\r\n\r\nab`, false],
  ['a chunk has begun', `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\na`, true],
  ['the trailers have begun', `${POST}Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n`, true],
  ['they are complete', `${POST}Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n`, false],
  ['a chunk is refused', `${POST}Transfer-Encoding: chunked\r\n\r\nx\r\n`, false],
] as const) {
  test(`isInBody is ${isInBody} when ${place}`, () => assert.equal(readerOf(text).isInBody, isInBody))
}

test('isInHead is true from the first byte of a head to its last, for later requests too', () => {
  const reader = readerOf('')
  assert.equal(reader.isInHead, false)
  receive(reader, 'G')
  assert.equal(reader.isInHead, true)
  receive(reader, 'ET / HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.equal(reader.isInHead, false)
  reader.startNext()
  assert.equal(reader.isInHead, false)
  receive(reader, 'G')
  assert.equal(reader.isInHead, true)
})

test('asksHead knows HEAD from the bytes that have come, and from the head that was refused', () => {
  for (const [text, asksHead] of [
    ['HEAD / HTTP/1.1\r\n', true],
    ['GET / HTTP/1.1\r\n', false],
    ['HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', true],
    ['HEAD / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n', true],
    ['GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n', false],
    // The request that is refused is the second.
    ['HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', false],
  ] as const)
    assert.equal(readerOf(text).asksHead, asksHead, JSON.stringify(text))
})

test('startNext is a mistake before a request has been read to its end', () => {
  assert.throws(() => readerOf(POST).startNext(), /Cannot start the next request: the reader is in state "head"/)
  assert.throws(
    () => readerOf(`${POST}Content-Length: 2\r\n\r\na`).startNext(),
    /Cannot start the next request: the reader is in state "fixed-body"/,
  )
})
