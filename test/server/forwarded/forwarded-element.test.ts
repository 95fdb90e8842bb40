import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parametersOf, startOfElement } from '../../../src/server/forwarded/forwarded-element.ts'

/** All elements, cut off from the right. */
function elements(text: string): string[] {
  const found: string[] = []
  for (let end = text.length; end > 0; ) {
    const start = startOfElement(text, end)
    found.unshift(text.slice(start, end).trim())
    end = start - 1
  }
  return found
}

for (const [text, ...wanted] of [
  ['for=a', 'for=a'],
  ['for=a, for=b', 'for=a', 'for=b'],
  ['for="a,b", for=c', 'for="a,b"', 'for=c'],
  ['for="a\\",b", for=c', 'for="a\\",b"', 'for=c'],
  ['for="a\\\\", for=c', 'for="a\\\\"', 'for=c'],
  ['a,, b ,', 'a', '', 'b', ''],
  // What is left open on the left swallows nothing on the right.
  ['for=", for=c', 'for="', 'for=c'],
  ['for="\\, for="[::1]";by="x,y"', 'for="\\', 'for="[::1]";by="x,y"'],
]) {
  test(`${text} has ${wanted.length} elements`, () => assert.deepEqual(elements(text!).slice(-wanted.length), wanted))
}

test('the parameters of RFC 7239 section 4 are understood', () => {
  const text = 'For="[2001:db8:cafe::17]:4711" ; PROTO=https;by=203.0.113.43;host="a\\"b"; ext=_x.1;'
  assert.deepEqual(
    [...(parametersOf(text) ?? [])],
    [
      ['for', '[2001:db8:cafe::17]:4711'],
      ['proto', 'https'],
      ['by', '203.0.113.43'],
      ['host', 'a"b'],
      ['ext', '_x.1'],
    ],
  )
})

for (const text of [
  'for',
  'for=',
  '=a',
  'for=a b',
  'for="a',
  'for=a"',
  'for="a"b',
  'for=[::1]',
  'for=a;for=b',
  'for = a',
])
  test(`${text} is not well-formed`, () => assert.equal(parametersOf(text), undefined))
