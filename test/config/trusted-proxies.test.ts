import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trustedNetworks } from '../../src/config/trusted-proxies.ts'

test('addresses, networks and names are networks', () => {
  assert.deepEqual(trustedNetworks(['10.1.2.3', ' 10.0.0.0/8', '2001:db8::/32', '::1', 'unix', 'none'], 'x'), [
    { address: '10.1.2.3', prefix: 32, family: 'ipv4' },
    { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
    { address: '2001:db8::', prefix: 32, family: 'ipv6' },
    { address: '::1', prefix: 128, family: 'ipv6' },
    'unix',
  ])
  assert.equal(trustedNetworks(['loopback'], 'x').length, 2)
  assert.equal(trustedNetworks(['private'], 'x').length, 7)
})

for (const member of [
  '10.0.0.0/33',
  '::/129',
  'proxy.example',
  '10.0.0.0/',
  '1.2.3',
  'fe80::1%eth0',
  'constructor',
  '',
]) {
  test(`${member} is refused`, () => {
    assert.throws(() => trustedNetworks([member], '--trusted-proxies'), /for --trusted-proxies: an address, a network/)
  })
}
