// A PFX file (PKCS #12, RFC 7292) as PEM. Node takes such a file as it is, but trusts the authorities in it as issuers of client certificates then,
// and does not say when its certificate ends; so it is taken apart here, when OpenSSL has seen that it is whole.
import type { X509Certificate } from 'node:crypto'
import { type Ber, berOf, octetsIn, oidOf } from './ber.ts'
import { decrypted } from './pfx-cipher.ts'

export interface PfxParts {
  /** PKCS #8, not encrypted, PEM. */
  readonly key: string
  /** The certificate that the key belongs to, then those that lead to its root, without that. PEM. */
  readonly cert: string
}

type Crypto = typeof import('node:crypto')

/** Throws an error with a reason in words. `passphrase` is '' for a file without one. */
export function partsOfPfx(pfx: Buffer, passphrase: string): PfxParts {
  const [crypto, tls] = [process.getBuiltinModule('node:crypto'), process.getBuiltinModule('node:tls')]
  // Its seal (MAC), its passphrase, and that key and certificate are a pair: OpenSSL says it in its own words.
  tls.createSecureContext({ pfx, passphrase })
  const bags = bagsOf(pfx, passphrase)
  const keys = bags.flatMap(bag => keyIn(crypto, bag, passphrase) ?? [])
  const certificates = bags.flatMap(bag => certificateIn(crypto, bag) ?? [])
  for (const key of keys) {
    const own = certificates.find(certificate => certificate.checkPrivateKey(key))
    if (own === undefined) continue
    const chain = chainOf(own, certificates)
    return {
      key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      cert: chain.map(certificate => certificate.toString()).join(''),
    }
  }
  throw new Error('it holds no key with its certificate')
}

/** What OpenSSL writes in the order of a bag, which says nothing, becomes each followed by its issuer. */
function chainOf(own: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain = [own]
  for (;;) {
    const last = chain.at(-1) as X509Certificate
    const issuer = all.find(other => !chain.includes(other) && last.checkIssued(other) && last.verify(other.publicKey))
    if (issuer === undefined || issuer.checkIssued(issuer)) return chain
    chain.push(issuer)
  }
}

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const NESTED_BAG = '1.2.840.113549.1.12.10.1.6'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'

interface Bag {
  readonly type: string
  readonly value: Ber
}

function bagsOf(pfx: Buffer, passphrase: string): Bag[] {
  const [, authSafe] = berOf(pfx).children
  const safes = berOf(octetsIn(contentOf(authSafe).value)).children
  return safes.flatMap(safe => {
    const { type, value } = contentOf(safe)
    if (type === DATA) return bagsIn(berOf(octetsIn(value)))
    // Of others, for the owner of a key (RFC 7292 3.1), OpenSSL has said that it cannot read them.
    if (type !== ENCRYPTED_DATA) return []
    const [, algorithm, content] = value.children[1]?.children ?? []
    if (algorithm === undefined || content === undefined) return []
    return bagsIn(berOf(decrypted(algorithm, octetsIn(content), passphrase)))
  })
}

function bagsIn(contents: Ber): Bag[] {
  return contents.children.flatMap(bag => {
    const found = contentOf(bag)
    return found.type === NESTED_BAG ? bagsIn(found.value) : [found]
  })
}

/** Of a sequence of a type and, behind an explicit tag, what is of that type: ContentInfo, SafeBag, CertBag. */
function contentOf(element: Ber | undefined): Bag {
  const [type, tagged] = element?.children ?? []
  const [value] = tagged?.children ?? []
  if (type === undefined || value === undefined) throw new Error('a part of it has no content')
  return { type: oidOf(type), value }
}

function keyIn({ createPrivateKey }: Crypto, { type, value }: Bag, passphrase: string) {
  if (type !== KEY_BAG && type !== SHROUDED_KEY_BAG) return undefined
  return createPrivateKey({ key: value.raw, format: 'der', type: 'pkcs8', passphrase })
}

function certificateIn({ X509Certificate }: Crypto, bag: Bag): X509Certificate | undefined {
  if (bag.type !== CERTIFICATE_BAG) return undefined
  const [type, tagged] = bag.value.children
  const [value] = tagged?.children ?? []
  if (type === undefined || value === undefined || oidOf(type) !== X509_CERTIFICATE) return undefined
  return new X509Certificate(octetsIn(value))
}
