// The table of spoofing: whatever a client writes, only what trusted proxies have written behind it counts.
import '../../support/work.ts'

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trustedNetworks } from '../../../src/config/trusted-proxies.ts'
import { type Claim, claimByForwarded, claimByLists } from '../../../src/server/forwarded/claim.ts'
import { TrustedProxies } from '../../../src/server/forwarded/trusted-proxies.ts'
import { superLinear, workOf } from '../../support/work.ts'

const PROXIES = new TrustedProxies(trustedNetworks(['10.0.0.0/8', 'fd00::/8'], 'x'))
const NOTHING = { for: '', proto: '', host: '', port: '' }
const lists = (given: Partial<typeof NOTHING>): Claim => claimByLists({ ...NOTHING, ...given }, PROXIES)
const forwarded = (list: string): Claim => claimByForwarded(list, PROXIES)
const shown = ({ node }: Claim): string => `${node?.address ?? 'nobody'} ${node?.port ?? '-'}`

for (const [list, client, verified] of [
  ['203.0.113.9', '203.0.113.9 -', '203.0.113.9'],
  ['203.0.113.9:4711', '203.0.113.9 4711', '203.0.113.9:4711'],
  ['[2001:db8::9]:4711', '2001:db8::9 4711', '[2001:db8::9]:4711'],
  ['fe80::9%eth0', 'fe80::9%eth0 -', 'fe80::9%eth0'],
  // Several hops.
  ['203.0.113.9, 10.0.0.2', '203.0.113.9 -', '203.0.113.9, 10.0.0.2'],
  ['203.0.113.9,10.0.0.2,fd00::3', '203.0.113.9 -', '203.0.113.9,10.0.0.2,fd00::3'],
  ['10.0.0.9, 10.0.0.2', '10.0.0.9 -', '10.0.0.9, 10.0.0.2'],
  // A client lies.
  ['127.0.0.1, 203.0.113.9', '203.0.113.9 -', '203.0.113.9'],
  ['10.0.0.1, 203.0.113.9', '203.0.113.9 -', '203.0.113.9'],
  ['127.0.0.1, 203.0.113.9, 10.0.0.2', '203.0.113.9 -', '203.0.113.9, 10.0.0.2'],
  ['10.0.0.1, 10.0.0.1, 203.0.113.9, 10.0.0.2', '203.0.113.9 -', '203.0.113.9, 10.0.0.2'],
  ['"1.2.3.4, 203.0.113.9', '203.0.113.9 -', '203.0.113.9'],
  // Names that are no addresses: the hop that has written them is all that is known.
  ['unknown', 'nobody -', 'unknown'],
  ['127.0.0.1, unknown', 'nobody -', 'unknown'],
  ['127.0.0.1, unknown, 10.0.0.2', '10.0.0.2 -', 'unknown, 10.0.0.2'],
  ['127.0.0.1, _hidden, 10.0.0.2', '10.0.0.2 -', '_hidden, 10.0.0.2'],
  ['127.0.0.1, 203.0.113.9 x', 'nobody -', '203.0.113.9 x'],
  // Empty members.
  ['', 'nobody -', ''],
  [' , ,, ', 'nobody -', ''],
  ['127.0.0.1,, 203.0.113.9 ,, 10.0.0.2,', '203.0.113.9 -', '203.0.113.9 ,, 10.0.0.2,'],
] as const) {
  test(`X-Forwarded-For: ${list} names ${client}`, () => {
    const claim = lists({ for: list })
    assert.equal(shown(claim), client)
    assert.equal(claim.verified, verified)
  })
}

for (const [list, client, verified] of [
  ['for=203.0.113.9', '203.0.113.9 -', 'for=203.0.113.9'],
  ['for="203.0.113.9:4711"', '203.0.113.9 4711', 'for="203.0.113.9:4711"'],
  ['FOR="[2001:db8::9]:4711";by=10.0.0.2', '2001:db8::9 4711', 'FOR="[2001:db8::9]:4711";by=10.0.0.2'],
  ['for=203.0.113.9, for=10.0.0.2', '203.0.113.9 -', 'for=203.0.113.9, for=10.0.0.2'],
  ['for=127.0.0.1, for=203.0.113.9, for="[fd00::3]"', '203.0.113.9 -', 'for=203.0.113.9, for="[fd00::3]"'],
  ['for=127.0.0.1, for=unknown, for=10.0.0.2', '10.0.0.2 -', 'for=unknown, for=10.0.0.2'],
  ['for=127.0.0.1, for=_hidden', 'nobody -', 'for=_hidden'],
  ['for=127.0.0.1, proto=https', 'nobody -', 'proto=https'],
  // Quotes that a client opens, escapes that it leaves open.
  ['for=", for=203.0.113.9', '203.0.113.9 -', 'for=203.0.113.9'],
  ['for=", for="203.0.113.9"', '203.0.113.9 -', 'for="203.0.113.9"'],
  ['for="\\, for="203.0.113.9"', '203.0.113.9 -', 'for="203.0.113.9"'],
  ['for=127.0.0.1;x="a\\", for="203.0.113.9:1";by="10.0.0.2"', '203.0.113.9 1', 'for="203.0.113.9:1";by="10.0.0.2"'],
  ['for=127.0.0.1;, ;, for=203.0.113.9', '203.0.113.9 -', 'for=203.0.113.9'],
  // Nobody knows what a proxy has meant by this: nothing is believed.
  ['for=127.0.0.1, for=203.0.113.9;for=127.0.0.1', 'nobody -', ''],
  ['for=127.0.0.1, for=203.0.113.9 x', 'nobody -', ''],
  [', ,,', 'nobody -', ''],
] as const) {
  test(`Forwarded: ${list} names ${client}`, () => {
    const claim = forwarded(list)
    assert.equal(shown(claim), client)
    assert.equal(claim.verified, verified)
  })
}

for (const [list, proto, wanted] of [
  ['203.0.113.9', 'https', 'https'],
  ['203.0.113.9', 'http, https', 'https'],
  ['203.0.113.9, 10.0.0.2', 'https, http', 'https'],
  ['203.0.113.9, 10.0.0.2', 'http, https, http', 'https'],
  ['203.0.113.9, 10.0.0.2', 'https', 'https'],
  ['127.0.0.1, 203.0.113.9', 'http, https', 'https'],
  ['', 'http, https', 'https'],
  ['203.0.113.9', ', https ,,', 'https'],
  ['203.0.113.9', ' , ', undefined],
] as const) {
  test(`with X-Forwarded-For: ${list}, "${proto}" means ${wanted}`, () => {
    const claim = lists({ for: list, proto, host: proto, port: proto })
    assert.deepEqual([claim.proto, claim.host, claim.port], [wanted, wanted, wanted])
  })
}

test('of Forwarded counts what the trusted proxy nearest to the client says', () => {
  const claim = forwarded('proto=ftp;host=evil, for=203.0.113.9;proto=https;host=shop, for=10.0.0.2;proto=http')
  assert.deepEqual([claim.proto, claim.host], ['https', 'shop'])
  const inner = forwarded('proto=ftp;host=evil, for=203.0.113.9, for=10.0.0.2;proto=http;host=inner')
  assert.deepEqual([inner.proto, inner.host], ['http', 'inner'])
})

/** Pieces that a client may put together: everything with a meaning, and addresses that are trusted. */
const PIECES = [
  ...[
    '"',
    '\\',
    ',',
    ', ',
    ';',
    '=',
    ' ',
    '\t',
    '[',
    ']',
    ':',
    '%',
    '_',
    'a',
    '\x80',
    'unknown',
    '10.0.0.1',
    '127.0.0.1',
  ],
  ...['for=', 'for="', 'by=10.0.0.1', 'proto=https', 'host=evil', 'for=10.0.0.1', '[fd00::1]:80', 'http', 'evil:80'],
]

/** Numbers that look random and are the same each time (Lehmer, MINSTD). */
function* numbers(): Generator<number, never> {
  for (let seed = 20_260_101; ; ) yield (seed = (seed * 48_271) % 2_147_483_647)
}

test('nothing that a client writes in front of what trusted proxies write changes anything', () => {
  const random = numbers()
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from(
      { length: random.next().value % 9 },
      () => PIECES[random.next().value % PIECES.length],
    ).join('')
    for (const list of ['203.0.113.9', '[2001:db8::9]:7', 'unknown', '203.0.113.9, 10.0.0.2, fd00::3']) {
      const hops = list.split(',').length
      const each = (value: string): string => new Array(hops).fill(value).join(', ')
      const own = { for: list, proto: each('http'), host: each('shop'), port: each('8080') }
      const [proto, host, port] = [`${text}, ${own.proto}`, `${text}, ${own.host}`, `${text}, ${own.port}`]
      assert.deepEqual(lists({ for: `${text}, ${list}`, proto, host, port }), lists(own), text)
    }
    for (const list of [
      'for=203.0.113.9;proto=http;host=shop',
      'for="[2001:db8::9]:7";host="shop:8080";proto=http',
      'for=_hidden;proto=http;host=shop',
      'for="203.0.113.9";host=shop;proto=http, for=10.0.0.2;by="a,\\"b", for="[fd00::3]"',
    ])
      assert.deepEqual(forwarded(`${text}, ${list}`), forwarded(list), text)
  }
})

for (const member of ['10.0.0.1', '', 'unknown', '203.0.113.9', 'for=10.0.0.1', 'for="', '"\\', '\\"']) {
  test(`10,000 times ${JSON.stringify(member)} is linear work`, () => {
    const long = (count: number): string => new Array(count).fill(member).join(', ')
    const all = (text: string): void => {
      for (const list of [text, `${text}, 203.0.113.9`, `${text}, for="203.0.113.9"`]) {
        lists({ for: list, proto: list, host: list, port: list })
        forwarded(list)
      }
    }
    all(long(10_000))
    assert.equal(
      superLinear(size => workOf(() => all(long(size))), 2500),
      undefined,
    )
  })
}
