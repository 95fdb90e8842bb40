// How PFX files encrypt: by a password-based scheme of PKCS #5 (RFC 8018 6.2, OpenSSL 3, Windows since 10), or the one of PKCS #12 with triple DES
// (RFC 7292 C, older programs). The 40 bits of RC2 that came before are in no OpenSSL of today.
import { type Ber, integerOf, octetsIn, oidOf } from './ber.ts'

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const SHA1_TRIPLE_DES = '1.2.840.113549.1.12.1.3'

/** By cipher: its name in OpenSSL, and the bytes of its key. */
const CIPHERS: Readonly<Record<string, readonly [string, number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
}
/** By what is repeated: its digest. */
const DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

/** `algorithm`: its identifier with its parameters. */
export function decrypted(algorithm: Ber, bytes: Buffer, passphrase: string): Buffer {
  const { createDecipheriv } = process.getBuiltinModule('node:crypto')
  const { cipher, key, iv } = secretsOf(algorithm, passphrase)
  const decipher = createDecipheriv(cipher, key, iv)
  return Buffer.concat([decipher.update(bytes), decipher.final()])
}

interface Secrets {
  readonly cipher: string
  readonly key: Buffer
  readonly iv: Buffer
}

function secretsOf(algorithm: Ber, passphrase: string): Secrets {
  const [type, parameters] = algorithm.children
  const [first, second] = parameters?.children ?? []
  const name = type === undefined ? '' : oidOf(type)
  if (first !== undefined && second !== undefined) {
    if (name === PBES2) return secretsOfPbes2(first, second, passphrase)
    if (name === SHA1_TRIPLE_DES) {
      const derive = (purpose: number, length: number) =>
        derivedOfPkcs12(passphrase, octetsIn(first), integerOf(second), purpose, length)
      return { cipher: 'des-ede3-cbc', key: derive(1, 24), iv: derive(2, 8) }
    }
  }
  throw unknown(name)
}

function secretsOfPbes2(derivation: Ber, encryption: Ber, passphrase: string): Secrets {
  const { pbkdf2Sync } = process.getBuiltinModule('node:crypto')
  const [scheme, iv] = encryption.children
  const [function_, parameters] = derivation.children
  const [salt, iterations, ...rest] = parameters?.children ?? []
  const cipher = CIPHERS[scheme === undefined ? '' : oidOf(scheme)]
  // SHA-1 where none is named; a length of the key may stand before it.
  const named = rest.find(({ children }) => children.length > 0)?.children[0]
  const digest = named === undefined ? 'sha1' : DIGESTS[oidOf(named)]
  const isKnown = function_ !== undefined && oidOf(function_) === PBKDF2
  if (!isKnown || !salt || !iterations || !iv || cipher === undefined || digest === undefined) throw unknown(PBES2)
  const key = pbkdf2Sync(passphrase, octetsIn(salt), integerOf(iterations), cipher[1], digest)
  return { cipher: cipher[0], key, iv: octetsIn(iv) }
}

const BLOCK = 64
const DIGEST_BYTES = 20

/** RFC 7292 B.2, with SHA-1. `purpose`: 1 a key, 2 an initial vector. */
function derivedOfPkcs12(
  passphrase: string,
  salt: Buffer,
  iterations: number,
  purpose: number,
  length: number,
): Buffer {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const password = Buffer.from(`${passphrase}\0`, 'utf16le').swap16()
  const input = Buffer.concat([repeated(salt), repeated(password)])
  const pieces: Buffer[] = []
  for (let made = 0; made < length; made += DIGEST_BYTES) {
    let digest = createHash('sha1').update(Buffer.alloc(BLOCK, purpose)).update(input).digest()
    for (let i = 1; i < iterations; i++) digest = createHash('sha1').update(digest).digest()
    pieces.push(digest)
    for (let at = 0; at < input.length; at += BLOCK) addBlock(input.subarray(at, at + BLOCK), repeated(digest, BLOCK))
  }
  return Buffer.concat(pieces).subarray(0, length)
}

/** As often as fills whole blocks. */
function repeated(bytes: Buffer, length = Math.ceil(bytes.length / BLOCK) * BLOCK): Buffer {
  return Buffer.alloc(length, bytes)
}

/** Adds `more` and 1 to a block, as to a number. */
function addBlock(block: Buffer, more: Buffer): void {
  let carry = 1
  for (let i = BLOCK - 1; i >= 0; i--) {
    carry += (block[i] ?? 0) + (more[i] ?? 0)
    block[i] = carry & 0xff
    carry >>= 8
  }
}

function unknown(name: string): Error {
  return new Error(`its encryption (${name}) is not known`)
}
