// A self-signed certificate of a test's own, made on the spot: no file in the repository that expires, no openssl needed.
// Just enough DER (X.690) for X.509 (RFC 5280).
import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface PemPair {
  readonly key: string
  readonly cert: string
}

export interface PemFiles extends PemPair {
  readonly keyFile: string
  readonly certFile: string
}

const DAY_MS = 86_400_000

export interface CertificateOptions {
  /** Who signs it; default: itself. */
  readonly issuer?: { readonly commonName: string; readonly key: string }
  /** Days from now until it expires; default 100: so far away that no server mentions it. */
  readonly days?: number
  /** DNS names besides its addresses; default: localhost. None: it has no alternative names at all. */
  readonly names?: readonly string[]
  /** IPv4 addresses besides 127.0.0.1. */
  readonly addresses?: readonly string[]
  /** Whose key it is about; default: a new one, which the pair has. */
  readonly publicKey?: KeyObject
  /** Key identifier of its issuer (RFC 5280 4.2.1.1). */
  readonly authorityKeyId?: Buffer
  /** Days before now at which it begins; default 9. */
  readonly age?: number
}

/** A key and a certificate for localhost, 127.0.0.1 and ::1. It may sign, so it can serve as its own authority. */
export function makeCertificate(commonName = 'localhost', options: CertificateOptions = {}): PemPair {
  const { issuer, days = 100, names = ['localhost'], addresses = [], age = 9 } = options
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = toBeSigned(
    commonName,
    issuer?.commonName ?? commonName,
    { ...options, days, names, addresses, age },
    options.publicKey ?? publicKey,
  )
  const signature = createSign('sha256')
    .update(signed)
    .sign(issuer?.key ?? privateKey)
  const certificate = sequence(signed, ECDSA_SHA256, tagged(0x03, Buffer.from([0]), signature))
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}

/** The same as files in `folder`: `NAME.key` and `NAME.crt`. */
export function writeCertificate(folder: string, name = 'server', commonName?: string): PemFiles {
  const pair = makeCertificate(commonName)
  const [keyFile, certFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  writeFileSync(keyFile, pair.key, { mode: 0o600 })
  writeFileSync(certFile, pair.cert)
  return { ...pair, keyFile, certFile }
}

type Dated = CertificateOptions & Required<Pick<CertificateOptions, 'days' | 'names' | 'addresses' | 'age'>>

function toBeSigned(
  commonName: string,
  issuer: string,
  { days, names, addresses, age, authorityKeyId }: Dated,
  publicKey: KeyObject,
): Buffer {
  const named = (text: string): Buffer =>
    sequence(tagged(0x31, sequence(oid(COMMON_NAME), tagged(0x0c, Buffer.from(text)))))
  const validity = sequence(time(Date.now() - age * DAY_MS), time(Date.now() + days * DAY_MS))
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)])
  const alternatives = sequence(
    ...names.map(name => tagged(0x82, Buffer.from(name))),
    ...['127.0.0.1', ...addresses].map(address => tagged(0x87, Buffer.from(address.split('.').map(Number)))),
    tagged(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
  )
  const extensions = sequence(
    ...(names.length > 0 ? [sequence(oid(ALTERNATIVE_NAMES), tagged(0x04, alternatives))] : []),
    ...(authorityKeyId === undefined
      ? []
      : [sequence(oid(AUTHORITY_KEY_ID), tagged(0x04, sequence(tagged(0x80, authorityKeyId))))]),
    sequence(oid(BASIC_CONSTRAINTS), tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff]))))),
  )
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))), // version 3
    tagged(0x02, serial),
    ECDSA_SHA256,
    named(issuer),
    validity,
    named(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  )
}

const COMMON_NAME = '550403'
const ALTERNATIVE_NAMES = '551d11'
const AUTHORITY_KEY_ID = '551d23'
const BASIC_CONSTRAINTS = '551d13'
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))

/** One DER element: tag, length, content. */
function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

function sequence(...content: readonly Buffer[]): Buffer {
  return tagged(0x30, ...content)
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

/** UTCTime: YYMMDDhhmmssZ. */
function time(epochMs: number): Buffer {
  return tagged(0x17, Buffer.from(`${new Date(epochMs).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`))
}
