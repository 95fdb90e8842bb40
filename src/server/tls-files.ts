// The PEM files of TLS, read and judged together: what OpenSSL says about them names no file, and says it only when a worker listens.
import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import type { TlsFiles, TlsPairFiles } from '../config/listen/address.ts'

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

/** Gives the text of a file; throws the system's error. */
export type ReadText = (path: string) => string

type Crypto = typeof import('node:crypto')
type Certificate = InstanceType<Crypto['X509Certificate']>
type Key = ReturnType<Crypto['createPrivateKey']>

/** A PEM file: its path, what it is for, its text. */
interface Pem {
  readonly what: string
  readonly path: string
  readonly text: string
}

/**
 * Reads the files and sees whether they fit: a ConfigError with EXIT.usage names the file and what is wrong with it. `warn` gets what works
 * but will not for all clients, or not for long.
 */
export function readTlsFiles(
  files: TlsFiles,
  warn: (message: string) => void = () => undefined,
  read: ReadText = path => readFileSync(path, 'utf8'),
): TlsMaterial {
  // Not imported above: most servers have no TLS.
  const crypto = process.getBuiltinModule('node:crypto')
  const authorities = files.caFile === undefined ? undefined : readPem('certificate authority', files.caFile, read)
  const clientAuthorities =
    files.clientCaFile === undefined ? authorities : readPem('client certificate authority', files.clientCaFile, read)
  if (clientAuthorities !== undefined) certificatesOf(crypto, clientAuthorities)
  const { verifyMode, minVersion, ciphers } = files
  if (ciphers !== undefined) checkCiphers(ciphers, minVersion)
  const passphrases = files.passphraseFile === undefined ? [] : passphrasesOf(files.passphraseFile, read)
  const around = { authorities, clientCa: clientAuthorities?.text, passphrases, warn, read }
  const [first, ...others] = [files, ...(files.others ?? [])].map(pair => readPair(crypto, pair, around))
  return {
    id: JSON.stringify(files),
    pairs: [first as TlsPair, ...others],
    clientCa: clientAuthorities?.text,
    verifyMode,
    minVersion,
    ciphers,
  }
}

/** All files that `readTlsFiles` reads. */
export function pathsOf(files: TlsFiles): string[] {
  const { caFile, clientCaFile, passphraseFile, others = [] } = files
  const paths = [files, ...others].flatMap(({ keyFile, certFile }) => [keyFile, certFile])
  return [...paths, ...[caFile, clientCaFile, passphraseFile].filter(path => path !== undefined)]
}

interface Around {
  readonly authorities: Pem | undefined
  readonly clientCa: string | undefined
  readonly passphrases: readonly string[]
  readonly warn: (message: string) => void
  readonly read: ReadText
}

function readPair(crypto: Crypto, files: TlsPairFiles, around: Around): TlsPair {
  const { authorities, clientCa, passphrases, warn, read } = around
  const [key, cert] = [readPem('key', files.keyFile, read), readPem('certificate', files.certFile, read)]
  const privateKey = privateKeyOf(crypto, key, passphrases)
  const chain = certificatesOf(crypto, cert)
  const others = authorities === undefined ? [] : certificatesOf(crypto, authorities)
  checkPair(privateKey, chain, key, cert)
  for (const message of doubts(chain, others, cert, Date.now())) warn(message)
  const pair = {
    key: isEncrypted(key) ? privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() : key.text,
    // The chain that leads from the certificate to its root is sent along with it.
    cert: authorities === undefined ? cert.text : `${cert.text}\n${authorities.text}`,
  }
  checkTogether({ ...pair, clientCa }, key, cert)
  const [own] = chain as [Certificate]
  const [notBefore, notAfter] = [Date.parse(own.validFrom), Date.parse(own.validTo)]
  return { ...pair, certFile: cert.path, names: namesOf(own), notBefore, notAfter }
}

/** The DNS names of a certificate (RFC 6125 6.4.4: the common name counts where there are none). */
function namesOf({ subject, subjectAltName = '' }: Certificate): string[] {
  const alternative = [...subjectAltName.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name = '']) => name)
  const common = /^CN=(.+)$/m.exec(subject ?? '')?.[1]
  const names = alternative.length > 0 || common === undefined ? alternative : [common]
  return names.map(name => name.toLowerCase())
}

function readPem(what: string, path: string, read: ReadText): Pem {
  let text: string
  try {
    text = read(path)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new ConfigError(`Cannot read the TLS ${what} "${path}": ${READ_PROBLEMS[code] ?? message}`, EXIT.usage, {
      cause: error,
    })
  }
  if (text.trim() === '') throw mistake({ what, path, text }, 'the file is empty')
  return { what, path, text }
}

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

function privateKeyOf({ createPrivateKey }: Crypto, pem: Pem, passphrases: readonly string[]): Key {
  const { text, path } = pem
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    const found = text.includes('-----BEGIN CERTIFICATE-----') ? 'it holds a certificate' : 'it holds no private key'
    throw mistake(pem, `${found}, a private key in PEM format is needed`)
  }
  if (isEncrypted(pem) && passphrases.length === 0) {
    const remedy = `--ssl-passphrase-file is needed, or one without: openssl pkey -in "${path}" writes it`
    throw mistake(pem, `it is encrypted, and its passphrase cannot be typed in: ${remedy}`)
  }
  let problem: unknown
  for (const passphrase of isEncrypted(pem) ? passphrases : ['']) {
    try {
      return createPrivateKey({ key: text, passphrase })
    } catch (error) {
      problem = error
    }
  }
  if (isEncrypted(pem))
    throw mistake(pem, `no passphrase of --ssl-passphrase-file opens it (${reasonOf(problem)})`, problem)
  throw mistake(pem, `it cannot be understood (${reasonOf(problem)})`, problem)
}

function isEncrypted({ text }: Pem): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)
}

function passphrasesOf(path: string, read: ReadText): string[] {
  const { text } = readPem('passphrase file', path, read)
  return text.split(/\r?\n/).filter(line => line !== '')
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

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g

function certificatesOf({ X509Certificate }: Crypto, pem: Pem): Certificate[] {
  const blocks = pem.text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) {
    const found = pem.text.includes('PRIVATE KEY-----') ? 'it holds a private key' : 'it holds no certificate'
    throw mistake(pem, `${found}, a certificate in PEM format is needed`)
  }
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block)
    } catch (error) {
      throw mistake(pem, `${ordinal(i)} cannot be understood (${reasonOf(error)})`, error)
    }
  })
}

function checkPair(privateKey: Key, chain: readonly Certificate[], key: Pem, cert: Pem): void {
  const place = chain.findIndex(certificate => certificate.checkPrivateKey(privateKey))
  if (place === 0) return
  if (place > 0) throw mistake(cert, `the server's certificate is ${ordinal(place)}, and has to be the first`)
  throw mistake(key, `it does not belong to the certificate "${cert.path}" (${nameOf(chain[0])})`)
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
    throw mistake(certPem, `OpenSSL does not take it with the key "${keyPem.path}" (${reasonOf(error)})`, error)
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

function ordinal(i: number): string {
  return `certificate ${i + 1}`
}

function nameOf(certificate: Certificate | undefined): string {
  return certificate?.subject?.split('\n').at(-1) || certificate?.subjectAltName || 'without a name'
}

function issuerOf({ issuer }: Certificate): string {
  return issuer.split('\n').at(-1) ?? ''
}

function reasonOf(error: unknown): string {
  const { reason, message } = error as Error & { reason?: string }
  return reason ?? message
}

function mistake({ what, path }: Pem, problem: string, cause?: unknown): ConfigError {
  return new ConfigError(
    `Cannot use the TLS ${what} "${path}": ${problem}`,
    EXIT.usage,
    cause === undefined ? {} : { cause },
  )
}
