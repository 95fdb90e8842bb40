// Notices that files have changed, in place or behind a symbolic link: certbot puts a link in another one's place, Kubernetes swaps the link of
// a whole directory, others write into the file. Directories are watched, and looked at from time to time, because not every file system
// tells and not every link on the way lies in a directory that is watched.
import { realpathSync, statSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as timer } from 'node:timers'
import { filesIn, namesIn } from '../../server/tls/certificate-directory.ts'

/** A file that is the same for so long is written. */
export const QUIET_MS = 100
/** Between two looks when nobody tells anything. */
export const POLL_MS = 60_000

/** What the watch asks of the system. */
export interface WatchTools {
  /** A text that is another one when the path leads to another file, or to other contents. */
  signature(path: string): string
  /** The directories in which a change of the path is seen. */
  directories(path: string): readonly string[]
  /** Calls `told` at each change in the directory, until `close`. Undefined: that cannot be watched. */
  watch(directory: string, told: () => void): { close(): void } | undefined
  /** Gives what keeps it from being called. */
  later(ms: number, call: () => void): () => void
}

export class FileWatch {
  readonly #paths: readonly string[]
  readonly #onChange: () => void
  readonly #tools: WatchTools
  readonly #watchers = new Map<string, { close(): void }>()
  /** What was told last. */
  #told: string
  #seen: string
  #isHurried = false
  #cancel: () => void = () => undefined

  /** `known`: the signature (`signatureOf`) of what the caller has read. Calls `onChange` when the files are others, and quiet. */
  constructor(paths: readonly string[], known: string, onChange: () => void, tools: WatchTools = SYSTEM) {
    this.#paths = paths
    this.#onChange = onChange
    this.#tools = tools
    this.#told = known
    this.#seen = known
    this.#look()
  }

  close(): void {
    this.#cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #look(): void {
    const found = signatureOf(this.#paths, this.#tools)
    const isQuiet = found === this.#seen
    this.#seen = found
    this.#isHurried = !isQuiet
    this.#cancel = this.#tools.later(isQuiet ? POLL_MS : QUIET_MS, () => this.#look())
    if (!isQuiet) return
    this.#watchDirectories()
    if (found === this.#told) return
    this.#told = found
    this.#onChange()
  }

  #hear(): void {
    if (this.#isHurried) return
    this.#isHurried = true
    this.#cancel()
    this.#cancel = this.#tools.later(QUIET_MS, () => this.#look())
  }

  /** A link may lead to another directory now. */
  #watchDirectories(): void {
    const wanted = new Set(this.#paths.flatMap(path => this.#tools.directories(path)))
    for (const [directory, watcher] of this.#watchers) {
      if (wanted.has(directory)) continue
      watcher.close()
      this.#watchers.delete(directory)
    }
    for (const directory of wanted) {
      if (this.#watchers.has(directory)) continue
      const watcher = this.#tools.watch(directory, () => this.#hear())
      if (watcher !== undefined) this.#watchers.set(directory, watcher)
    }
  }
}

export function signatureOf(paths: readonly string[], tools: Pick<WatchTools, 'signature'> = SYSTEM): string {
  return paths.map(path => tools.signature(path)).join('\n')
}

function fileSignature(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path)
    return [realpathSync(path), dev, ino, size, mtimeMs, ctimeMs].join(' ')
  } catch (error) {
    return `${path} ${(error as NodeJS.ErrnoException).code}`
  }
}

function around(path: string): string[] {
  try {
    return [dirname(path), dirname(realpathSync(path))]
  } catch {
    return [dirname(path)]
  }
}

/** Of a directory of certificates: itself, and those in it, which may get their files later. */
function below(path: string): string[] {
  try {
    const names = namesIn(path).filter(name => name.endsWith('/') && !name.startsWith('.'))
    return [path, realpathSync(path), ...names.map(name => join(path, name, '.'))]
  } catch {
    return []
  }
}

const SYSTEM: WatchTools = {
  signature: path => [path, ...filesIn(path)].map(fileSignature).join('\n'),
  directories: path => [...around(path), ...below(path), ...filesIn(path).flatMap(around)],
  watch: (directory, told) => {
    try {
      const watcher = watch(directory, { persistent: false }, told)
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      // Gone, unreadable, or out of inotify watches: it is looked at from time to time.
      return undefined
    }
  },
  later: (ms, call) => {
    const timeout = timer(call, ms).unref()
    return () => clearTimeout(timeout)
  },
}
