// The PEM files of TLS, read and judged together: what OpenSSL says about them names no file, and says it only when a worker listens.
import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import type { TlsFiles } from '../config/listen/address.ts'

/** What the files held: plain strings, so that a master can read them as root and hand them to its workers. */
export interface TlsMaterial {
  readonly key: string
  readonly cert: string
  /** Certificates of the authorities that client certificates must come from. */
  readonly clientCa: string | undefined
  readonly verifyMode: number
}

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
export function readTlsFiles(files: TlsFiles, warn: (message: string) => void = () => undefined): TlsMaterial {
  // Not imported above: most servers have no TLS.
  const crypto = process.getBuiltinModule('node:crypto')
  const [key, cert] = [readPem('key', files.keyFile), readPem('certificate', files.certFile)]
  const authorities = files.caFile === undefined ? undefined : readPem('certificate authority', files.caFile)
  const clientAuthorities =
    files.clientCaFile === undefined ? authorities : readPem('client certificate authority', files.clientCaFile)
  const privateKey = privateKeyOf(crypto, key)
  const chain = certificatesOf(crypto, cert)
  const others = authorities === undefined ? [] : certificatesOf(crypto, authorities)
  if (clientAuthorities !== undefined) certificatesOf(crypto, clientAuthorities)
  checkPair(privateKey, chain, key, cert)
  for (const message of doubts(chain, others, cert, Date.now())) warn(message)
  const material = {
    key: key.text,
    // The chain that leads from the certificate to its root is sent along with it.
    cert: authorities === undefined ? cert.text : `${cert.text}\n${authorities.text}`,
    clientCa: clientAuthorities?.text,
    verifyMode: files.verifyMode,
  }
  checkTogether(material, key, cert)
  return material
}

function readPem(what: string, path: string): Pem {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
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

function privateKeyOf({ createPrivateKey }: Crypto, pem: Pem): Key {
  const { text, path } = pem
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    const found = text.includes('-----BEGIN CERTIFICATE-----') ? 'it holds a certificate' : 'it holds no private key'
    throw mistake(pem, `${found}, a private key in PEM format is needed`)
  }
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw mistake(
      pem,
      `it is encrypted, and its passphrase cannot be typed in: openssl pkey -in "${path}" writes one that is not`,
    )
  }
  try {
    return createPrivateKey(text)
  } catch (error) {
    throw mistake(pem, `it cannot be understood (${reasonOf(error)})`, error)
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
function checkTogether({ key, cert, clientCa }: TlsMaterial, keyPem: Pem, certPem: Pem): void {
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
