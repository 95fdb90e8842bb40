// Where control sockets are, for the server that opens one and for the commands that look for it. A socket lies as PID.sock in a
// directory that belongs to the user that the server runs as, and that no other user can write. In order of preference:
//
//   $XDG_RUNTIME_DIR/starlight    if that user has one; $XDG_RUNTIME_DIR of somebody else (sudo, su) is passed over
//   /run/starlight/UID            made by root, also for a server that drops its rights (--user): only root can create it
//   /run/user/UID/starlight
//   TMPDIR/starlight-run-UID      anybody can make it first; then it is not used
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { START_ENVIRONMENT } from '../../config/sources/sources.ts'

/** Who a server runs as. */
export interface Owner {
  readonly userId: number
  /** Undefined: as it is. */
  readonly groupId?: number | undefined
}

/** Only root can make a directory in it. */
export const RUN_DIRECTORY = '/run/starlight'

const OTHERS_MAY_WRITE = 0o022

/** The user of this process. */
export function ownId(): number {
  return process.getuid?.() ?? 0
}

export function controlPathOf(pid: number, directory: string): string {
  return join(directory, `${pid}.sock`)
}

/** Where sockets of this user's servers may be, the best place first. */
export function controlDirectories(userId: number): string[] {
  const runtime = START_ENVIRONMENT['XDG_RUNTIME_DIR'] ?? ''
  return [
    ...(isAbsolute(runtime) && ownerOf(runtime) === userId ? [join(runtime, 'starlight')] : []),
    join(RUN_DIRECTORY, String(userId)),
    ...(ownerOf(`/run/user/${userId}`) === userId ? [`/run/user/${userId}/starlight`] : []),
    join(tmpdir(), `starlight-run-${userId}`),
  ]
}

/** Makes the first of `directories` that can be had, for this user alone, and gives it. Throws what speaks against the last one. */
export function makeControlDirectory(
  owner: Owner,
  directories: readonly string[] = controlDirectories(owner.userId),
): string {
  let failure: unknown
  for (const directory of directories) {
    try {
      makePrivate(directory, owner)
      return directory
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

/** Whether it is a directory of this user, or of root, into which no other user can write. */
export function isPrivate(directory: string, userId: number): boolean {
  const stat = lstatSync(directory, { throwIfNoEntry: false })
  return stat?.isDirectory() === true && (stat.uid === userId || stat.uid === 0) && (stat.mode & OTHERS_MAY_WRITE) === 0
}

function makePrivate(directory: string, { userId, groupId = -1 }: Owner): void {
  const parent = dirname(directory)
  if (parent === RUN_DIRECTORY) makeRunDirectory()
  ensureDirectory(directory, 0o700)
  // The file that is opened is the one that is changed: a link put in its place meanwhile has no effect.
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const stat = fstatSync(fd)
    if (stat.uid !== userId && (stat.uid !== 0 || ownId() !== 0))
      throw new Error(`"${directory}" belongs to somebody else`)
    if (stat.uid !== userId) fchownSync(fd, userId, groupId)
    if ((stat.mode & 0o777) !== 0o700) fchmodSync(fd, 0o700)
    // One that is there already may be read-only in this mount namespace (ProtectSystem=strict).
    accessSync(directory, constants.W_OK)
  } finally {
    closeSync(fd)
  }
}

/** Everybody may look for a socket there. */
function makeRunDirectory(): void {
  if (ownId() !== 0) return
  if (ensureDirectory(RUN_DIRECTORY, 0o755)) return
  if (!isPrivate(RUN_DIRECTORY, 0)) throw new Error(`"${RUN_DIRECTORY}" does not belong to root alone`)
}

/** True when it was made now. Throws when it is not there and cannot be made. */
function ensureDirectory(directory: string, mode: number): boolean {
  const umask = process.umask(0)
  try {
    mkdirSync(directory, { mode })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    process.umask(umask)
  }
}

function ownerOf(path: string): number | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() === true ? stat.uid : undefined
}
