// What a certificate request and a certificate of our own say, as OpenSSL reads them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { AcmeClient } from '../../src/acme/client.ts'
import { contentAt, element, objectId, time } from '../../src/acme/der.ts'
import { keyAuthorization, signedBody } from '../../src/acme/jws.ts'
import { obtain } from '../../src/acme/order.ts'
import { AcmeProblem, quoted, retryAfter } from '../../src/acme/problem.ts'
import { renewalInfo } from '../../src/acme/renewal-info.ts'
import { askerFor } from '../../src/acme/transport.ts'
import { acmeIdentifier, certificateId, certificateRequest, newKey, selfSigned } from '../../src/acme/x509.ts'
import { makeCertificate } from '../support/certificate.ts'
import { startAuthority } from '../support/fake-authority.ts'

const NAMES = ['a.test', `${'long'.repeat(12)}.test`, 'xn--bcher-kva.test']

test('a request is well-formed, signed by its key, and for all names', () => {
  const text = execFileSync('openssl', ['req', '-inform', 'DER', '-verify', '-noout', '-text'], {
    input: certificateRequest(newKey(), NAMES),
    stdio: ['pipe', 'pipe', 'ignore'],
    encoding: 'utf8',
  })
  assert.match(text, /Public Key Algorithm: id-ecPublicKey/)
  assert.ok(text.includes(NAMES.map(name => `DNS:${name}`).join(', ')))
})

test('a certificate of our own has its names, its time and the extension of a challenge, which is critical', () => {
  const { key, cert } = selfSigned({
    ...{ names: NAMES, commonName: 'own', notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2060, 5, 1) },
    extensions: [acmeIdentifier('token.thumbprint')],
  })
  const certificate = new X509Certificate(cert)
  assert.equal(certificate.verify(certificate.publicKey), true)
  assert.ok(NAMES.every(name => certificate.checkHost(name) === name))
  assert.deepEqual(
    [certificate.validFrom, certificate.validTo],
    ['Jan  1 00:00:00 2026 GMT', 'Jun  1 00:00:00 2060 GMT'],
  )
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: cert, encoding: 'utf8' })
  assert.match(text, /1\.3\.6\.1\.5\.5\.7\.1\.31: critical/)
})

test('a certificate is named by its issuer and its number (RFC 9773 4.1)', () => {
  const authorityKeyId = Buffer.from('69885b6b87464041e1b37b847bd4ddc8dc2f9f2b', 'hex')
  const { cert } = makeCertificate('a.test', { authorityKeyId })
  const [issuer, serial] = certificateId(cert)!.split('.')
  assert.equal(issuer, authorityKeyId.toString('base64url'))
  assert.equal(Buffer.from(serial!, 'base64url').toString('hex').toUpperCase(), new X509Certificate(cert).serialNumber)
  assert.equal(certificateId(makeCertificate('a.test').cert), undefined)
})

test('DER: lengths of one, two and three bytes, times before and after 2050, and what is cut', () => {
  for (const size of [0, 127, 128, 255, 256, 70_000]) {
    const content = Buffer.alloc(size, 7)
    const whole = element(0x04, content)
    assert.deepEqual(contentAt(whole, 0, 0x04), content)
    assert.equal(contentAt(whole.subarray(0, -1), 0, 0x04), undefined)
    assert.equal(contentAt(whole, 0, 0x30), undefined)
  }
  assert.equal(contentAt(Buffer.from([4, 0x84, 1, 1, 1, 1]), 0, 4), undefined)
  assert.equal(objectId('1.2.840.113549.1.9.14').toString('hex'), '06092a864886f70d01090e')
  assert.equal(time(Date.UTC(2049, 11, 31)).toString('latin1'), '\x17\r491231000000Z')
  assert.equal(time(Date.UTC(2050, 0, 1)).toString('latin1'), '\x18\x0f20500101000000Z')
})

test('a signed request has its key or its account, and an answer to a challenge the thumbprint of the key (RFC 7638)', () => {
  const key = newKey()
  const head = (text: string) => JSON.parse(Buffer.from(JSON.parse(text).protected, 'base64url').toString())
  assert.deepEqual(Object.keys(head(signedBody(key, { nonce: 'n', url: 'u' }, {})).jwk), ['crv', 'kty', 'x', 'y'])
  assert.deepEqual(head(signedBody(key, { nonce: 'n', url: 'u', kid: 'k' }, {})), {
    alg: 'ES256',
    nonce: 'n',
    url: 'u',
    kid: 'k',
  })
  assert.equal(JSON.parse(signedBody(key, { nonce: 'n', url: 'u' }, undefined)).payload, '')
  assert.match(keyAuthorization('token', key), /^token\.[\w-]{43}$/)
})

test('Retry-After is seconds or a date; words of an authority come in one line', () => {
  const now = Date.UTC(2026, 0, 1)
  const cases = ['120', new Date(now + 5000).toUTCString(), new Date(now - 5000).toUTCString(), 'soon', '-1', null]
  assert.deepEqual(
    cases.map(text => retryAfter(text, now)),
    [120_000, 5000, 0, undefined, 0, undefined],
  )
  assert.equal(quoted('a\r\nb\u001b[31m\u0085c'), 'a b [31m c')
  assert.equal(quoted('x'.repeat(9), 4), 'xxxx...')
})

test('an answer that never ends is cut in time', async t => {
  const authority = await startAuthority(t)
  authority.misbehave = () => response => void response.writeHead(200).write(' ')
  const ask = askerFor('test', new AbortController().signal, 50)
  await assert.rejects(ask({ method: 'GET', url: authority.url }), /Cannot ask .*: no answer within 0\.05 s/)
})

test('renewal information is asked again after a time within bounds, and not at all where there is none', async t => {
  const authority = await startAuthority(t)
  const client = () =>
    new AcmeClient({
      ...{ url: authority.url, key: newKey(), account: undefined, email: undefined, now: Date.now },
      ask: askerFor('test', new AbortController().signal),
    })
  assert.equal(await renewalInfo(client(), 'a.b'), undefined)
  const body = { suggestedWindow: { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' } }
  for (const [seconds, ms] of [
    ['1', 60_000],
    ['7200', 7_200_000],
    ['9999999', 86_400_000],
  ] as const) {
    authority.renewalInfo = { headers: { 'Retry-After': seconds }, body }
    const window = { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 2) }
    assert.deepEqual(await renewalInfo(client(), 'a.b'), { window, againMs: ms })
  }
  authority.renewalInfo = { body: { suggestedWindow: { start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' } } }
  await assert.rejects(renewalInfo(client(), 'a.b'), AcmeProblem)
})

test('an authorization that is valid already needs no challenge', async t => {
  const authority = await startAuthority(t)
  authority.misbehave = ({ path }) =>
    path.startsWith('/order') && !path.endsWith('done') && authority.count(/^\/finalize/) === 0
      ? { body: { status: 'ready', finalize: authority.url.replace('dir', 'finalize/0') } }
      : path.startsWith('/authorization')
        ? { body: { status: 'valid', identifier: { type: 'dns', value: 'a.test' } } }
        : undefined
  const client = new AcmeClient({
    ...{ url: authority.url, key: newKey(), account: undefined, email: undefined, now: Date.now },
    ask: askerFor('test', new AbortController().signal),
  })
  const chain = await obtain(client, {
    ...{ names: ['a.test'], key: newKey(), challenges: ['http-01'] },
    answer: () => Promise.reject(new Error('nothing is to be answered')),
    wait: () => Promise.resolve(),
  })
  assert.match(chain, /^-----BEGIN CERTIFICATE-----/)
})
