// The files of TLS, read and judged together: OpenSSL says what is wrong with them only when a worker listens.
import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import type { TlsFiles, TlsPairFiles } from '../config/listen/address.ts'
import { namesIn, pairsIn, type ReadNames } from './tls/certificate-directory.ts'
import {
  type Certificate,
  cannotRead,
  cannotUse,
  certificatesOf,
  isEncrypted,
  type Key,
  ordinal,
  type Pem,
  pemsOfPfx,
  privateKeyOf,
  readPem,
  reasonOf,
} from './tls/pem.ts'

/** What the files held: plain data, so that a master can read them as root and hand them to its workers. */
export interface TlsMaterial {
  /** Of the files: listeners with the same files and settings have the same one, before and after a renewal. */
  readonly id: string
  /** The first is for clients that ask for no name, or for one that no certificate has. */
  readonly pairs: readonly [TlsPair, ...TlsPair[]]
  /** Certificates of the authorities that client certificates must come from. */
  readonly clientCa: string | undefined
  readonly verifyMode: number
  readonly minVersion: TlsFiles['minVersion']
  readonly ciphers: string | undefined
  /** 48 bytes in hexadecimal, with which session tickets are sealed; undefined: each server has its own. */
  readonly ticketKey?: string
}

/** A key that is not encrypted and its certificate with the chain, PEM, and what the certificate says. */
export interface TlsPair {
  readonly key: string
  readonly cert: string
  /** Path of the certificate. */
  readonly certFile: string
  /** DNS names, lower case, perhaps with a wildcard; the common name where there are none. */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

/** How files are read. Both throw the system's error. */
export interface FileReading {
  /** One character per byte. */
  text(path: string): string
  readonly names: ReadNames
}

export const OWN_READING: FileReading = { text: path => readFileSync(path, 'latin1'), names: namesIn }

/** For a renewal: what was read before. */
export interface ReadBefore {
  readonly material: TlsMaterial
  /** Told what cannot be used of a directory: there the pair before stays, and the others are renewed. */
  readonly failed: (error: unknown) => void
}

/**
 * Reads the files and sees whether they fit: a ConfigError with EXIT.usage names the file and what is wrong with it. `warn` gets what works
 * but will not for all clients, or not for long.
 */
export function readTlsFiles(
  files: TlsFiles,
  warn: (message: string) => void = () => undefined,
  reading: FileReading = OWN_READING,
  before?: ReadBefore,
): TlsMaterial {
  const read = reading.text
  const authorities = files.caFile === undefined ? undefined : readPem('certificate authority', files.caFile, read)
  const clientAuthorities =
    files.clientCaFile === undefined ? authorities : readPem('client certificate authority', files.clientCaFile, read)
  if (clientAuthorities !== undefined) certificatesOf(clientAuthorities)
  const { verifyMode, minVersion, ciphers } = files
  if (ciphers !== undefined) checkCiphers(ciphers, minVersion)
  const passphrases = files.passphraseFile === undefined ? [] : passphrasesOf(files.passphraseFile, read)
  const known = new Map(before?.material.pairs.map(pair => [pair.certFile, pair]))
  const around = { authorities, clientCa: clientAuthorities?.text, passphrases, warn, read, known }
  const named = pairsOf(files).map(pair => readPair(pair, around))
  const { directory } = files
  const listed = directory === undefined ? [] : readDirectory(directory, reading.names, around, before?.failed)
  const [first, ...others] = [...named, ...listed]
  if (first === undefined) throw cannotUse({ ...DIRECTORY, path: directory ?? '' }, NO_PAIRS)
  return {
    id: JSON.stringify(files),
    pairs: [first, ...others],
    clientCa: clientAuthorities?.text,
    verifyMode,
    minVersion,
    ciphers,
  }
}

const DIRECTORY = { what: 'certificate directory', text: '' } as const
const NO_PAIRS =
  'it holds no certificate with its key: NAME.crt with NAME.key, NAME.pem with both, NAME.pfx, NAME/fullchain.pem with NAME/privkey.pem are such'

/** The pairs that are named one by one. */
export function pairsOf({ keyFile, certFile, isPfx, others = [] }: TlsFiles): TlsPairFiles[] {
  if (keyFile === undefined || certFile === undefined) return [...others]
  return [{ keyFile, certFile, ...(isPfx && { isPfx }) }, ...others]
}

/** All files that `readTlsFiles` reads, and the directory instead of those in it. */
export function pathsOf(files: TlsFiles): string[] {
  const { caFile, clientCaFile, passphraseFile, directory } = files
  const paths = pairsOf(files).flatMap(({ keyFile, certFile }) => [keyFile, certFile])
  return [...paths, ...[caFile, clientCaFile, passphraseFile, directory].filter(path => path !== undefined)]
}

function readDirectory(
  directory: string,
  names: ReadNames,
  around: Around,
  failed: ReadBefore['failed'] | undefined,
): TlsPair[] {
  let pairs: TlsPairFiles[]
  try {
    pairs = pairsIn(directory, names)
  } catch (error) {
    throw cannotRead(DIRECTORY.what, directory, error)
  }
  return pairs.flatMap(pair => {
    try {
      return [readPair(pair, around)]
    } catch (error) {
      if (failed === undefined) throw error
      failed(error)
      return around.known.get(pair.certFile) ?? []
    }
  })
}

interface Around {
  readonly authorities: Pem | undefined
  readonly clientCa: string | undefined
  readonly passphrases: readonly string[]
  readonly warn: (message: string) => void
  readonly read: FileReading['text']
  /** What was read before, by its certificate. */
  readonly known: ReadonlyMap<string, TlsPair>
}

function readPair(files: TlsPairFiles, around: Around): TlsPair {
  const { authorities, clientCa, passphrases, warn, known } = around
  const [key, cert] = readPems(files, around)
  // The chain that leads from the certificate to its root is sent along with it.
  const chainText = authorities === undefined ? cert.text : `${cert.text}\n${authorities.text}`
  const before = known.get(cert.path)
  // Of a thousand pairs in a directory, one is renewed at a time.
  if (before?.key === key.text && before.cert === chainText) return before
  const privateKey = privateKeyOf(key, passphrases)
  const chain = certificatesOf(cert)
  const others = authorities === undefined ? [] : certificatesOf(authorities)
  checkPair(privateKey, chain, key, cert)
  for (const message of doubts(chain, others, cert, Date.now())) warn(message)
  const pair = {
    key: isEncrypted(key) ? privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() : key.text,
    cert: chainText,
  }
  checkTogether({ ...pair, clientCa }, key, cert)
  const [own] = chain as [Certificate]
  const [notBefore, notAfter] = [Date.parse(own.validFrom), Date.parse(own.validTo)]
  return { ...pair, certFile: cert.path, names: namesOf(own), notBefore, notAfter }
}

function readPems({ keyFile, certFile, isPfx }: TlsPairFiles, { read, passphrases }: Around): [key: Pem, cert: Pem] {
  if (isPfx === true) return pemsOfPfx(readPem('PFX file', certFile, read), passphrases)
  return [readPem('key', keyFile, read), readPem('certificate', certFile, read)]
}

/** The DNS names of a certificate (RFC 6125 6.4.4: the common name counts where there are none). */
function namesOf({ subject, subjectAltName = '' }: Certificate): string[] {
  const alternative = [...subjectAltName.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name = '']) => name)
  const common = /^CN=(.+)$/m.exec(subject ?? '')?.[1]
  const names = alternative.length > 0 || common === undefined ? alternative : [common]
  return names.map(name => name.toLowerCase())
}

function passphrasesOf(path: string, read: FileReading['text']): string[] {
  const { text } = readPem('passphrase file', path, read)
  return Buffer.from(text, 'latin1')
    .toString()
    .split(/\r?\n/)
    .filter(line => line !== '')
}

function checkCiphers(ciphers: string, minVersion: TlsFiles['minVersion']): void {
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  try {
    createSecureContext({ ciphers, ...(minVersion === undefined ? {} : { minVersion }) })
  } catch (error) {
    const needed = 'names of ciphers as "openssl ciphers" lists them are needed'
    throw new ConfigError(`Cannot use the TLS ciphers "${ciphers}": ${reasonOf(error)}, ${needed}`, EXIT.usage, {
      cause: error,
    })
  }
}

function checkPair(privateKey: Key, chain: readonly Certificate[], key: Pem, cert: Pem): void {
  const place = chain.findIndex(certificate => certificate.checkPrivateKey(privateKey))
  if (place === 0) return
  if (place > 0) throw cannotUse(cert, `the server's certificate is ${ordinal(place)}, and has to be the first`)
  throw cannotUse(key, `it does not belong to the certificate "${cert.path}" (${nameOf(chain[0])})`)
}

/** What OpenSSL refuses for reasons of its own: a key that is too short, a digest that is too weak. */
function checkTogether(
  { key, cert, clientCa }: { readonly key: string; readonly cert: string; readonly clientCa: string | undefined },
  keyPem: Pem,
  certPem: Pem,
): void {
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  try {
    createSecureContext({ key, cert, ...(clientCa === undefined ? {} : { ca: clientCa }) })
  } catch (error) {
    throw cannotUse(certPem, `OpenSSL does not take it with the key "${keyPem.path}" (${reasonOf(error)})`, error)
  }
}

function doubts(chain: readonly Certificate[], others: readonly Certificate[], { path }: Pem, now: number): string[] {
  const dated = chain.flatMap((certificate, i) => {
    const which = `The TLS certificate "${path}": ${ordinal(i)} (${nameOf(certificate)})`
    if (Date.parse(certificate.validTo) <= now) return [`${which} expired on ${certificate.validTo}`]
    return Date.parse(certificate.validFrom) > now ? [`${which} is not valid before ${certificate.validFrom}`] : []
  })
  const misplaced = chain.findIndex((certificate, i) => {
    const next = chain[i + 1]
    return next !== undefined && !certificate.checkIssued(next)
  })
  if (misplaced >= 0)
    return [
      ...dated,
      `The TLS certificate "${path}": ${ordinal(misplaced + 1)} did not issue ${ordinal(misplaced)}: each has to be followed by its issuer`,
    ]
  const last = chain.at(-1)
  const isMissing =
    last !== undefined && chain.length === 1 && namesItsIssuer(last) && !others.some(other => last.checkIssued(other))
  return isMissing
    ? [
        ...dated,
        `The TLS certificate "${path}" comes without its intermediate certificate (${issuerOf(last)}): clients that do not know it refuse`,
      ]
    : dated
}

/** Certificates of public authorities say where their issuer's is found (RFC 5280 4.2.2.1); those of a root of one's own do not. */
function namesItsIssuer(certificate: Certificate): boolean {
  return certificate.infoAccess?.includes('CA Issuers') === true && !certificate.checkIssued(certificate)
}

function nameOf(certificate: Certificate | undefined): string {
  return certificate?.subject?.split('\n').at(-1) || certificate?.subjectAltName || 'without a name'
}

function issuerOf({ issuer }: Certificate): string {
  return issuer.split('\n').at(-1) ?? ''
}
