// Keys and certificates in files: read, and understood with a message that names the file. What OpenSSL says about them names none.
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { partsOfPfx } from './pfx.ts'

type Crypto = typeof import('node:crypto')
export type Certificate = InstanceType<Crypto['X509Certificate']>
export type Key = ReturnType<Crypto['createPrivateKey']>

/** A file: its path, what it is for, its text. */
export interface Pem {
  readonly what: string
  readonly path: string
  /** One character per byte. */
  readonly text: string
}

export function readPem(what: string, path: string, read: (path: string) => string): Pem {
  let text: string
  try {
    text = read(path)
  } catch (error) {
    throw cannotRead(what, path, error)
  }
  if (text.trim() === '') throw cannotUse({ what, path, text }, 'the file is empty')
  return { what, path, text }
}

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

export function cannotRead(what: string, path: string, error: unknown): ConfigError {
  const { code = '', message } = error as NodeJS.ErrnoException
  const reason = READ_PROBLEMS[code] ?? message
  return new ConfigError(`Cannot read the TLS ${what} "${path}": ${reason}`, EXIT.usage, { cause: error })
}

export function privateKeyOf(pem: Pem, passphrases: readonly string[]): Key {
  const { createPrivateKey } = process.getBuiltinModule('node:crypto')
  const { text, path } = pem
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    const found = text.includes('-----BEGIN CERTIFICATE-----') ? 'it holds a certificate' : 'it holds no private key'
    throw cannotUse(pem, `${found}, a private key in PEM format is needed`)
  }
  if (isEncrypted(pem) && passphrases.length === 0) {
    const remedy = `--ssl-passphrase-file is needed, or one without: openssl pkey -in "${path}" writes it`
    throw cannotUse(pem, `it is encrypted, and its passphrase cannot be typed in: ${remedy}`)
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
    throw cannotUse(pem, `no passphrase of --ssl-passphrase-file opens it (${reasonOf(problem)})`, problem)
  throw cannotUse(pem, `it cannot be understood (${reasonOf(problem)})`, problem)
}

export function isEncrypted({ text }: Pem): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g

export function certificatesOf(pem: Pem): Certificate[] {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  const blocks = pem.text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) {
    const found = pem.text.includes('PRIVATE KEY-----') ? 'it holds a private key' : 'it holds no certificate'
    throw cannotUse(pem, `${found}, a certificate in PEM format is needed`)
  }
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block)
    } catch (error) {
      throw cannotUse(pem, `${ordinal(i)} cannot be understood (${reasonOf(error)})`, error)
    }
  })
}

/** What a PFX file holds, as two files with its path. */
export function pemsOfPfx(pfx: Pem, passphrases: readonly string[]): [key: Pem, cert: Pem] {
  let problem: unknown
  for (const passphrase of [...passphrases, '']) {
    try {
      const { key, cert } = partsOfPfx(Buffer.from(pfx.text, 'latin1'), passphrase)
      return [
        { ...pfx, what: 'key', text: key },
        { ...pfx, what: 'certificate', text: cert },
      ]
    } catch (error) {
      // What is said of a passphrase that fits comes from behind the seal, and says more than that the others do not.
      if (problem === undefined || !isSealed(error)) problem = error
    }
  }
  throw cannotUse(pfx, pfxProblem(problem, passphrases.length > 0), problem)
}

function isSealed(error: unknown): boolean {
  return /mac verify failure/i.test(reasonOf(error))
}

function pfxProblem(error: unknown, hasPassphrases: boolean): string {
  if (isSealed(error))
    return hasPassphrases
      ? 'no passphrase of --ssl-passphrase-file opens it'
      : 'it needs its passphrase, --ssl-passphrase-file is needed'
  if (!/unsupported/i.test(reasonOf(error))) return `it cannot be understood (${reasonOf(error)})`
  return 'it is encrypted in a way that OpenSSL does not read any more: "openssl pkcs12 -legacy -nodes" reads it, "openssl pkcs12 -export" writes a new one'
}

export function ordinal(i: number): string {
  return `certificate ${i + 1}`
}

export function reasonOf(error: unknown): string {
  const { reason, message } = error as Error & { reason?: string }
  return reason ?? message
}

export function cannotUse({ what, path }: Pem, problem: string, cause?: unknown): ConfigError {
  return new ConfigError(
    `Cannot use the TLS ${what} "${path}": ${problem}`,
    EXIT.usage,
    cause === undefined ? {} : { cause },
  )
}
