// Keys and certificates that do not fit: one sentence with the file and what is wrong with it.
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ConfigError } from '../../src/config/errors.ts'
import { EXIT } from '../../src/config/exit-codes.ts'
import { OWN_READING, pathsOf, readTlsFiles } from '../../src/server/tls-files.ts'
import { makeCertificate, type PemPair } from '../support/certificate.ts'
import { ROOT } from '../support/root.ts'

const folder = mkdtempSync(join(tmpdir(), 'starlight-tls-'))
after(() => rmSync(folder, { recursive: true }))

const server = makeCertificate()
const other = makeCertificate('other')
const authority = makeCertificate('An authority')
const issued = makeCertificate('localhost', { issuer: { commonName: 'An authority', key: authority.key } })
const expired = makeCertificate('old', { days: -1 })
const encrypted = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
}).privateKey
const short = generateKeyPairSync('rsa', { modulusLength: 512 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

function read(key: string, cert: string, ca?: string): { warnings: string[] } {
  const files = { keyFile: join(folder, 'key'), certFile: join(folder, 'cert'), verifyMode: 0 }
  writeFileSync(files.keyFile, key)
  writeFileSync(files.certFile, cert)
  if (ca !== undefined) writeFileSync(join(folder, 'ca'), ca)
  const warnings: string[] = []
  readTlsFiles(ca === undefined ? files : { ...files, caFile: join(folder, 'ca') }, message => warnings.push(message))
  return { warnings }
}

const REFUSED: readonly (readonly [
  name: string,
  key: string,
  cert: string,
  file: string,
  problem: RegExp,
  ca?: string,
])[] = [
  [
    'an encrypted key',
    encrypted,
    server.cert,
    'key',
    /it is encrypted, and its passphrase cannot be typed in: --ssl-passphrase-file is needed, or one without: openssl pkey -in/,
  ],
  [
    'an encrypted key of the old kind',
    server.key.replace('\n', '\nProc-Type: 4,ENCRYPTED\n'),
    server.cert,
    'key',
    /it is encrypted/,
  ],
  [
    'a certificate in place of the key',
    server.cert,
    server.cert,
    'key',
    /it holds a certificate, a private key in PEM format is needed/,
  ],
  [
    'a key in place of the certificate',
    server.key,
    server.key,
    'cert',
    /it holds a private key, a certificate in PEM format is needed/,
  ],
  [
    'a key of another certificate',
    other.key,
    server.cert,
    'key',
    /it does not belong to the certificate ".*cert" \(CN=localhost\)/,
  ],
  [
    'an authority before the certificate',
    issued.key,
    authority.cert + issued.cert,
    'cert',
    /the server's certificate is certificate 2, and has to be the first/,
  ],
  ['an empty key', '', server.cert, 'key', /the file is empty/],
  ['an empty certificate', server.key, '\n', 'cert', /the file is empty/],
  ['no PEM', 'hello', server.cert, 'key', /it holds no private key/],
  ['no PEM in the certificate', server.key, 'hello', 'cert', /it holds no certificate/],
  ['a key that is cut', server.key.replace(/\n.{20}/, '\n'), server.cert, 'key', /it cannot be understood \(/],
  [
    'a chain whose second certificate is cut',
    server.key,
    server.cert + other.cert.replace(/\n.{20}/, '\n'),
    'cert',
    /certificate 2 cannot be understood/,
  ],
  ['a key that is too short', short, server.cert, 'key', /it does not belong|OpenSSL does not take it/],
  ['an authority that is none', server.key, server.cert, 'ca', /it holds no certificate/, 'hello'],
]

for (const [name, key, cert, file, problem, ca] of REFUSED) {
  test(`${name} is refused with the file and the reason`, () => {
    assert.throws(
      () => read(key, cert, ca),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError)
        assert.equal(error.exitCode, EXIT.usage)
        assert.match(error.message, problem)
        assert.ok(error.message.includes(`"${join(folder, file)}"`), error.message)
        assert.doesNotMatch(error.message, /\n/)
        return true
      },
    )
  })
}

test('a file that is missing, or a directory, is named', () => {
  const files = { keyFile: join(folder, 'none'), certFile: folder, verifyMode: 0 }
  assert.throws(() => readTlsFiles(files), /Cannot read the TLS key ".*none": there is no such file/)
  writeFileSync(join(folder, 'key'), server.key)
  assert.throws(
    () => readTlsFiles({ ...files, keyFile: join(folder, 'key') }),
    /Cannot read the TLS certificate ".*": it is a directory/,
  )
})

test('what fits is read without a word: a pair, a chain, both in one file', () => {
  assert.deepEqual(read(server.key, server.cert).warnings, [])
  assert.deepEqual(read(issued.key, issued.cert + authority.cert).warnings, [])
  assert.deepEqual(read(server.key + server.cert, server.key + server.cert).warnings, [])
  assert.deepEqual(read(issued.key, issued.cert, authority.cert).warnings, [])
})

test('an expired certificate and a chain out of order are warned about', () => {
  const [old] = read(expired.key, expired.cert).warnings
  assert.match(old ?? '', /^The TLS certificate ".*cert": certificate 1 \(CN=old\) expired on /)
  const { warnings } = read(issued.key, issued.cert + other.cert + authority.cert)
  assert.match(
    warnings.join(),
    /^The TLS certificate ".*": certificate 2 did not issue certificate 1: each has to be followed by its issuer$/,
  )
})

test('an encrypted key is opened by one of the passphrases, and kept without', () => {
  const files = {
    keyFile: join(folder, 'locked'),
    certFile: join(folder, 'cert'),
    passphraseFile: join(folder, 'pass'),
    verifyMode: 0,
  }
  const locked = createPrivateKey(server.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'a b',
  })
  writeFileSync(files.keyFile, locked)
  writeFileSync(files.certFile, server.cert)
  writeFileSync(files.passphraseFile, 'wrong\r\na b\r\n')
  assert.equal(readTlsFiles(files).pairs[0].key, server.key)
  assert.deepEqual(pathsOf(files), [files.keyFile, files.certFile, files.passphraseFile])
  writeFileSync(files.passphraseFile, 'wrong\n')
  assert.throws(() => readTlsFiles(files), /key ".*locked": no passphrase of --ssl-passphrase-file opens it \(/)
})

test('ciphers that OpenSSL does not know are refused', () => {
  const files = { keyFile: join(folder, 'k'), certFile: join(folder, 'c'), ciphers: 'NONE-SUCH', verifyMode: 0 }
  writeFileSync(files.keyFile, server.key)
  writeFileSync(files.certFile, server.cert)
  assert.throws(() => readTlsFiles(files), /^ConfigError: Cannot use the TLS ciphers "NONE-SUCH": .*no cipher match/i)
})

test('of each pair the names and the times of its certificate are told, and a mistake in any of them', () => {
  const [one, two] = [
    makeCertificate('one', { names: ['One.example', '*.example'] }),
    makeCertificate('two', { names: [] }),
  ]
  const paths = ['key1', 'cert1', 'key2', 'cert2'].map(name => join(folder, name)) as [string, string, string, string]
  const [keyFile, certFile, key2, cert2] = paths
  for (const [i, text] of [one.key, one.cert, two.key, two.cert].entries()) writeFileSync(paths[i] as string, text)
  const files = { keyFile, certFile, others: [{ keyFile: key2, certFile: cert2 }], verifyMode: 0 }
  const { pairs } = readTlsFiles(files)
  assert.deepEqual(
    pairs.map(({ names }) => names),
    [['one.example', '*.example'], ['two']],
  )
  for (const { notBefore, notAfter } of pairs) assert.ok(notBefore < Date.now() && notAfter > Date.now())
  writeFileSync(key2, one.key)
  assert.throws(() => readTlsFiles(files), /key ".*key2": it does not belong to the certificate ".*cert2"/)
})

test('a PFX file is a pair like any other; what keeps it from being one is said', () => {
  const pfx = (name: string) => join(ROOT, 'test/fixtures/pfx', name)
  const passphraseFile = join(folder, 'pfx-passphrases')
  writeFileSync(passphraseFile, 'wrong\nsécret\n')
  const read = (name: string, more: { passphraseFile?: string } = { passphraseFile }) =>
    readTlsFiles({ keyFile: pfx(name), certFile: pfx(name), isPfx: true, verifyMode: 0, ...more }).pairs[0]
  const { names, certFile, key } = read('aes.pfx')
  assert.deepEqual([names, certFile], [['pfx.example'], pfx('aes.pfx')])
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
  assert.deepEqual(read('plain.pfx', {}).names, ['pfx.example'])
  assert.throws(() => read('aes.pfx', {}), /Cannot use the TLS PFX file ".*aes\.pfx": it needs its passphrase/)
  writeFileSync(passphraseFile, 'x\nwrong\n')
  assert.throws(() => read('aes.pfx'), /": no passphrase of --ssl-passphrase-file opens it$/)
  assert.throws(() => read('rc2.pfx'), /OpenSSL does not read any more: "openssl pkcs12 -legacy/)
  assert.throws(() => read('README.md'), /PFX file ".*README\.md": it cannot be understood/)
})

test('of a directory each pair is read; later one that does not fit stays as it was, and the others are taken', () => {
  const directory = join(folder, 'sites')
  mkdirSync(directory)
  const put = (name: string, { key, cert }: PemPair) => writeFileSync(join(directory, name), key + cert)
  const site = (name: string) => makeCertificate(name, { names: [name] })
  assert.throws(
    () => readTlsFiles({ directory, verifyMode: 0 }),
    /certificate directory ".*sites": it holds no certificate/,
  )
  put('a.pem', site('a.test'))
  put('default.pem', site('b.test'))
  const files = { directory, verifyMode: 0 }
  const material = readTlsFiles(files)
  const namesIn = ({ pairs }: typeof material) => pairs.map(({ names }) => names.join())
  assert.deepEqual(namesIn(material), ['b.test', 'a.test'])
  const mistakes: string[] = []
  const failed = (mistake: unknown) => mistakes.push(String(mistake))
  put('a.pem', { key: site('x').key, cert: site('a.test').cert })
  put('c.pem', site('c.test'))
  put('d.pem', { key: '', cert: site('d.test').cert })
  const renewed = readTlsFiles(files, undefined, OWN_READING, { material, failed })
  assert.deepEqual(namesIn(renewed), ['b.test', 'a.test', 'c.test'])
  assert.equal(renewed.pairs[1], material.pairs[1])
  assert.equal(renewed.pairs[0], material.pairs[0], 'what is the same is not judged again')
  assert.match(mistakes[0]!, /key ".*a\.pem": it does not belong to the certificate/)
  assert.match(mistakes[1]!, /key ".*d\.pem": it holds a certificate, a private key in PEM format is needed/)
  assert.throws(() => readTlsFiles(files), /a\.pem/, 'a start takes nothing that does not fit')
  assert.throws(
    () => readTlsFiles({ directory: join(folder, 'none'), verifyMode: 0 }),
    /directory ".*none": there is no such file/,
  )
})
