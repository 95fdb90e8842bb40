import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostOf, parseListenAddress, parseSocket } from '../../../src/config/listen/listen-address.ts'
import { mistakeOf } from '../resolved.ts'

const GOOD: readonly (readonly [string, object])[] = [
  ['127.0.0.1:5000', { kind: 'tcp', host: '127.0.0.1', port: 5000 }],
  [':5000', { kind: 'tcp', port: 5000 }],
  ['5000', { kind: 'tcp', port: 5000 }],
  ['*:5000', { kind: 'tcp', port: 5000 }],
  ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
  ['[::1]:5000', { kind: 'tcp', host: '::1', port: 5000 }],
  ['[fe80::1%eth0]:5000', { kind: 'tcp', host: 'fe80::1%eth0', port: 5000 }],
  ['0.0.0.0:443:ssl', { kind: 'tcp', host: '0.0.0.0', port: 443, tls: {} }],
  ['[::]:443:SSL', { kind: 'tcp', host: '::', port: 443, tls: {} }],
  ['443:ssl', { kind: 'tcp', port: 443, tls: {} }],
  ['[::1]:5000:h2c', { kind: 'tcp', host: '::1', port: 5000, h2c: true, tls: false }],
  ['h:1:proxy', { kind: 'tcp', host: 'h', port: 1, proxy: true }],
  ['h:1:proxy:ssl', { kind: 'tcp', host: 'h', port: 1, proxy: true, tls: {} }],
  ['h:1:SSL:PROXY', { kind: 'tcp', host: 'h', port: 1, proxy: true, tls: {} }],
  ['h:1:proxy:h2c', { kind: 'tcp', host: 'h', port: 1, h2c: true, proxy: true, tls: false }],
  ['http://h:1?proxy=1', { kind: 'tcp', host: 'h', port: 1, proxy: true, tls: false }],
  ['https://h:1?proxy=1&key=k', { kind: 'tcp', host: 'h', port: 1, proxy: true, tls: { keyFiles: ['k'] } }],
  ['https://h:1?proxy=0', { kind: 'tcp', host: 'h', port: 1, tls: {} }],
  ['unix:/run/a.sock?proxy=1', { kind: 'unix', path: '/run/a.sock', proxy: true }],
  ['http://h:1?h2c=1', { kind: 'tcp', host: 'h', port: 1, h2c: true, tls: false }],
  ['http://h:1?h2c=0', { kind: 'tcp', host: 'h', port: 1, tls: false }],
  ['unix:/run/a.sock?h2c=1', { kind: 'unix', path: '/run/a.sock', h2c: true }],
  ['unix:@app?h2c=1', { kind: 'abstract', name: 'app', h2c: true }],
  ['/run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
  ['./app.sock', { kind: 'unix', path: './app.sock' }],
  ['run/app:80', { kind: 'unix', path: 'run/app:80' }],
  ['@app', { kind: 'abstract', name: 'app' }],
  ['\0app', { kind: 'abstract', name: 'app' }],
  ['@a/b', { kind: 'abstract', name: 'a/b' }],
  ['http://127.0.0.1:8080', { kind: 'tcp', host: '127.0.0.1', port: 8080, tls: false }],
  ['http://localhost/', { kind: 'tcp', host: 'localhost', port: 80, tls: false }],
  ['https://*', { kind: 'tcp', port: 443, tls: {} }],
  ['https://[::1]', { kind: 'tcp', host: '::1', port: 443, tls: {} }],
  ['https://[::1]:444', { kind: 'tcp', host: '::1', port: 444, tls: {} }],
  [
    'https://h:1?key=a.key&cert=/b.crt&ca=c&client-ca=d&verify=3',
    {
      kind: 'tcp',
      host: 'h',
      port: 1,
      tls: { keyFiles: ['a.key'], certFiles: ['/b.crt'], caFile: 'c', clientCaFile: 'd', verifyMode: 3 },
    },
  ],
  ['unix:/run/a.sock', { kind: 'unix', path: '/run/a.sock' }],
  ['unix:///run/a.sock', { kind: 'unix', path: '/run/a.sock' }],
  [
    'unix:/run/a%20b.sock?mode=0660&owner=www&group=33',
    { kind: 'unix', path: '/run/a b.sock', mode: 0o660, owner: 'www', group: '33' },
  ],
  ['unix:/run/a.sock?key=k&cert=c', { kind: 'unix', path: '/run/a.sock', tls: { keyFiles: ['k'], certFiles: ['c'] } }],
  [
    'https://:1?key=k&key=l&cert=c&cert=d&passphrase=p&min-version=TLSv1.3&ciphers=X:Y',
    {
      kind: 'tcp',
      port: 1,
      tls: {
        keyFiles: ['k', 'l'],
        certFiles: ['c', 'd'],
        passphraseFile: 'p',
        minVersion: 'TLSv1.3',
        ciphers: 'X:Y',
      },
    },
  ],
  ['unix:@app', { kind: 'abstract', name: 'app' }],
]

for (const [text, address] of GOOD) {
  test(`--listen=${text.replace('\0', '\\0')}`, () => assert.deepEqual(parseListenAddress(text), address))
}

const NEEDED =
  'HOST:PORT, :PORT, PORT, [IPV6]:PORT, HOST:PORT:ssl, HOST:PORT:h2c, HOST:PORT:proxy, /PATH, @NAME, or a URL (http, https, unix) is needed'
const BAD: readonly (readonly [string, string])[] = [
  ['localhost', `Cannot listen on "localhost" of --listen: it is no address, ${NEEDED}`],
  ['app.sock', `Cannot listen on "app.sock" of --listen: it is no address, ${NEEDED}`],
  ['', `Cannot listen on "" of --listen: it is no address, ${NEEDED}`],
  ['@', `Cannot listen on "@" of --listen: it is no address, ${NEEDED}`],
  ['::1:80', `Cannot listen on "::1:80" of --listen: an IPv6 address stands in brackets, ${NEEDED}`],
  ['h:80:tls', `Cannot listen on "h:80:tls" of --listen: it is no address, ${NEEDED}`],
  ['ftp://h', `Cannot listen on "ftp://h" of --listen: the scheme "ftp" is not known, ${NEEDED}`],
  ['http://', `Cannot listen on "http://" of --listen: the URL names no host and no port, ${NEEDED}`],
  [
    'http://h/app',
    `Cannot listen on "http://h/app" of --listen: an address has no path, but this one has "/app", ${NEEDED}`,
  ],
  [
    'unix:/a?h2c=1&key=k&cert=c',
    `Cannot listen on "unix:/a?h2c=1&key=k&cert=c" of --listen: h2c is HTTP/2 without TLS, ${NEEDED}`,
  ],
  ['h:80:ssl:h2c', `Cannot listen on "h:80:ssl:h2c" of --listen: h2c is HTTP/2 without TLS, ${NEEDED}`],
  [
    'unix:/a?proxy=1&key=k&cert=c',
    `Cannot listen on "unix:/a?proxy=1&key=k&cert=c" of --listen: TLS behind the PROXY protocol is there on TCP only, ${NEEDED}`,
  ],
  ['h:99999', 'Cannot use "99999" for the port of --listen=h:99999: a port from 0 to 65535 is needed'],
  ['http://h?key=x', 'Cannot use "http://h?key=x" for --listen: "key" has no meaning there, of h2c, proxy is needed'],
  [
    'https://h?kye=x',
    'Cannot use "https://h?kye=x" for --listen: "kye" has no meaning there, of key, cert, pfx, dir, passphrase, min-version, ciphers, ca, client-ca, verify, proxy is needed',
  ],
  [
    'unix:/a?mode=999',
    'Cannot use "999" for "mode" of --listen=unix:/a?mode=999: an octal number such as 0660 is needed',
  ],
  [
    'unix:@a?mode=0660',
    `Cannot listen on "unix:@a?mode=0660" of --listen: an abstract socket has no owner and no permissions, ${NEEDED}`,
  ],
]

for (const [text, message] of BAD) {
  test(message, () =>
    assert.equal(
      mistakeOf(() => parseListenAddress(text)),
      message,
    ),
  )
}

test('--socket takes every text as a path, except for a leading @ or NUL', () => {
  assert.deepEqual(parseSocket('app.sock'), { kind: 'unix', path: 'app.sock' })
  assert.deepEqual(parseSocket('5000'), { kind: 'unix', path: '5000' })
  assert.deepEqual(parseSocket('@app'), { kind: 'abstract', name: 'app' })
})

test('hostOf knows the names of every interface', () => {
  assert.deepEqual(['', '*', '0', '[::1]', '0.0.0.0'].map(hostOf), [undefined, undefined, undefined, '::1', '0.0.0.0'])
})
