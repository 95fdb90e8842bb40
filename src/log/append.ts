// Opens a log for appending. Root follows no link of anybody else: in a directory that the server's user may write, a link in the
// place of a log would have root append what clients send to any file of the system (as CVE-2016-1247, nginx). For other users
// the kernel has fs.protected_symlinks, and their own rights.
import { constants, lstatSync, openSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants
/** Of links that lead to links; Linux follows 40. */
const MOST_LINKS = 40
const ROOT = 0

/** Gives a descriptor; the file is made if need be, mode 0666 under the umask. Throws the system's error, or the reason. */
export function openToAppend(path: string): number {
  if (process.geteuid?.() !== ROOT) return openSync(path, 'a')
  let name = resolve(path)
  for (let i = 0; i < MOST_LINKS; i++) {
    // What a process has open (/dev/stderr leads there) is no name that somebody could plant.
    if (name.startsWith('/proc/') || name.startsWith('/dev/fd/')) return openSync(name, 'a')
    try {
      return openSync(name, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o666)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error
      name = behind(name)
    }
  }
  return openSync(path, 'a') // Throws ELOOP.
}

function behind(link: string): string {
  const before = lstatSync(link)
  if (before.uid !== ROOT)
    throw new Error(`"${link}" is a symbolic link of user ${before.uid}, which root does not follow`)
  const target = resolve(dirname(link), readlinkSync(link))
  const after = lstatSync(link)
  if (after.ino !== before.ino || after.dev !== before.dev) throw new Error(`"${link}" has changed while it was read`)
  return target
}
