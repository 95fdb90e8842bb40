// A file as it was seen: what a client is told of it, and its content when that is small.
import type { Stats } from 'node:fs'
import type { HeaderList } from '../../app/handler.ts'
import type { Coding } from '../accept-encoding.ts'
import type { Validators } from './conditions.ts'

/** A file that is there, by its real path. */
export interface FoundFile {
  readonly path: string
  readonly about: Stats
  /** The real path of the directory that it has to be in; undefined: links may lead anywhere. */
  readonly root: string | undefined
}

/** What the names of a file say of it. */
export interface Description {
  readonly contentType: string
  /** Undefined: the answer has no Cache-Control. */
  readonly cacheControl: string | undefined
  /** Whether what is sent depends on Accept-Encoding. */
  readonly isNegotiated: boolean
}

export class Representation implements Validators {
  /** Of the answer, when nobody says another one. */
  readonly status = 200
  readonly path: string
  readonly root: string | undefined
  readonly coding: Coding | undefined
  readonly size: number
  readonly etag: string
  readonly lastModified: string | undefined
  readonly contentType: string
  readonly isNegotiated: boolean
  /** Fields of the answer with all of it. */
  readonly fields: HeaderList
  /** Those of a 304 (RFC 9110 15.4.5). */
  readonly fieldsUnchanged: HeaderList
  /** Set and taken away by ContentCache. */
  content: Uint8Array | undefined
  /** Since ContentCache looked last. */
  isUsed = false
  readonly #about: Stats

  get validators(): Validators {
    return this
  }

  constructor({ path, about, root }: FoundFile, coding: Coding | undefined, described: Description) {
    this.path = path
    this.root = root
    this.coding = coding
    this.size = about.size
    this.#about = about
    this.etag = etagOf(about, coding)
    // RFC 9110 8.8.2.1: never later than the answer.
    this.lastModified = about.mtimeMs > Date.now() ? undefined : new Date(about.mtimeMs).toUTCString()
    this.contentType = described.contentType
    const { cacheControl, isNegotiated } = described
    this.isNegotiated = isNegotiated
    this.fieldsUnchanged = [
      ...['ETag', this.etag],
      ...(this.lastModified === undefined ? [] : ['Last-Modified', this.lastModified]),
      ...(cacheControl === undefined ? [] : ['Cache-Control', cacheControl]),
      ...(isNegotiated ? ['Vary', 'Accept-Encoding'] : []),
    ]
    this.fields = [
      ...['Content-Type', described.contentType],
      ...(coding === undefined ? [] : ['Content-Encoding', coding]),
      ...this.fieldsUnchanged,
      ...['Accept-Ranges', 'bytes'],
    ]
  }

  /** Whether `about` is of the same file with the same content. A chmod or a new link changes neither. */
  isStill(about: Stats): boolean {
    const { dev, ino, size, mtimeMs } = this.#about
    return about.isFile() && about.ino === ino && about.dev === dev && about.size === size && about.mtimeMs === mtimeMs
  }

  /** Whether the second of Last-Modified is over. */
  get isSettled(): boolean {
    return Date.now() - this.#about.mtimeMs > 1000
  }

  isNewerThan({ about }: FoundFile, toleranceMs: number): boolean {
    return this.#about.mtimeMs > about.mtimeMs + toleranceMs
  }
}

/** Strong: time to the microsecond, and size. The same on all machines that have the file from one archive. */
function etagOf({ mtimeMs, size }: Stats, coding: Coding | undefined): string {
  const time = Math.round(mtimeMs * 1000).toString(36)
  return `"${time}-${size.toString(36)}${coding === undefined ? '' : `-${coding}`}"`
}
