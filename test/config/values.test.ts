import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kind, OptionRow } from '../../src/config/option.ts'
import { inWords, parseValue } from '../../src/config/values.ts'
import { mistakeOf } from './resolved.ts'

function row(kind: Kind, more: Partial<OptionRow> = {}): OptionRow {
  return { flag: 'x', group: 'Limits', kind, value: 'X', summary: 'x', description: 'x', ...more }
}

const GOOD: readonly (readonly [Kind, string, unknown, Partial<OptionRow>?])[] = [
  ['boolean', '1', true],
  ['boolean', '0', false],
  ['boolean', 'TRUE', true],
  ['boolean', 'no', false],
  ['boolean', 'on', true],
  ['boolean', 'off', false],
  ['count', '0', 0],
  ['count', '0042', 42],
  ['count', '4096', 4096, { max: 4096 }],
  ['count', 'inf', 0, { zeroWords: ['inf'] }],
  ['count', 'INF', 0, { zeroWords: ['inf'] }],
  ['port', '0', 0],
  ['port', '65535', 65535],
  ['seconds', '30', 30],
  ['seconds', '0.5', 0.5],
  ['seconds', '100ms', 0.1],
  ['seconds', '300ms', 0.3],
  ['seconds', '5m', 300],
  ['seconds', '1.5h', 5400],
  ['seconds', '2147483', 2_147_483],
  ['bytes', '65536', 65_536],
  ['bytes', '64k', 65_536],
  ['bytes', '64KiB', 65_536],
  ['bytes', '20M', 20_971_520],
  ['bytes', '1g', 1_073_741_824],
  ['bytes', '64', 64, { min: 64 }],
  ['octal', '0660', 0o660],
  ['octal', '660', 0o660],
  ['octal', '0o22', 0o22],
  ['octal', '1777', 0o1777],
  ['octal', '0', 0],
  ['verify-mode', '0', 0],
  ['verify-mode', '1', 1],
  ['verify-mode', '3', 3],
  ['verify-mode', '7', 3],
  ['verify-mode', 'require', 3],
  ['text', 'a b', 'a b'],
  ['text', '\0abstract', '\0abstract'],
  ['text', '', '', { mayBeEmpty: true }],
  ['code', 'a =>\n b', 'a =>\n b'],
  ['file', '-', '-'],
  ['choice', 'b', 'b', { choices: ['a', 'b'] }],
]

for (const [kind, text, value, more] of GOOD) {
  test(`${kind} ${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => {
    assert.equal(parseValue(row(kind, more), text, '--x'), value)
  })
}

const BAD: readonly (readonly [Kind, string, string, Partial<OptionRow>?])[] = [
  ['boolean', '2', '1 or 0 is needed'],
  ['boolean', '', '1 or 0 is needed'],
  ['count', '-1', 'a whole number is needed'],
  ['count', '1.5', 'a whole number is needed'],
  ['count', '1e3', 'a whole number is needed'],
  ['count', 'inf', 'a whole number is needed'],
  ['count', '', 'a whole number is needed'],
  ['count', '4097', 'a whole number from 0 to 4096 is needed', { max: 4096 }],
  ['count', '0', 'a whole number from 1 is needed', { min: 1 }],
  ['count', '99999999999999999', 'a whole number is needed'],
  ['port', '65536', 'a port from 0 to 65535 is needed'],
  ['port', '+80', 'a port from 0 to 65535 is needed'],
  ['port', 'http', 'a port from 0 to 65535 is needed'],
  ['seconds', '-1', 'seconds such as 30, 0.5, 500ms, 5m or 1h are needed, 2147483 at most'],
  ['seconds', '25d', 'seconds such as 30, 0.5, 500ms, 5m or 1h are needed, 2147483 at most'],
  ['seconds', '2147484', 'seconds such as 30, 0.5, 500ms, 5m or 1h are needed, 2147483 at most'],
  ['bytes', '1.5m', 'a number of bytes such as 65536, 64k or 1m is needed'],
  ['bytes', '63', 'a number of bytes such as 65536, 64k or 1m from 64 is needed', { min: 64 }],
  ['bytes', '9999999999g', 'a number of bytes such as 65536, 64k or 1m is needed'],
  ['octal', '0888', 'an octal number such as 0660 is needed'],
  ['octal', '10000', 'an octal number such as 0660 is needed'],
  ['verify-mode', '2', '0 (none), 1 (ask) or 3 (ask and require) is needed'],
  ['text', '', 'a text that is not empty and has no line breaks is needed'],
  ['text', 'a\r\nX: y', 'a text that is not empty and has no line breaks is needed'],
  ['text', 'a\0b', 'a text that is not empty and has no line breaks is needed'],
  ['file', '', 'the name of a file is needed'],
  ['directory', '', 'the name of a directory is needed'],
  ['code', ' ', 'an expression is needed'],
  ['choice', 'c', 'a or b is needed', { choices: ['a', 'b'] }],
]

for (const [kind, text, needed, more] of BAD) {
  test(`${kind} ${JSON.stringify(text)} is refused: ${needed}`, () => {
    const message = mistakeOf(() => parseValue(row(kind, more), text, 'STARLIGHT_X'))
    assert.equal(message, `Cannot use ${JSON.stringify(text)} for STARLIGHT_X: ${needed}`)
  })
}

test('words of Object.prototype are no booleans and no modes', () => {
  assert.throws(() => parseValue(row('boolean'), 'constructor', '--x'))
  assert.throws(() => parseValue(row('verify-mode'), 'toString', '--x'))
})

test('inWords joins with commas and a conjunction', () => {
  assert.equal(inWords(['a', 'b', 'c'], 'or'), 'a, b or c')
  assert.equal(inWords(['a'], 'or'), 'a')
})
