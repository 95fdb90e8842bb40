import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedOf, isSamePlace, placeOf } from '../../../src/app/node/asked-address.ts'

// What net.Server hands on: address, port, descriptor, flags.
const CASES: readonly (readonly [Parameters<typeof askedOf>, object, string])[] = [
  [[null, 3000, undefined, 0], { host: undefined, port: 3000, path: undefined }, 'on port 3000'],
  [['::1', 3000, undefined, 1], { host: '::1', port: 3000, path: undefined, ipv6Only: true }, 'on [::1]:3000'],
  [['/run/a.sock', -1, undefined, 0], { host: undefined, port: undefined, path: '/run/a.sock' }, 'on "/run/a.sock"'],
  [[null, null, 5, 0], { host: undefined, port: undefined, path: undefined }, 'on a descriptor'],
]

for (const [given, asked, words] of CASES)
  test(`what an application asks for, and how that is told: ${words}`, () => {
    assert.deepEqual(askedOf(...given), asked)
    assert.equal(placeOf(askedOf(...given)), words)
  })

test('the same port is the same place, but for port 0 and Unix paths', () => {
  const of = (port: number, host = '::'): ReturnType<typeof askedOf> => askedOf(host, port, undefined, 0)
  assert.equal(isSamePlace(of(3000), of(3000, '127.0.0.1')), true)
  assert.equal(isSamePlace(of(3000), of(3001)), false)
  assert.equal(isSamePlace(of(3000), undefined), false)
  assert.equal(isSamePlace(of(0), of(0)), false)
  const path = askedOf('/a', -1, undefined, 0)
  assert.equal(isSamePlace(path, path), false)
})
