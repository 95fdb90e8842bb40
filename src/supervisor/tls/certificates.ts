// The keys and certificates that a server serves: read and checked by the master, handed to its workers, and read again when they
// are renewed.
import type { ListenAddress, TlsFiles } from '../../config/listen/address.ts'
import type { Log } from '../../log/log.ts'
import { filesIn } from '../../server/tls/certificate-directory.ts'
import {
  type FileReading,
  OWN_READING,
  pathsOf,
  readTlsFiles,
  type TlsMaterial,
  type TlsPair,
} from '../../server/tls-files.ts'
import { messageOf } from '../system/error-text.ts'
import { type Dated, ExpiryNotices } from './expiry.ts'
import { FileWatch, signatureOf } from './file-watch.ts'

/** Who reads the files: this process, or one that has the right to. */
export interface FileSource {
  read(): Promise<FileReading>
  /** Calls `onChange` when the files are others than they were with the signature `known`. */
  watch(paths: readonly string[], known: string, onChange: () => void): { close(): void }
}

/** Between two looks at files that cannot be used as they are. */
const RETRY_MS = 60_000
/**
 * Node has one ticket key at a time, so whoever comes back after a change makes a full handshake, once. A stolen key opens what
 * was recorded in that time (RFC 5077 5.5; TLS 1.3 has a key exchange on top).
 */
const ROTATION_MS = 12 * 3600 * 1000
/** Between two looks at the days that are left. */
const EXPIRY_LOOK_MS = 3600 * 1000
const TICKET_KEY_BYTES = 48

export class Certificates {
  readonly #files: readonly TlsFiles[]
  readonly #paths: readonly string[]
  readonly #log: Log
  /** By path. */
  readonly #known: ReadonlyMap<string, string>
  #materials: readonly TlsMaterial[]
  /** Undefined until `watch`. */
  #source: FileSource | undefined
  #watch: { close(): void } | undefined
  #retry: NodeJS.Timeout | undefined
  #rotation: NodeJS.Timeout | undefined
  #expiryLook: NodeJS.Timeout | undefined
  readonly #notices = new ExpiryNotices()
  /** What was said of files that cannot be used. */
  #complaint: string | undefined
  /** Called when other keys and certificates are served. */
  onRenewed: (materials: readonly TlsMaterial[]) => void = () => undefined

  /** Reads the files of the addresses. Throws a ConfigError; warns of what is no mistake, such as a certificate that has expired. */
  constructor(addresses: readonly ListenAddress[], log: Log) {
    const files = addresses.flatMap(({ tls }) => tls ?? [])
    this.#files = [...new Map(files.map(each => [JSON.stringify(each), each])).values()]
    this.#paths = [...new Set(files.flatMap(pathsOf))]
    this.#log = log
    this.#known = new Map(this.#paths.map(path => [path, signatureOf([path])]))
    this.#materials = this.#files.map(each => withTicketKey(readTlsFiles(each, message => log.warn(message))))
  }

  /** Files that are read. */
  get paths(): readonly string[] {
    return this.#paths
  }

  /** The same, and what is in directories among them. */
  get allPaths(): readonly string[] {
    return [...this.#paths, ...this.#files.flatMap(({ directory }) => directory ?? []).flatMap(each => filesIn(each))]
  }

  /** Signature (file-watch.ts) of these files as they were read at the start. */
  knownOf(paths: readonly string[]): string {
    return paths.map(path => this.#known.get(path)).join('\n')
  }

  get materials(): readonly TlsMaterial[] {
    return this.#materials
  }

  /** The certificates that are served, each file once. */
  get certificates(): readonly Dated[] {
    const pairs = this.#materials.flatMap(material => material.pairs)
    return [...new Map(pairs.map(pair => [pair.certFile, pair])).values()]
  }

  of({ tls }: ListenAddress): TlsMaterial | undefined {
    const id = JSON.stringify(tls)
    return this.#materials.find(material => material.id === id)
  }

  /** Looks from now on for files that change, and changes the keys of session tickets from time to time. */
  watch(source: FileSource): void {
    if (this.#files.length === 0) return
    this.#source = source
    this.#watch = source.watch(this.#paths, this.knownOf(this.#paths), () => void this.#look())
    this.#rotation = setInterval(() => this.rotateTicketKeys(), ROTATION_MS).unref()
    this.#expiryLook = setInterval(() => this.#tellExpiry(), EXPIRY_LOOK_MS).unref()
    this.#tellExpiry()
  }

  close(): void {
    this.#watch?.close()
    clearTimeout(this.#retry)
    clearInterval(this.#rotation)
    clearInterval(this.#expiryLook)
  }

  /**
   * Reads the files again, and has served what is new and fits. Rejects with the ConfigError of what does not; the old ones stay then. They
   * stay, too, when nobody can read any: that is logged, and nothing that a reload of the application has to wait for.
   */
  async renew(): Promise<void> {
    const reading = await this.#source
      ?.read()
      .catch(error => this.#log.error(`${messageOf(error)}: what was served before stays`))
    if (reading === undefined) return
    const errors: unknown[] = []
    const materials = this.#materials.map((old, i) => {
      try {
        return this.#renewed(old, this.#files[i] as TlsFiles, reading, error => errors.push(error))
      } catch (error) {
        errors.push(error)
        return old
      }
    })
    if (materials.some((material, i) => material !== this.#materials[i])) this.#serve(materials)
    if (errors.length > 0) throw errors[0]
    this.#complaint = undefined
  }

  rotateTicketKeys(): void {
    this.#log.debug('The keys of TLS session tickets are new')
    this.#serve(this.#materials.map(withTicketKey))
  }

  #tellExpiry(): void {
    for (const notice of this.#notices.due(this.certificates, Date.now())) this.#log.warn(notice)
  }

  #serve(materials: readonly TlsMaterial[]): void {
    this.#materials = materials
    this.#tellExpiry()
    this.onRenewed(materials)
  }

  /** They changed, or did not fit when they were looked at last. Half of a new pair is a matter of time, and said once. */
  async #look(): Promise<void> {
    clearTimeout(this.#retry)
    try {
      await this.renew()
    } catch (error) {
      const complaint = messageOf(error)
      if (complaint !== this.#complaint)
        this.#log.error(`${complaint}: what was served before stays, and the files are looked at again`)
      this.#complaint = complaint
      this.#retry = setTimeout(() => void this.#look(), RETRY_MS).unref()
    }
  }

  #renewed(old: TlsMaterial, files: TlsFiles, reading: FileReading, failed: (error: unknown) => void): TlsMaterial {
    const warnings: string[] = []
    const found = readTlsFiles(files, message => warnings.push(message), reading, { material: old, failed })
    const isSameCa = found.clientCa === old.clientCa
    if (isSameCa && arePairs(found.pairs, old.pairs)) return old
    for (const message of warnings) this.#log.warn(message)
    this.#tellChanges(found.pairs, old.pairs)
    if (isSameCa) return { ...found, ...(old.ticketKey !== undefined && { ticketKey: old.ticketKey }) }
    this.#log.info('The authorities of TLS client certificates are others')
    // A session that is resumed shows no certificate: those that the old authorities let in have to come again.
    return withTicketKey(found)
  }

  #tellChanges(pairs: readonly TlsPair[], old: readonly TlsPair[]): void {
    const before = new Map(old.map(pair => [pair.certFile, pair]))
    for (const pair of pairs) {
      const what = before.has(pair.certFile) ? 'renewed' : 'new'
      if (!isSame(pair, before.get(pair.certFile)))
        this.#log.info(`The TLS certificate "${pair.certFile}" is ${what}: ${describe(pair)}`)
      before.delete(pair.certFile)
    }
    for (const pair of before.values())
      this.#log.info(`The TLS certificate "${pair.certFile}" is gone: ${describe(pair)}`)
  }
}

function arePairs(pairs: readonly TlsPair[], old: readonly TlsPair[]): boolean {
  return pairs.length === old.length && pairs.every((pair, i) => isSame(pair, old[i]))
}

function withTicketKey(material: TlsMaterial): TlsMaterial {
  // Not imported above: most masters have no TLS.
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  return { ...material, ticketKey: randomBytes(TICKET_KEY_BYTES).toString('hex') }
}

function isSame(pair: TlsPair, old: TlsPair | undefined): boolean {
  return pair.certFile === old?.certFile && pair.key === old.key && pair.cert === old.cert
}

function describe({ names, notAfter }: TlsPair): string {
  return `${names.join(', ') || 'without a name'}, until ${new Date(notAfter).toISOString()}`
}

/** Of a process that may read the files itself. */
export const OWN_EYES: FileSource = {
  read: () => Promise.resolve(OWN_READING),
  watch: (paths, known, onChange) => new FileWatch(paths, known, onChange),
}
