import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const OTHERS = 0o077

/**
 * A directory below the system's temporary one that only this user can write; undefined when there is none to be had.
 * What lies in it is run as code, and /tmp belongs to everybody: a name that someone else made first is never used.
 */
export function privateDirectory(name: string): string | undefined {
  try {
    const owner = process.getuid?.() ?? userInfo().username
    const path = join(tmpdir(), `${name}-${owner}`)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    // lstat: a link to a directory of ours would do no harm, but there is no honest reason for one.
    const found = lstatSync(path)
    const isOurs = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & OTHERS) === 0)
    return found.isDirectory() && isOurs ? path : undefined
  } catch {
    // No temporary directory, or not writable: everything works without, only slower.
    return undefined
  }
}
