import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acmeCertificateFile, acmeChallenges, acmeFolder, acmeNames } from '../../src/config/acme.ts'
import { ConfigError } from '../../src/config/errors.ts'
import type { ListenAddress } from '../../src/config/listen/address.ts'

const DIRECTORY = 'https://acme-v02.api.letsencrypt.org/directory'

test('names: lower case, in ASCII, each once', () => {
  assert.deepEqual(acmeNames(['A.Example.org', ' a.example.org.', 'bücher.example'], '--acme'), [
    'a.example.org',
    'xn--bcher-kva.example',
  ])
})

test('what is no name of DNS that can be proved is refused', () => {
  const wrong = [
    '*.a.org',
    '',
    '127.0.0.1',
    '::1',
    'a b',
    '-a.org',
    'a_b.org',
    'a..org',
    '../x',
    `${'a'.repeat(64)}.org`,
  ]
  for (const text of wrong) assert.throws(() => acmeNames([text], '--acme'), ConfigError, text)
  assert.throws(() => acmeNames(['*.a.org'], '--acme'), /dns-01/)
  const many = Array.from({ length: 101 }, (_, i) => `a${i}.org`)
  assert.throws(() => acmeNames(many, '--acme'), /100 at most/)
})

test('each authority has a folder, and the first name the file', () => {
  const at = (acmeDirectory: string) => acmeFolder({ acmeStorage: '/s', acmeDirectory })
  assert.equal(at(DIRECTORY), '/s/acme-v02.api.letsencrypt.org-directory')
  assert.equal(at('letsencrypt'), at(DIRECTORY))
  assert.equal(at('letsencrypt-staging'), '/s/acme-staging-v02.api.letsencrypt.org-directory')
  assert.equal(at('https://[::1]:14000/a/../../b?c'), '/s/-1-14000-b')
  const file = acmeCertificateFile({ acme: ['B.org', 'a.org'], acmeStorage: '/s', acmeDirectory: DIRECTORY })
  assert.equal(file, '/s/acme-v02.api.letsencrypt.org-directory/b.org.pem')
  assert.equal(acmeCertificateFile({ acme: [], acmeStorage: '/s', acmeDirectory: DIRECTORY }), undefined)
})

test('http-01 where there is a listener without TLS, unless somebody has said otherwise', () => {
  const plain: ListenAddress = { kind: 'tcp', host: undefined, port: 80 }
  const secure: ListenAddress = { ...plain, port: 443, tls: { keyFile: 'a', certFile: 'a', verifyMode: 0 } }
  assert.deepEqual(acmeChallenges({}, [plain, secure]), ['http-01', 'tls-alpn-01'])
  assert.deepEqual(acmeChallenges({}, [secure]), ['tls-alpn-01'])
  assert.deepEqual(acmeChallenges({ acmeChallenge: 'tls-alpn-01' }, [plain, secure]), ['tls-alpn-01'])
})
