import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../../../src/server/proxy-protocol/crc32c.ts'
import { MOST_V2, parseProxyHeader } from '../../../src/server/proxy-protocol/header.ts'
import { proxyV2, tlv } from '../../support/proxy-header.ts'

const TCP4_ENDS = {
  remoteAddress: '192.0.2.1',
  localAddress: '198.51.100.7',
  remotePort: 56_324,
  localPort: 443,
}

// --- version 1

for (const [line, expected] of [
  ['PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n', { version: 1, source: 'tcp', ...TCP4_ENDS }],
  [
    'PROXY TCP6 2001:db8::1 ::1 0 65535\r\n',
    { version: 1, source: 'tcp', remoteAddress: '2001:db8::1', localAddress: '::1', remotePort: 0, localPort: 65_535 },
  ],
  ['PROXY UNKNOWN\r\n', { version: 1, source: 'local' }],
  [`PROXY UNKNOWN ${'f'.repeat(91)}\r\n`, { version: 1, source: 'local' }],
] as const) {
  test(`version 1 reads ${JSON.stringify(line)}`, () => {
    const result = parseProxyHeader(Buffer.from(`${line}GET / HTTP/1.1\r\n`))
    assert.deepEqual(result, { header: expected, length: line.length })
    for (let length = 0; length < line.length; length++)
      assert.equal(parseProxyHeader(Buffer.from(line.slice(0, length))), undefined, `${length} bytes`)
  })
}

for (const line of [
  'GET / HTTP/1.1\r\n',
  'PROXX TCP4 192.0.2.1 198.51.100.7 56324 443\r\n',
  'proxy TCP4 192.0.2.1 198.51.100.7 56324 443\r\n',
  ' PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n',
  'PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n',
  'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 1\r\n',
  'PROXY TCP4  192.0.2.1 198.51.100.7 56324 443\r\n',
  'PROXY TCP4\t192.0.2.1 198.51.100.7 56324 443\r\n',
  'PROXY TCP4 192.0.2.1 198.51.100.7 056324 443\r\n',
  'PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n',
  'PROXY TCP4 192.0.2.1 198.51.100.7 -1 443\r\n',
  'PROXY TCP4 192.0.2.256 198.51.100.7 1 443\r\n',
  'PROXY TCP4 192.0.2.01 198.51.100.7 1 443\r\n',
  'PROXY TCP4 ::1 ::1 1 443\r\n',
  'PROXY TCP6 192.0.2.1 198.51.100.7 1 443\r\n',
  'PROXY TCP6 fe80::1%eth0 ::1 1 443\r\n',
  'PROXY UDP4 192.0.2.1 198.51.100.7 1 443\r\n',
  'PROXY tcp4 192.0.2.1 198.51.100.7 1 443\r\n',
  `PROXY UNKNOWN ${'f'.repeat(92)}\r\n`,
  'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\n'.padEnd(107, ' '),
]) {
  test(`version 1 refuses ${JSON.stringify(line)}`, () => {
    assert.equal(typeof parseProxyHeader(Buffer.from(line)), 'string')
  })
}

// --- version 2

const V4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 0x04, 0x01, 0xbb])
const V6 = Buffer.from(`20010db8${'0'.repeat(23)}1${'0'.repeat(31)}1dc0401bb`, 'hex')

for (const [what, bytes, expected] of [
  ['TCP over IPv4', proxyV2(0x11, V4), { source: 'tcp', ...TCP4_ENDS }],
  [
    'TCP over IPv6',
    proxyV2(0x21, V6),
    { source: 'tcp', remoteAddress: '2001:db8::1', localAddress: '::1', remotePort: 56_324, localPort: 443 },
  ],
  ['a Unix stream', proxyV2(0x31, Buffer.alloc(216)), { source: 'unix' }],
  ['no family', proxyV2(0x00, Buffer.alloc(0)), { source: 'local' }],
  ['LOCAL', proxyV2(0x11, V4, 0x20), { source: 'local' }],
  ['LOCAL with anything behind it', proxyV2(0xff, Buffer.alloc(7, 0xff), 0x20), { source: 'local' }],
  [
    'values',
    proxyV2(
      0x11,
      Buffer.concat([
        ...[
          V4,
          tlv(0x01, 'h2'),
          tlv(0x02, 'www.example.org'),
          tlv(0x05, 'abc-1'),
          tlv(0x04, '\0\0'),
          tlv(0xea, '\x01vpce'),
        ],
        tlv(
          0x20,
          Buffer.concat([
            ...[
              Buffer.from([7, 0, 0, 0, 0]),
              tlv(0x21, 'TLSv1.3'),
              tlv(0x22, 'Jane Doe'),
              tlv(0x23, 'TLS_AES_128_GCM_SHA256'),
            ],
          ]),
        ),
      ]),
    ),
    {
      source: 'tcp',
      ...TCP4_ENDS,
      alpn: 'h2',
      authority: 'www.example.org',
      uniqueId: 'abc-1',
      ssl: {
        hasCertificate: true,
        isVerified: true,
        version: 'TLSv1.3',
        commonName: 'Jane Doe',
        cipher: 'TLS_AES_128_GCM_SHA256',
      },
    },
  ],
  [
    'TLS without a certificate',
    proxyV2(0x11, Buffer.concat([V4, tlv(0x20, Buffer.from([1, 0, 0, 0, 0]))])),
    { source: 'tcp', ...TCP4_ENDS, ssl: { hasCertificate: false, isVerified: false } },
  ],
  [
    'a certificate that did not verify',
    proxyV2(0x11, Buffer.concat([V4, tlv(0x20, Buffer.from([3, 0, 0, 0, 18]))])),
    { source: 'tcp', ...TCP4_ENDS, ssl: { hasCertificate: true, isVerified: false } },
  ],
  [
    'no TLS',
    proxyV2(0x11, Buffer.concat([V4, tlv(0x20, Buffer.from([0, 0, 0, 0, 0]))])),
    { source: 'tcp', ...TCP4_ENDS },
  ],
] as const) {
  test(`version 2 reads ${what}`, () => {
    const result = parseProxyHeader(Buffer.concat([bytes, Buffer.from('GET /')]))
    assert.deepEqual(result, { header: { version: 2, ...expected }, length: bytes.length })
    for (let length = 0; length < bytes.length; length++)
      assert.equal(parseProxyHeader(bytes.subarray(0, length)), undefined, `${length} bytes`)
  })
}

const withChecksum = (): Buffer => {
  const bytes = proxyV2(0x11, Buffer.concat([V4, tlv(0x03, Buffer.alloc(4)), tlv(0x01, 'h2')]))
  bytes.writeUInt32BE(crc32c(bytes), 16 + 12 + 3)
  return bytes
}

test('version 2 verifies a checksum', () => {
  assert.equal(typeof parseProxyHeader(withChecksum()), 'object')
  for (let i = 16; i < 28; i++) {
    const bytes = withChecksum()
    bytes[i]! ^= 1
    assert.equal(parseProxyHeader(bytes), 'a wrong checksum', `byte ${i}`)
  }
})

test('CRC-32C of its check text', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
})

for (const [what, bytes] of [
  ['another version', proxyV2(0x11, V4, 0x31)],
  ['another command', proxyV2(0x11, V4, 0x22)],
  ['UDP', proxyV2(0x12, V4)],
  ['an unknown family', proxyV2(0x41, V4)],
  ['IPv4 addresses that are cut', proxyV2(0x11, V4.subarray(0, 11))],
  ['IPv6 addresses that are cut', proxyV2(0x21, V4)],
  ['a Unix address that is cut', proxyV2(0x31, Buffer.alloc(215))],
  ['a value that is cut', proxyV2(0x11, Buffer.concat([V4, tlv(0x02, 'www').subarray(0, 5)]))],
  ['a value without a length', proxyV2(0x11, Buffer.concat([V4, Buffer.from([2, 0])]))],
  ['TLS values that are cut', proxyV2(0x11, Buffer.concat([V4, tlv(0x20, Buffer.from([1, 0, 0, 0, 0, 0x21, 0, 9]))]))],
  ['TLS flags that are cut', proxyV2(0x11, Buffer.concat([V4, tlv(0x20, Buffer.from([1, 0, 0, 0]))]))],
  ['a host with a line break', proxyV2(0x11, Buffer.concat([V4, tlv(0x02, 'a\r\nb')]))],
  [
    'a name with an escape',
    proxyV2(0x11, Buffer.concat([V4, tlv(0x20, Buffer.concat([Buffer.from([3, 0, 0, 0, 0]), tlv(0x22, '\x1b[2J')]))])),
  ],
  ['a unique id that is too long', proxyV2(0x11, Buffer.concat([V4, tlv(0x05, 'x'.repeat(129))]))],
  ['a checksum of three bytes', proxyV2(0x11, Buffer.concat([V4, tlv(0x03, 'abc')]))],
] as const) {
  test(`version 2 refuses ${what}`, () => {
    assert.equal(typeof parseProxyHeader(bytes), 'string')
  })
}

test('version 2 refuses what is too long before it has come', () => {
  const bytes = proxyV2(0x11, V4)
  bytes.writeUInt16BE(MOST_V2 + 1, 14)
  assert.equal(typeof parseProxyHeader(bytes.subarray(0, 16)), 'string')
})
