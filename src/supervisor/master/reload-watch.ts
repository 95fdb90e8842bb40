// Looks for changed files, for --reload. Directories are watched, not files: editors write a new file and rename it.
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'

/** Editors and version control touch several files at once; they count as one change when all is quiet. */
const QUIET_MS = 100
/** In the directory of an app lie logs and databases too: of what the operator did not name, only these are code. */
const CODE = /^\.(?:[cm]?[jt]s|[jt]sx|json|psgi|p[lm])$/
/** What editors leave: vim's probe 4913, backups, swap and lock files; and hidden files. */
const LITTER = /^(?:\..*|#.*#|4913|.*~|.*\.(?:bak|sw[a-z]|tmp))$/
const NEVER_ENTERED = new Set(['node_modules'])

export class ReloadWatch {
  readonly #onChange: (path: string) => void
  readonly #watchers = new Map<string, FSWatcher>()
  /** Directories in which every file counts. */
  readonly #named = new Set<string>()
  /** Single files that count whatever their name. */
  readonly #files = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  /** `onChange` gets one of the changed paths, when all is quiet again. */
  constructor(onChange: (path: string) => void) {
    this.#onChange = onChange
  }

  /** Every file below a directory, or one file. A path that does not exist yet is waited for in its directory. */
  watchAll(path: string): void {
    if (isDirectory(path)) this.#watchTree(path, true)
    else {
      this.#files.add(path)
      this.#watchDirectory(dirname(path))
    }
  }

  /** The files that an app was loaded from, and the code below their directories. */
  watchSources(files: readonly string[]): void {
    for (const file of files) {
      this.#files.add(file)
      this.#watchTree(dirname(file), false)
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #watchTree(directory: string, isNamed: boolean): void {
    if (isNamed ? this.#named.has(directory) : this.#watchers.has(directory)) return
    if (isNamed) this.#named.add(directory)
    this.#watchDirectory(directory)
    for (const name of subdirectories(directory)) this.#watchTree(join(directory, name), isNamed)
  }

  #watchDirectory(directory: string): void {
    if (this.#watchers.has(directory)) return
    try {
      const watcher = watch(directory, (_, name) => this.#noteChange(directory, name))
      // The directory went away: so did its watcher's use.
      watcher.on('error', () => this.#forget(directory))
      this.#watchers.set(directory, watcher)
    } catch {
      // Gone, unreadable, or out of inotify watches: the others still work.
    }
  }

  #forget(directory: string): void {
    this.#watchers.get(directory)?.close()
    this.#watchers.delete(directory)
  }

  #noteChange(directory: string, name: string | null): void {
    if (name === null) return
    const path = join(directory, name)
    const isNamed = this.#named.has(directory)
    if (isDirectory(path)) {
      if (isEntered(name)) this.#watchTree(path, isNamed)
      return
    }
    const counts = this.#files.has(path) || (!LITTER.test(basename(path)) && (isNamed || CODE.test(extname(path))))
    if (!counts) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#onChange(path), QUIET_MS)
  }
}

function subdirectories(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    return entries.filter(entry => entry.isDirectory() && isEntered(entry.name)).map(({ name }) => name)
  } catch {
    return []
  }
}

function isEntered(name: string): boolean {
  return !NEVER_ENTERED.has(name) && !name.startsWith('.')
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
