import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isChunked, Unchunker } from '../../src/app/unchunked.ts'

test('the data comes out, however the coding is cut', () => {
  const coded = Buffer.from('3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n')
  for (let step = 1; step <= coded.length; step++) {
    const unchunker = new Unchunker()
    let text = ''
    for (let at = 0; at < coded.length; at += step) text += unchunker.take(coded.subarray(at, at + step)).toString()
    assert.equal(text, 'abc0123456789', `cut every ${step} bytes`)
  }
})

test('a broken coding is the mistake of the application', () => {
  assert.throws(() => new Unchunker().take(Buffer.from('xyz')), /its chunked coding is broken/)
})

test('only the one coding is known', () => {
  assert.equal(isChunked(['Content-Type', 'a', 'transfer-Encoding', 'Chunked']), true)
  assert.equal(isChunked(['Transfer-Encoding', 'gzip']), false)
  assert.equal(isChunked(['Content-Length', '1']), false)
})
