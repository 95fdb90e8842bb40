import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasonOf, stackOf, titleOf } from '../../src/config/thrown.ts'

/** An Error one of whose members throws again. */
function broken(member: 'message' | 'stack'): Error {
  return Object.defineProperty(new TypeError('x'), member, {
    get() {
      throw new Error('again')
    },
  })
}

const revoked = Proxy.revocable({}, {})
revoked.revoke()

for (const [name, thrown, message, title] of [
  ['an Error', new TypeError('no\nmore'), 'no\nmore', 'TypeError: no\nmore'],
  ['a text', 'no', 'no', 'no'],
  ['undefined', undefined, 'undefined', 'undefined'],
  ['a symbol', Symbol('no'), 'Symbol(no)', 'Symbol(no)'],
  ['an object without a prototype', Object.create(null), '[object Object]', '[object Object]'],
  ['a toString that throws', { toString: () => assert.fail() }, '[object Object]', '[object Object]'],
  ['a message that throws', broken('message'), '[object Error]', '[object Error]'],
  ['a stack that throws', broken('stack'), 'x', 'TypeError: x'],
  ['a message that is no text', Object.assign(new Error(), { message: 5 }), '5', 'Error: 5'],
  ['a revoked proxy', revoked.proxy, '(a value that cannot be shown)', '(a value that cannot be shown)'],
] as const)
  test(`what is thrown can be shown: ${name}`, () => {
    assert.equal(reasonOf(thrown), message)
    assert.equal(titleOf(thrown), title)
    assert.equal(typeof stackOf(thrown), 'string')
  })

test('the stack of an Error begins with its title; one that is no text gives way to it', () => {
  assert.match(stackOf(new TypeError('no')), /^TypeError: no\n {4}at /)
  assert.equal(stackOf(Object.defineProperty(new Error('no'), 'stack', { value: 5 })), 'Error: no')
})
