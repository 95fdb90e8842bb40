// Whether a user can decide which file a path leads to. What is read with root's rights for a process without them must not be of its own
// choice: a link put in a certificate's place would show it any file. As sshd judges its files (sshd_config, StrictModes).
import { lstatSync, readlinkSync } from 'node:fs'
import { posix } from 'node:path'

/** What is asked of the file system. */
export interface PathTools {
  lstat(path: string): { readonly uid: number; readonly mode: number }
  readlink(path: string): string
}

const TYPE = 0o170000
const LINK = 0o120000
const STICKY = 0o1000
const OTHERS_WRITE = 0o022
/** As Linux (path_resolution(7)). */
const MOST_LINKS = 40

/** What the user with that id, or a group, can change on the way of the absolute `path`; undefined: nothing. Throws the system's errors. */
export function changeable(path: string, userId: number, tools: PathTools = SYSTEM): string | undefined {
  const left = partsOf(path)
  let place = '/'
  let links = 0
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    const directory = tools.lstat(place)
    const entry = posix.join(place, part)
    const { uid, mode } = tools.lstat(entry)
    // In a sticky directory, such as /tmp or a volume of Kubernetes, only the owner of an entry can put another in its place.
    const isOpen = (directory.mode & OTHERS_WRITE) !== 0 && ((directory.mode & STICKY) === 0 || uid === userId)
    if (directory.uid === userId || isOpen) return place
    if ((mode & TYPE) !== LINK) {
      place = entry
      continue
    }
    if (++links > MOST_LINKS) return entry
    const target = tools.readlink(entry)
    left.unshift(...partsOf(target))
    if (target.startsWith('/')) place = '/'
  }
  return undefined
}

function partsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}

const SYSTEM: PathTools = { lstat: path => lstatSync(path), readlink: path => readlinkSync(path) }
