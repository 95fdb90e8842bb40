import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseNodeName, plainAddress, portOf } from '../../../src/server/forwarded/node-name.ts'

for (const [text, address, port] of [
  ['192.0.2.1', '192.0.2.1', undefined],
  ['192.0.2.1:4711', '192.0.2.1', 4711],
  ['192.0.2.1:0', '192.0.2.1', undefined],
  ['192.0.2.1:65536', '192.0.2.1', undefined],
  ['2001:db8::1', '2001:db8::1', undefined],
  ['[2001:db8::1]', '2001:db8::1', undefined],
  ['[2001:db8::1]:4711', '2001:db8::1', 4711],
  ['fe80::1%eth0', 'fe80::1%eth0', undefined],
  ['[fe80::1%eth0]:4711', 'fe80::1%eth0', 4711],
  ['::ffff:192.0.2.1', '192.0.2.1', undefined],
  ['[::FFFF:192.0.2.1]:80', '192.0.2.1', 80],
] as const) {
  test(`${text} is ${address} with the port ${port}, the second time as well`, () => {
    assert.deepEqual(parseNodeName(text), { address, port })
    assert.deepEqual(parseNodeName(text), { address, port })
  })
}

for (const text of [
  ...['', 'unknown', '_proxy7', '_proxy7:80', 'localhost', '192.0.2', '192.0.2.1.5', '192.0.2.256', '010.0.0.1'],
  ...['192.0.2.1:port', '192.0.2.1:_p', '192.0.2.1 ', '"192.0.2.1"', '[192.0.2.1', '[]', '[::1]x', '[::1]:', '::1]'],
  ...['fe80::1%e\x7fth', 'fe80::1%', `fe80::1%${'e'.repeat(100)}`, '1'.repeat(100_000), '1.2.3.4\n5.6.7.8'],
]) {
  test(`${JSON.stringify(text.slice(0, 40))} is no address`, () => assert.equal(parseNodeName(text), undefined))
}

test('an IPv4 address on a dual-stack socket is written as on an IPv4 one', () => {
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(plainAddress('::ffff:1'), '::ffff:1')
  assert.equal(plainAddress('::1'), '::1')
})

test('ports are 1 to 65535', () => {
  assert.deepEqual(['1', '65535', '080'].map(portOf), [1, 65535, 80])
  assert.deepEqual(['', '0', '65536', '-1', '1e3', ' 1', '123456', undefined].map(portOf), new Array(8).fill(undefined))
})
