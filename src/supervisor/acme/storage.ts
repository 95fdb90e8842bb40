// The directory of --acme: keys, certificates, challenges and what was tried, of one authority. It belongs to the user of the server, and
// machines may share it.
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { selfSigned } from '../../acme/x509.ts'
import { acmeCertificateFile, acmeFolder, acmeNames } from '../../config/acme.ts'
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { type FileReading, OWN_READING } from '../../server/tls-files.ts'
import { messageOf } from '../system/error-text.ts'
import { actingAs, type Identity } from '../system/privileges.ts'

/** Paths. */
export interface AcmeFiles {
  readonly folder: string
  /** Key, certificate and chain. */
  readonly certificate: string
  /** What was tried. */
  readonly state: string
  readonly lock: string
  /** Key and URL of the account. */
  readonly account: string
  /** Folder of what is to be answered to the authority (server/acme). */
  readonly challenges: string
}

/** Undefined without --acme. */
export function acmeFilesOf(config: Config): AcmeFiles | undefined {
  const certificate = acmeCertificateFile(config)
  if (certificate === undefined) return undefined
  const folder = acmeFolder(config)
  const of = (ending: string): string => certificate.replace(/\.pem$/, ending)
  return {
    folder,
    certificate,
    state: of('.json'),
    lock: of('.lock'),
    account: join(folder, 'account.json'),
    challenges: join(folder, 'challenges'),
  }
}

/**
 * Makes what is missing, with rights for `identity` alone; until there is a certificate, one that nobody else has signed stands in its place.
 * Throws a ConfigError where the directory cannot be used by that user.
 */
export function prepareStorage(config: Config, identity: Identity | undefined): void {
  const files = acmeFilesOf(config)
  if (files === undefined) return
  const { folder, challenges, certificate } = files
  try {
    makeFolder(folder, identity)
    actingAs(identity, () => {
      mkdirSync(challenges, { recursive: true, mode: 0o700 })
      for (const path of [folder, challenges]) tighten(path)
      // Whether it can be written to is found out now, and not in 60 days.
      const path = temporary(certificate)
      writeNew(path, standIn(config))
      try {
        linkSync(path, certificate)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      } finally {
        rmSync(path, { force: true })
      }
    })
  } catch (cause) {
    const message = `Cannot use "${folder}" of --acme-storage: ${messageOf(cause)}, a directory of the server's user is needed`
    throw new ConfigError(message, EXIT.usage, { cause })
  }
}

/** Its user may be allowed to make it; else it is made for that user. */
function makeFolder(folder: string, identity: Identity | undefined): void {
  try {
    actingAs(identity, () => mkdirSync(folder, { recursive: true, mode: 0o700 }))
  } catch (error) {
    if (identity?.userId === undefined || process.getuid?.() !== 0) throw error
    const first = mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (first === undefined) throw error
    for (let path = folder; path.length >= first.length; path = dirname(path))
      chownSync(path, identity.userId, identity.groupId ?? statSync(path).gid)
  }
}

function tighten(path: string): void {
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700)
}

/** Reads files for a server that has not been started: the stand-in is not there yet, and nothing is to be made. */
export function readerBeforeStart(config: Config): FileReading {
  const own = acmeFilesOf(config)?.certificate
  // Read twice: the key, and the certificate that belongs to it.
  const text = own === undefined || existsSync(own) ? undefined : standIn(config)
  return {
    ...OWN_READING,
    text: path => (path === own && text !== undefined ? text : OWN_READING.text(path)),
  }
}

const STAND_IN = 'starlight: no certificate yet'
const DAY_MS = 86_400_000

function standIn(config: Config): string {
  return standInFor(acmeNames(config.acme, 'acme'), Date.now())
}

/** Served while there is no certificate: clients that insist on a good one refuse, the others are served. */
export function standInFor(names: readonly string[], now: number): string {
  const pair = selfSigned({ names, commonName: STAND_IN, notBefore: now - DAY_MS, notAfter: now + 365 * DAY_MS })
  return pair.key + pair.cert
}

/** What a file of a key and its certificate holds. */
export interface HeldCertificate {
  readonly cert: string
  readonly names: readonly string[]
  readonly notBefore: number
  readonly notAfter: number
}

/** Undefined for none, for the stand-in, and for what cannot be understood. */
export function heldCertificate(path: string): HeldCertificate | undefined {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  try {
    const text = readFileSync(path, 'utf8')
    const { subject, subjectAltName = '', validFrom, validTo } = new X509Certificate(text.slice(text.indexOf(BEGIN)))
    if (subject.includes(STAND_IN)) return undefined
    const names = subjectAltName
      .split(', ')
      .flatMap(each => (each.startsWith('DNS:') ? [each.slice(4).toLowerCase()] : []))
    return {
      cert: text.slice(text.indexOf(BEGIN)),
      names,
      notBefore: Date.parse(validFrom),
      notAfter: Date.parse(validTo),
    }
  } catch {
    return undefined
  }
}

const BEGIN = '-----BEGIN CERTIFICATE-----'

/** Puts the text in the place of the file as a whole, for this user alone. Throws what the file system says. */
export function replaceFile(path: string, text: string): void {
  const fresh = temporary(path)
  try {
    writeNew(fresh, text)
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
}

/** The object in a JSON file; undefined where there is none. */
export function readObject(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Removes what attempts that were cut have left: files that nobody has touched for `olderMs`. */
export function removeLeftOvers({ folder, challenges }: AcmeFiles, now: number, olderMs: number): void {
  const old = (path: string): boolean => now - statSync(path).mtimeMs > olderMs
  for (const [place, pattern] of [
    [folder, /\.(?:new|stale)$|\.lock\.[0-9a-f-]+$/],
    [challenges, /./],
  ] as const)
    for (const name of readdirSync(place)) {
      const path = join(place, name)
      if (pattern.test(name) && old(path)) rmSync(path, { force: true })
    }
}

function temporary(path: string): string {
  return `${path}.${process.getBuiltinModule('node:crypto').randomUUID()}.new`
}

function writeNew(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600)
  try {
    for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest))
    // A name that leads to an empty file after a crash would be worse than the old certificate.
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
