import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressText } from '../../../src/config/listen/address.ts'
import { type Given, mistakeOf, resolved } from '../resolved.ts'

function addresses(line: string, given: Given = {}): string[] {
  return resolved(line === '' ? [] : line.split(' '), given).config.listen.map(addressText)
}

const FILES = '--ssl-key-file=a.key --ssl-cert-file=a.crt'

for (const [line, expected, given] of [
  ['', ['http://*:5000']],
  ['--port=80 --ipv6=1', ['http://[::]:80']],
  ['--ipv6=0', ['http://0.0.0.0:5000']],
  ['--no-ipv6 --host=localhost', ['http://127.0.0.1:5000']],
  ['--host=127.0.0.1', ['http://127.0.0.1:5000']],
  ['--host=* --port=0', ['http://*:0']],
  ['--socket=/tmp/starlight.sock', ['unix:/tmp/starlight.sock']],
  ['--socket=run/a.sock', ['unix:/srv/app/run/a.sock']],
  ['--socket=@a', ['unix:@a']],
  ['-l unix:/a?proxy=1', ['unix:/a']],
  ['-l :80:proxy --trusted-proxies=loopback', ['http://*:80']],
  ['--socket=/a --port=80', ['unix:/a', 'http://*:80']],
  ['--socket=/a --host=::1', ['unix:/a', 'http://[::1]:5000']],
  ['-l :80 -l [::1]:81 -l /a -l @b', ['http://*:80', 'http://[::1]:81', 'unix:/a', 'unix:@b']],
  [`--port=443 --ssl=1 ${FILES}`, ['https://*:443']],
  [`-l :80 -l :443:ssl ${FILES}`, ['http://*:80', 'https://*:443']],
  [`-l :443 -l http://:80 -l /a --ssl ${FILES}`, ['https://*:443', 'http://*:80', 'unix:/a']],
  // The strongest source that says where to listen answers alone; host and port complete each other.
  ['--port=80', ['http://*:80'], { file: { listen: [':81', '/a'] } }],
  ['--port=80', ['http://127.0.0.1:80'], { file: { host: '127.0.0.1', socket: '/a' } }],
  ['--socket=/a', ['unix:/a'], { file: { port: 80 }, env: { STARLIGHT_HOST: '::1' } }],
  ['', ['http://*:81'], { file: { listen: ':80' }, env: { STARLIGHT_LISTEN: ':81' } }],
  ['', ['http://*:8080'], { env: { PORT: '8080' } }],
  ['--host=::1', ['http://[::1]:8080'], { env: { PORT: '8080' } }],
  ['--socket=/a', ['unix:/a'], { env: { PORT: '8080' } }],
  ['', ['http://*:80'], { env: { PORT: '8080' }, file: { port: 80 } }],
  ['', ['http://*:5000'], { file: { listen: [] } }],
] as const) {
  test(`starlight ${line} ${given ? JSON.stringify(given) : ''} listens on ${expected.join(', ')}`, () => {
    assert.deepEqual(addresses(line, given), expected)
  })
}

test('each address carries the whole of what it was asked for', () => {
  const line = `-l unix:/a?mode=0600 --socket-mode=0660 --socket-group=www -l /b --ssl -l :443 ${FILES} --ssl-verify-mode=3 --ssl-client-ca-file=ca.pem`
  assert.deepEqual(resolved(line.split(' ')).config.listen, [
    { kind: 'unix', path: '/a', mode: 0o600, group: 'www' },
    { kind: 'unix', path: '/b', mode: 0o660, group: 'www' },
    {
      kind: 'tcp',
      host: undefined,
      port: 443,
      tls: { keyFile: '/srv/app/a.key', certFile: '/srv/app/a.crt', clientCaFile: '/srv/app/ca.pem', verifyMode: 3 },
    },
  ])
})

test('an address has TLS files of its own before those of the options', () => {
  const { listen } = resolved(`-l https://:1?key=b.key&verify=1&ca=/ca ${FILES}`.split(' ')).config
  const tls = { keyFile: '/srv/app/b.key', certFile: '/srv/app/a.crt', caFile: '/ca', verifyMode: 1 }
  assert.deepEqual(listen, [{ kind: 'tcp', host: undefined, port: 1, tls }])
})

test('the first key belongs to the first certificate and so on, and what is not the default is kept', () => {
  const more =
    '--ssl-key-file=b.key --ssl-cert-file=b.crt --ssl-passphrase-file=p --ssl-min-version=TLSv1.3 --ssl-ciphers=X'
  const { listen } = resolved(`-l :1:ssl ${FILES} ${more}`.split(' ')).config
  const tls = {
    keyFile: '/srv/app/a.key',
    certFile: '/srv/app/a.crt',
    others: [{ keyFile: '/srv/app/b.key', certFile: '/srv/app/b.crt' }],
    passphraseFile: '/srv/app/p',
    minVersion: 'TLSv1.3',
    ciphers: 'X',
    verifyMode: 0,
  }
  assert.deepEqual(listen, [{ kind: 'tcp', host: undefined, port: 1, tls }])
})

test('PFX files come behind pairs, and a directory needs neither; an address with certificates of its own has no others', () => {
  const tlsOf = (line: string) => resolved(line.split(' ')).config.listen[0]?.tls
  const pfx = { keyFile: '/srv/app/p', certFile: '/srv/app/p', isPfx: true }
  const pair = { keyFile: '/srv/app/a.key', certFile: '/srv/app/a.crt' }
  assert.deepEqual(tlsOf(`--ssl ${FILES} --ssl-pfx-file=p`), { ...pair, others: [pfx], verifyMode: 0 })
  assert.deepEqual(tlsOf('--ssl --ssl-pfx=p'), { ...pfx, verifyMode: 0 })
  assert.deepEqual(tlsOf('--ssl --ssl-cert-dir=d'), { directory: '/srv/app/d', verifyMode: 0 })
  assert.deepEqual(tlsOf(`--ssl ${FILES} --ssl-cert-dir=d`), { ...pair, directory: '/srv/app/d', verifyMode: 0 })
  assert.deepEqual(tlsOf(`-l https://:1?dir=e ${FILES} --ssl-cert-dir=d`), { directory: '/srv/app/e', verifyMode: 0 })
  assert.deepEqual(tlsOf(`-l https://:1?pfx=p ${FILES} --ssl-cert-dir=d`), { ...pfx, verifyMode: 0 })
})

test('[::] keeps to IPv6 next to 0.0.0.0 on the same port, and only then', () => {
  const flags = (line: string): unknown[] => resolved(line.split(' ')).config.listen.map(each => 'ipv6Only' in each)
  assert.deepEqual(flags('-l [::]:80 -l 0.0.0.0:80'), [true, false])
  assert.deepEqual(flags('-l [::]:80 -l 0.0.0.0:81'), [false, false])
  assert.deepEqual(flags('-l [::]:0 -l 0.0.0.0:0'), [false, false])
})

test('the origin of the addresses names every option that they come from', () => {
  const from = (line: string, given: Given = {}): string =>
    resolved(line === '' ? [] : line.split(' '), given).origins.listen
  assert.equal(from('-l :80 --socket=/a'), '-l, --socket')
  assert.equal(from(''), 'default')
  assert.equal(from('', { env: { PORT: '80' } }), 'PORT')
  assert.equal(from('', { file: { host: '::1', port: 1 } }), 'starlight.config.json')
})

const LONG = `/run/${'x'.repeat(103)}`
for (const [line, message, given] of [
  ['--ssl', 'Cannot use TLS on https://*:5000: it has no key, --ssl-key-file=FILE is needed'],
  ['--ssl --ssl-key-file=k', 'Cannot use TLS on https://*:5000: it has no certificate, --ssl-cert-file=FILE is needed'],
  [
    `--ssl ${FILES} --ssl-key-file=b.key`,
    'Cannot use TLS on https://*:5000: keys and certificates make no pairs (2 and 1), one key for each certificate is needed',
  ],
  [
    '--ssl --ssl-pfx-file=b.pfx',
    'Cannot read "b.pfx" of --ssl-pfx-file: it is missing, a readable PFX file is needed',
    { problems: { '/srv/app/b.pfx': 'missing' } },
  ],
  ['--ssl-cert-dir=d', 'Cannot use --ssl-cert-dir: no address speaks TLS, --ssl or an https:// address is needed'],
  ['-l h:1:ssl', 'Cannot use TLS on https://h:1: it has no key, --ssl-key-file=FILE is needed'],
  [
    `--ssl --socket=/a ${FILES}`,
    'Cannot use --ssl: every address is a Unix socket or http://, a TCP address or unix:/PATH?key=FILE&cert=FILE is needed',
  ],
  [FILES, 'Cannot use --ssl-key-file: no address speaks TLS, --ssl or an https:// address is needed'],
  [
    '--ssl-verify-mode=1',
    'Cannot use --ssl-verify-mode: no address speaks TLS, --ssl or an https:// address is needed',
  ],
  [
    `--ssl ${FILES} --ssl-verify-mode=1`,
    'Cannot use --ssl-verify-mode=1: no authority is named, --ssl-client-ca-file or --ssl-ca-file is needed',
  ],
  [
    `--ssl ${FILES}`,
    'Cannot read "a.key" of --ssl-key-file: it is missing, a readable PEM file is needed',
    { problems: { '/srv/app/a.key': 'missing' } },
  ],
  [
    `--ssl ${FILES}`,
    'Cannot read "a.crt" of --ssl-cert-file: it is unreadable, a readable PEM file is needed',
    { problems: { '/srv/app/a.crt': 'unreadable' } },
  ],
  ['--ipv6=0 --host=::1', 'Cannot listen on "::1": it is an IPv6 address, with --ipv6=0 an IPv4 address is needed'],
  ['-l :80 -l *:80', 'Cannot listen on "http://*:80" twice: one address per socket is needed'],
  [`--socket=${LONG}`, `Cannot listen on "${LONG}": the path has 108 bytes, 107 at most are needed`],
  [
    '-l :80:proxy',
    'Cannot take the PROXY protocol on http://*:80: no proxy there is trusted, --trusted-proxies=ADDRESS is needed',
    {},
  ],
  [
    '-l :80:proxy --trusted-proxies=unix',
    'Cannot take the PROXY protocol on http://*:80: no proxy there is trusted, --trusted-proxies=ADDRESS is needed',
    {},
  ],
  [
    '-l unix:/a?proxy=1 --trusted-proxies=10.0.0.1',
    'Cannot take the PROXY protocol on unix:/a: no proxy there is trusted, --trusted-proxies=ADDRESS is needed',
    {},
  ],
  [
    '--socket=@a',
    'Cannot listen on "unix:@a": abstract sockets exist on Linux only, a path is needed',
    { system: { platform: 'darwin' } },
  ],
] as const) {
  test(message, () =>
    assert.equal(
      mistakeOf(() => addresses(line, given)),
      message,
    ),
  )
}

test('two addresses on free ports are no repetition', () => assert.equal(addresses('-l :0 -l :0').length, 2))

test('a key is no mistake when TLS is switched off in so many words', () => {
  assert.deepEqual(addresses('--no-ssl', { file: { ssl: true, sslKeyFile: 'k', sslCertFile: 'c' } }), ['http://*:5000'])
})
