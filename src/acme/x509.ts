// Certificate requests (RFC 2986), certificates that nobody else has signed, and what a certificate says that node:crypto does not.
import type { KeyObject } from 'node:crypto'
import { bits, contentAt, element, integer, objectId, octets, pem, sequence, set, time } from './der.ts'

/** A key that is not encrypted and its certificate, PEM. */
export interface PemPair {
  readonly key: string
  readonly cert: string
}

/** An ECDSA key on P-256: every client has known it for ten years, and its handshake costs a fifth of RSA's. */
export function newKey(): KeyObject {
  return crypto().generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

/** PKCS #8, PEM. */
export function keyText(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** A request for a certificate for the DNS names, DER. Its subject is empty: names are in the extension (RFC 8555 7.4). */
export function certificateRequest(key: KeyObject, names: readonly string[]): Buffer {
  const extensions = sequence(alternativeNames(names))
  const attributes = element(0xa0, sequence(objectId('1.2.840.113549.1.9.14'), set(extensions)))
  const info = sequence(integer(Buffer.from([0])), sequence(), publicKeyOf(key), attributes)
  return sequence(info, ECDSA_SHA256, bits(signed(info, key)))
}

export interface SelfSigned {
  readonly names: readonly string[]
  readonly commonName: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** Further extensions, DER. */
  readonly extensions?: readonly Buffer[]
}

/** A new key with a certificate that is its own issuer. */
export function selfSigned({ names, commonName, notBefore, notAfter, extensions = [] }: SelfSigned): PemPair {
  const key = newKey()
  const name = sequence(set(sequence(objectId('2.5.4.3'), element(0x0c, Buffer.from(commonName)))))
  const serial = crypto().randomBytes(16)
  // Positive, and its first byte is not zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKeyOf(key),
    element(0xa3, sequence(alternativeNames(names), ...extensions)),
  )
  return { key: keyText(key), cert: pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(signed(body, key)))) }
}

/** The critical extension acmeIdentifier (RFC 8737 3): the digest of a key authorization. */
export function acmeIdentifier(keyAuthorization: string): Buffer {
  const digest = crypto().createHash('sha256').update(keyAuthorization).digest()
  return sequence(objectId('1.3.6.1.5.5.7.1.31'), element(0x01, Buffer.from([0xff])), octets(octets(digest)))
}

/** How renewal information names a certificate (RFC 9773 4.1); undefined for one without an authority key identifier. */
export function certificateId(certificatePem: string): string | undefined {
  const certificate = new (crypto().X509Certificate)(certificatePem)
  const keyIdentifier = authorityKeyIdentifier(certificate.raw)
  if (keyIdentifier === undefined) return undefined
  const serial = Buffer.from(certificate.serialNumber, 'hex')
  // As DER has it: an octet of zeros in front where the number would be negative without.
  const bytes = (serial[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), serial]) : serial
  return `${keyIdentifier.toString('base64url')}.${bytes.toString('base64url')}`
}

function authorityKeyIdentifier(der: Buffer): Buffer | undefined {
  const id = objectId('2.5.29.35')
  const at = der.indexOf(id)
  const extension = at < 0 ? undefined : contentAt(der, at + id.length, 0x04)
  const fields = extension === undefined ? undefined : contentAt(extension, 0, 0x30)
  return fields === undefined ? undefined : contentAt(fields, 0, 0x80)
}

function alternativeNames(names: readonly string[]): Buffer {
  const list = sequence(...names.map(name => element(0x82, Buffer.from(name, 'latin1'))))
  return sequence(objectId('2.5.29.17'), octets(list))
}

function publicKeyOf(key: KeyObject): Buffer {
  return crypto().createPublicKey(key).export({ type: 'spki', format: 'der' })
}

function signed(content: Buffer, key: KeyObject): Buffer {
  return crypto().sign('sha256', content, key)
}

const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'))

/** Not imported above: most servers ask no authority. */
function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}
