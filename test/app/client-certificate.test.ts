import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { certificateVariables } from '../../src/app/client-certificate.ts'
import { makeCertificate } from '../support/certificate.ts'

const DAYS = 20

function variables(facts: Partial<Record<keyof X509Certificate, unknown>> = {}): Record<string, string> {
  const real = new X509Certificate(makeCertificate('ann', { days: DAYS }).cert)
  const { serialNumber, validFrom, validTo, subject, issuer, subjectAltName } = real
  const certificate = { serialNumber, validFrom, validTo, subject, issuer, subjectAltName, ...facts }
  return Object.fromEntries(certificateVariables(Object.assign(certificate, { toString: () => 'PEM' }) as never))
}

test('a certificate is described in the words of mod_ssl', () => {
  const { cert } = makeCertificate('ann', {
    issuer: { commonName: 'an authority', key: makeCertificate().key },
    days: DAYS,
  })
  const certificate = new X509Certificate(cert)
  const { SSL_CLIENT_CERT, ...rest } = Object.fromEntries(certificateVariables(certificate))
  assert.equal(SSL_CLIENT_CERT, cert)
  assert.deepEqual(rest, {
    SSL_CLIENT_VERIFY: 'SUCCESS',
    SSL_CLIENT_M_SERIAL: certificate.serialNumber,
    SSL_CLIENT_V_START: certificate.validFrom,
    SSL_CLIENT_V_END: certificate.validTo,
    SSL_CLIENT_V_REMAIN: String(DAYS - 1),
    SSL_CLIENT_S_DN: 'CN=ann',
    SSL_CLIENT_S_DN_CN: 'ann',
    SSL_CLIENT_I_DN: 'CN=an authority',
    SSL_CLIENT_I_DN_CN: 'an authority',
    SSL_CLIENT_SAN_DNS_0: 'localhost',
  })
  assert.equal(certificateVariables(certificate), certificateVariables(certificate), 'made once')
})

test('a client without one is NONE, and nothing else', () => {
  assert.deepEqual(certificateVariables(null), [['SSL_CLIENT_VERIFY', 'NONE']])
})

test('a name is given whole, from its end, and by its attributes', () => {
  const subject = 'C=DE\nO=Foo\\, \\"Inc\\" #1\nOU=a\nOU=b + UID=u7\nCN=Jürgen\\ \nemailAddress=a@b.c\ntitle=Dr'
  const found = variables({ subject })
  const names = Object.entries(found).filter(([name]) => name.startsWith('SSL_CLIENT_S_DN'))
  assert.deepEqual(Object.fromEntries(names), {
    // As "openssl x509 -nameopt RFC2253,-esc_msb" writes it; one character per byte.
    SSL_CLIENT_S_DN: 'title=Dr,emailAddress=a@b.c,CN=J\u00c3\u00bcrgen\\ ,UID=u7+OU=b,OU=a,O=Foo\\, \\"Inc\\" #1,C=DE',
    SSL_CLIENT_S_DN_C: 'DE',
    SSL_CLIENT_S_DN_O: 'Foo, "Inc" #1',
    SSL_CLIENT_S_DN_OU: 'a',
    SSL_CLIENT_S_DN_OU_0: 'a',
    SSL_CLIENT_S_DN_OU_1: 'b',
    SSL_CLIENT_S_DN_UID: 'u7',
    SSL_CLIENT_S_DN_CN: 'J\u00c3\u00bcrgen ',
    SSL_CLIENT_S_DN_Email: 'a@b.c',
    SSL_CLIENT_S_DN_T: 'Dr',
  })
})

test('a value cannot pretend to be another attribute, another name or another line', () => {
  const { SSL_CLIENT_S_DN_CN, SSL_CLIENT_S_DN_OU } = variables({ subject: 'CN=eve\\0ACN\\=admin\\, x \\+ OU\\=root' })
  assert.deepEqual([SSL_CLIENT_S_DN_CN, SSL_CLIENT_S_DN_OU], ['eve\\0ACN=admin, x + OU=root', undefined])
  const namesIn = (subjectAltName: string) =>
    Object.entries(variables({ subjectAltName })).filter(([name]) => name.startsWith('SSL_CLIENT_SAN'))
  assert.deepEqual(namesIn('DNS:"a, DNS:evil, DNS:b\\", DNS:c", DNS:good, email:x@y.z'), [])
  assert.deepEqual(namesIn('IP Address:10.0.0.1, DNS:good, email:x@y.z, DNS:b'), [
    ['SSL_CLIENT_SAN_DNS_0', 'good'],
    ['SSL_CLIENT_SAN_DNS_1', 'b'],
    ['SSL_CLIENT_SAN_Email_0', 'x@y.z'],
  ])
})

test('a certificate without names has empty ones', () => {
  const found = variables({ subject: undefined, subjectAltName: undefined })
  assert.equal(found['SSL_CLIENT_S_DN'], '')
  assert.equal(
    Object.keys(found).some(name => name.startsWith('SSL_CLIENT_S_DN_')),
    false,
  )
})
