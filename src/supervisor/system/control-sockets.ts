// Which control sockets a command may talk to. Another user who can put a socket where we look could answer for a server, so that `reload`
// says "done" and nothing was done: sockets are used only where the caller, or root, is the one who could have put them there.
// Node gives no peer credentials; owner and mode of directory and socket say who made them, /proc who serves.
import { lstatSync, readdirSync, realpathSync, type Stats, statSync, unlinkSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { platform } from '../../platform.ts'
import { controlDirectories, isPrivate, ownId, RUN_DIRECTORY } from './control-path.ts'
import { controlFileDirectory } from './control-pipe.ts'
import { isAlive, userOf } from './process-info.ts'

export interface FoundServer {
  readonly pid: number
  readonly path: string
}

/** Masters of this user that live; for root, those too that were started as root with --user. What dead ones left is removed. */
export function livingServers(): FoundServer[] {
  if (!platform.unixSockets) return announcedServers()
  const caller = ownId()
  const directories = controlDirectories(caller).filter(directory => isPrivate(directory, caller))
  if (caller !== 0) return directories.flatMap(directory => serversIn(directory, caller))
  const users = isPrivate(RUN_DIRECTORY, 0) ? namesIn(RUN_DIRECTORY).filter(name => /^\d{1,10}$/.test(name)) : []
  const others = users
    .filter(name => name !== '0')
    .map(name => ({ directory: join(RUN_DIRECTORY, name), userId: Number(name) }))
  return [
    ...directories.flatMap(directory => serversIn(directory, 0)),
    // Only root can have made it for that user.
    ...others.flatMap(({ directory, userId }) => (isPrivate(directory, userId) ? serversIn(directory, userId) : [])),
  ]
}

/** The server with this process id, wherever its user has his sockets: who names a process means its user. */
export function serverOf(pid: number): FoundServer | undefined {
  if (!platform.unixSockets) return announcedServers().find(server => server.pid === pid)
  const userId = userOf(pid) ?? ownId()
  const directories = controlDirectories(userId).filter(directory => isPrivate(directory, userId))
  return directories.flatMap(directory => serversIn(directory, userId)).find(server => server.pid === pid)
}

/**
 * The path of a socket that the caller has named, without links. Throws the reason when somebody else than its owner could have put it
 * there: in a directory that all may write, it has to be the caller's or root's own.
 */
export function namedSocket(name: string): string {
  const path = resolve(name)
  // A file in the profile, whose rights the system looks after.
  if (!platform.unixSockets) return path
  // Where there is nothing, connecting says so.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path
  const directory = realpathSync(dirname(path))
  const real = join(directory, basename(path))
  const [place, socket] = [statSync(directory), lstatSync(real)]
  if (!socket.isSocket()) throw new Error('it is not a socket')
  if (isOwn(socket)) return real
  if (isWritableByOthers(place)) throw new Error(`user ${socket.uid} has made it, in a directory that all may write`)
  if (isOwn(place) || place.uid === socket.uid) return real
  throw new Error(`it belongs to user ${socket.uid}, and its directory to user ${place.uid}`)
}

function isOwn({ uid }: Stats): boolean {
  return uid === ownId() || uid === 0
}

function isWritableByOthers({ mode }: Stats): boolean {
  return (mode & 0o022) !== 0
}

function serversIn(directory: string, userId: number): FoundServer[] {
  return namesIn(directory).flatMap(name => {
    const pid = Number(/^(\d{1,10})\.sock$/.exec(name)?.[1])
    if (!(pid > 0)) return []
    const path = join(directory, name)
    if (!isAlive(pid)) {
      remove(path)
      return []
    }
    return isServedBy(path, pid, userId) ? [{ pid, path }] : []
  })
}

/** Those that have written a file into this user's profile. */
function announcedServers(): FoundServer[] {
  const directory = controlFileDirectory()
  return namesIn(directory).flatMap(name => {
    const pid = Number(/^(\d{1,10})\.json$/.exec(name)?.[1])
    const path = join(directory, name)
    if (pid > 0 && isAlive(pid)) return [{ pid, path }]
    if (pid > 0) remove(path)
    return []
  })
}

/** Both the socket and the process are this user's, or root's. */
function isServedBy(path: string, pid: number, userId: number): boolean {
  const socket = lstatSync(path, { throwIfNoEntry: false })
  if (socket?.isSocket() !== true || !(socket.uid === userId || socket.uid === 0)) return false
  const owner = userOf(pid)
  return owner === undefined || owner === userId || owner === 0
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody was faster, or it is not ours to remove.
  }
}
