// Where a path leads to in the file system: links are followed to their end, and what is outside of the directory is not there.
import { constants } from 'node:fs'
import { access, lstat, realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import type { Log } from '../../log/log.ts'
import { platform } from '../../platform.ts'
import { hasDotFile, isWindowsName } from './file-path.ts'
import type { FoundFile } from './representation.ts'

/** A directory whose files are served. */
export interface FileRoot {
  readonly directory: string
  /** Whether links may lead out of it. */
  readonly followsLinks: boolean
}

/** A file that this process may read, `directory`, or undefined for all else: missing, outside, no regular file. Rejects when the disk fails. */
export async function findFile(
  path: string,
  { directory, followsLinks }: FileRoot,
  log: Log,
): Promise<FoundFile | 'directory' | undefined> {
  if (!platform.plainFileNames && !isWindowsName(withSlashes(path.slice(directory.length)))) return undefined
  try {
    const real = await realpath(path)
    const root = followsLinks ? undefined : await realpath(directory)
    if (root !== undefined && !isInside(real, root)) return undefined
    const about = await lstat(real)
    if (about.isDirectory()) return 'directory'
    // A FIFO would wait for its writer, and a device do something, when it is opened.
    if (!about.isFile()) return undefined
    await access(real, constants.R_OK)
    return { path: real, about, root }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM') log.warn(`Cannot serve ${JSON.stringify(path)}: permission denied`)
    else if (!MISSING.has(code)) throw cause
    return undefined
  }
}

const MISSING = new Set<string | undefined>(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL'])

/** Whether `real` is `root` or below it, and no dot file there: a link to one would show it. */
export function isInside(real: string, root: string): boolean {
  if (real === root) return true
  const [inner, outer] = [withSlashes(real), withSlashes(root)]
  const base = outer.endsWith('/') ? outer.slice(0, -1) : outer
  return inner.startsWith(`${base}/`) && !hasDotFile(inner.slice(base.length))
}

/** `C:\a\b` -> `C:/a/b`, on Windows, which takes either. */
export function withSlashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/')
}
