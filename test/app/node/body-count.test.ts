import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyCount } from '../../../src/app/node/body-count.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nX: \xe9\r\n\r\n'

test('BodyCount is content with exactly the declared bytes, head not counted', () => {
  for (const writes of [[`${HEAD}12345`], [HEAD, '12345'], [`${HEAD}1`, '', '2345']]) {
    const count = new BodyCount(5, HEAD)
    for (const data of writes) assert.equal(count.add(data, 'utf8'), true)
    count.end()
    assert.equal(count.error, undefined)
  }
})

test('BodyCount refuses the write with the first byte too many', () => {
  const count = new BodyCount(5, HEAD)
  assert.equal(count.add(HEAD, 'latin1'), true)
  assert.equal(count.add(Buffer.from('1234'), 'latin1'), true)
  assert.equal(count.add('\u20ac', 'utf8'), false)
  assert.equal(count.error?.message, 'Cannot send a body of 7 bytes: its Content-Length says 5')
})

test('BodyCount notices at the end what is missing', () => {
  const count = new BodyCount(5, HEAD)
  count.add(`${HEAD}123`, 'utf8')
  count.end()
  assert.equal(count.error?.message, 'Cannot send a body of 3 bytes: its Content-Length says 5')
})

test('BodyCount refuses a length that is no number of bytes', () => {
  for (const length of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY]) {
    assert.match(new BodyCount(length, HEAD).error?.message ?? '', /a number of bytes is needed/)
  }
})
