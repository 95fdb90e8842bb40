// What is known of the files below one directory. Each second the disk is asked again at most once for each path.
import { join } from 'node:path'
import type { Log } from '../../log/log.ts'
import type { Coding } from '../accept-encoding.ts'
import { contentTypeOf } from './content-type.ts'
import { type FileRoot, findFile } from './find-file.ts'
import { type FoundFile, Representation } from './representation.ts'

/** What a path leads to. `redirect`: a directory with an index, whose path needs a slash. */
export type Entry = ServedFile | { readonly kind: 'none' } | { readonly kind: 'redirect' }

export interface ServedFile {
  readonly kind: 'file'
  readonly plain: Representation
  /** The same content as files beside it with `.br`, `.zst` and `.gz`. */
  readonly coded: readonly Representation[]
}

/** Cache-Control by the path below the directory; undefined for none. */
export type CacheControl = (path: string) => string | undefined

interface Known {
  readonly entry: Entry
  readonly checkedAt: number
}

const NONE: Entry = { kind: 'none' }
const REDIRECT: Entry = { kind: 'redirect' }

const FRESH_MS = 1000
/** Paths that are remembered, those that lead nowhere as well: a few MB at the most. */
const MOST_ENTRIES = 2000
const LONGEST_REMEMBERED = 512
/** Archives keep times to two seconds. */
const TOLERANCE_MS = 2000

/** The smallest first. */
const SIBLINGS: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
]

export class FileStore {
  readonly root: FileRoot
  readonly #cacheControl: CacheControl
  readonly #log: Log
  readonly #known = new Map<string, Known>()
  readonly #loading = new Map<string, Promise<Entry>>()

  constructor(root: FileRoot, cacheControl: CacheControl, log: Log) {
    this.root = root
    this.#cacheControl = cacheControl
    this.#log = log
  }

  /** `path`: as filePath gives it. Rejects when the disk fails. */
  find(path: string): Entry | Promise<Entry> {
    const known = this.#known.get(path)
    if (known !== undefined && performance.now() - known.checkedAt < FRESH_MS) return known.entry
    return this.#loading.get(path) ?? this.#load(path)
  }

  /** Asks the disk, whatever is known. */
  reload(path: string): Promise<Entry> {
    return this.#loading.get(path) ?? this.#load(path)
  }

  #load(path: string): Promise<Entry> {
    // A copy: a piece of a head would hold all of it.
    const key = Buffer.from(path).toString()
    const loading = this.#entryOf(key).finally(() => this.#loading.delete(key))
    this.#loading.set(key, loading)
    return loading.then(entry => {
      this.#remember(key, entry)
      return entry
    })
  }

  #remember(path: string, entry: Entry): void {
    this.#known.delete(path)
    if (path.length > LONGEST_REMEMBERED) return
    if (this.#known.size >= MOST_ENTRIES)
      for (const [oldest] of this.#known) {
        this.#known.delete(oldest)
        break
      }
    this.#known.set(path, { entry, checkedAt: performance.now() })
  }

  async #entryOf(path: string): Promise<Entry> {
    const isFolder = path.endsWith('/')
    const name = isFolder ? `${path}index.html` : path
    const found = await this.#find(name)
    if (found === undefined) return NONE
    if (found !== 'directory') return await this.#fileOf(name, found, this.#known.get(path)?.entry)
    if (isFolder) return NONE
    const index = await this.#find(`${path}/index.html`)
    return typeof index === 'object' ? REDIRECT : NONE
  }

  #find(path: string): ReturnType<typeof findFile> {
    return findFile(join(this.root.directory, path), this.root, this.#log)
  }

  async #fileOf(path: string, found: FoundFile, before: Entry | undefined): Promise<ServedFile> {
    const siblings = await Promise.all(SIBLINGS.map(([, ending]) => this.#find(path + ending)))
    const isNegotiated = siblings.some(sibling => typeof sibling === 'object')
    const described = {
      contentType: contentTypeOf(path),
      cacheControl: this.#cacheControl(path),
      isNegotiated,
    }
    const known = before?.kind === 'file' ? [before.plain, ...before.coded] : []
    const same = (file: FoundFile, coding?: Coding): Representation =>
      known.find(
        each =>
          each.path === file.path &&
          each.coding === coding &&
          each.isNegotiated === isNegotiated &&
          each.isStill(file.about),
      ) ?? new Representation(file, coding, described)
    const plain = same(found)
    const coded = SIBLINGS.flatMap(([coding], i) => {
      const sibling = siblings[i]
      // One that is older was made from another content.
      if (typeof sibling !== 'object' || plain.isNewerThan(sibling, TOLERANCE_MS)) return []
      return [same(sibling, coding)]
    })
    return { kind: 'file', plain, coded }
  }
}
