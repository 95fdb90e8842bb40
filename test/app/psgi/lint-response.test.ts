import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { checkResponse } from '../../../src/app/psgi/lint-response.ts'

const GOOD: readonly unknown[] = [
  [200, ['Content-Type', 'text/plain'], ['Hello']],
  [200, { 'X-Foo': ['a', 'b'] }, 'Hello'],
  [200, new Headers({ 'X-Foo': 'é' }), Buffer.from('x')],
  [204, []],
  [304, ['Content-Length', '5', 'ETag', '"x"'], []],
  [200, [], ['a', Buffer.from('b')]],
  [200, [], Readable.from(['x'])],
  [404, [], null],
]

for (const [index, response] of GOOD.entries()) {
  test(`checkResponse lets response ${index} through`, () => checkResponse(response))
}

const BAD: readonly (readonly [response: unknown, message: string])[] = [
  [undefined, 'the response is undefined, [status, headers, body] or a function is needed'],
  [[200], 'the response is an array of 1'],
  [[200, [], [], 0], 'the response is an array of 4'],
  [['200', [], []], 'the status is the string "200", a whole number from 200 to 599 is needed'],
  [[200.5, [], []], 'the status is the number 200.5'],
  [[101, [], []], 'the status is the number 101'],
  [[200, ['Status', '200'], []], 'there is a header "Status", the status as first element of the response is needed'],
  [[200, ['1X', 'a'], []], 'a header is named "1X", a letter, then letters, digits, "-" and "_" is needed'],
  [[200, ['X:', 'a'], []], 'a header is named "X:"'],
  [[200, ['X\nY', 'a'], []], 'a header is named "X\\nY"'],
  [[200, ['X-', 'a'], []], 'a header is named "X-", a name that does not end in "-" or "_" is needed'],
  [[200, ['X_', 'a'], []], 'a header is named "X_"'],
  [
    [200, ['X', 'a\r\nY: b'], []],
    'the header "X" has the character "\\r", a value without control characters is needed',
  ],
  [[200, ['X', 'a\tb'], []], 'the header "X" has the character "\\t"'],
  [[200, ['X', 'あ'], []], 'the header "X" is the string "あ", a value of bytes, characters up to U+00FF is needed'],
  [[204, ['Content-Length', '0'], []], 'a 204 has a Content-Length, a 204 without it is needed'],
  [[204, ['content-type', 'text/plain'], []], 'a 204 has a Content-Type, a 204 without it is needed'],
  [[304, ['Content-Type', 'text/plain'], []], 'a 304 has a Content-Type, a 304 without it is needed'],
  [[200, [], 5], 'the body is the number 5, a string, bytes, an iterable, a stream or a FileHandle is needed'],
  [[200, [], ['a', 5]], 'element 1 of the body is the number 5, a string or bytes is needed'],
  [[200, [], [undefined]], 'element 0 of the body is undefined'],
]

for (const [response, message] of BAD) {
  test(`checkResponse says that ${message}`, () => {
    assert.throws(
      () => checkResponse(response),
      (thrown: Error) => thrown.name === 'AppError' && thrown.message.startsWith(`Cannot pass Lint: ${message}`),
    )
  })
}

test('checkResponse names the odd header list', () => {
  assert.throws(() => checkResponse([200, ['A'], []]), { name: 'AppError', message: /the list has 1 elements/ })
})
