import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trustedNetworks } from '../../../src/config/trusted-proxies.ts'
import { TrustedProxies } from '../../../src/server/forwarded/trusted-proxies.ts'

const of = (...members: string[]): TrustedProxies => new TrustedProxies(trustedNetworks(members, 'x'))

for (const [member, inside, outside] of [
  ['192.0.2.1', ['192.0.2.1'], ['192.0.2.2', '::1']],
  ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['11.0.0.0', '9.255.255.255']],
  ['2001:db8::/32', ['2001:db8::1', '2001:DB8:0:1::'], ['2001:db9::1', '32.1.13.184']],
  ['loopback', ['127.0.0.1', '127.9.9.9', '::1'], ['128.0.0.1', '::2']],
  [
    'private',
    ['10.1.1.1', '172.31.0.1', '192.168.1.1', '100.64.0.1', '169.254.1.1', 'fd00::1', 'fe80::1', 'fe80::1%eth0'],
    ['172.32.0.1', '192.169.0.1', '100.128.0.1', '127.0.0.1', '::1', '2001:db8::1'],
  ],
  ['0.0.0.0/0', ['203.0.113.1'], ['2001:db8::1']],
  ['unix', [], ['127.0.0.1', '::1']],
] as const) {
  test(`${member} has ${inside.join(', ')} and not ${outside.join(', ')}`, () => {
    const proxies = of(member)
    // Twice: what is known already has the same answer.
    for (let i = 0; i < 2; i++) {
      for (const address of inside) assert.ok(proxies.has(address), address)
      for (const address of outside) assert.ok(!proxies.has(address), address)
    }
    assert.equal(proxies.trustsUnix, member === 'unix')
  })
}

test('more clients than are remembered are judged all the same', () => {
  const proxies = of('10.0.0.0/8')
  for (let i = 0; i < 3000; i++) {
    assert.ok(proxies.has(`10.0.${i >> 8}.${i & 255}`))
    assert.ok(!proxies.has(`203.0.${i >> 8}.${i & 255}`))
  }
})
