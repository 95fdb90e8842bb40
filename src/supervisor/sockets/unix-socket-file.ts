// Unix sockets in the file system: the file of a dead server is removed, one of a live server is an error, and rights are
// set before anybody can connect. Only the process that made a socket file removes it.
//
// A server lives from its bind on, and while its application loads no process answers there: a connection that is refused
// proves nothing. The kernel's own list of sockets tells (Linux). No lock file: it would outlive a server that is killed, and process
// ids in it mean nothing to another container. An abstract name as a lock would be anybody's to take. Two starts within the same
// moment can both find the file of a dead server; so a server looks again before it says that it serves (`isStillOurs`).
import { chmodSync, chownSync, lstatSync, type Stats, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import { unixSockets } from '../system/unix-socket-table.ts'
import { groupIdOf, userIdOf } from '../system/user-ids.ts'
import { type BoundHandle, bindPipe } from './bound-handle.ts'

type UnixAddress = ListenAddress & { kind: 'unix' }

/** The file as it was made: another file may stand under its name later. */
export interface SocketFile {
  readonly path: string
  readonly inode: number
  readonly device: number
}

/** Binds the path and sets mode, owner and group. Throws ConfigError, or the system's error. */
export async function bindUnixPath(address: UnixAddress): Promise<{ handle: BoundHandle; file: SocketFile }> {
  const path = resolve(address.path)
  await removeStaleSocket(path)
  const handle = bindWithMode(path, address.mode)
  const { ino, dev } = lstatSync(path)
  const file = { path, inode: ino, device: dev }
  try {
    setRights(path, address)
  } catch (error) {
    removeOwnSocket(file)
    handle.close()
    throw error
  }
  return { handle, file }
}

/** Whether the file under this name is still the one that was made. */
export function isStillOurs(file: SocketFile): boolean {
  const now = statOf(file.path)
  return now?.ino === file.inode && now.dev === file.device
}

/** Removes the file unless another server has put its own in its place. */
export function removeOwnSocket(file: SocketFile): void {
  if (!isStillOurs(file)) return
  try {
    unlinkSync(file.path)
  } catch {
    // Rights were dropped since, or somebody was faster: the next start finds a dead socket and removes it.
  }
}

// Between bind and chmod the file already takes connections; so it starts with no more rights than it shall have.
function bindWithMode(path: string, mode: number | undefined): BoundHandle {
  if (mode === undefined) return bindPipe(path)
  const umask = process.umask(0o777 & ~mode)
  try {
    return bindPipe(path)
  } finally {
    process.umask(umask)
  }
}

function setRights(path: string, address: UnixAddress): void {
  const { mode, owner, group } = address
  if (owner !== undefined || group !== undefined) {
    const uid = owner === undefined ? -1 : userIdOf(owner)
    const gid = group === undefined ? -1 : groupIdOf(group)
    setOwner(path, uid, gid)
  }
  // After chown, which may clear bits.
  if (mode !== undefined) chmodSync(path, mode)
}

function setOwner(path: string, uid: number, gid: number): void {
  try {
    chownSync(path, uid, gid)
  } catch (cause) {
    const reason = 'the owner cannot be set, which needs root, or a group that this user is in'
    throw new ConfigError(`Cannot listen on "unix:${path}": ${reason}`, EXIT.bind, { cause })
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const stat = statOf(path)
  if (stat === undefined) return
  if (!stat.isSocket()) throw refusal(path, 'the file exists and is not a socket')
  if (isBound(path)) throw refusal(path, 'another server has it')
  if (await isServed(path)) throw refusal(path, 'another server is listening on it')
  // No process answers. Remove the file that we looked at, and nothing that has taken its place meanwhile.
  removeOwnSocket({ path, inode: stat.ino, device: stat.dev })
}

/** By a process that lives, whether it listens already or not. False where the system does not tell. */
function isBound(path: string): boolean {
  return unixSockets().some(socket => socket.isBound && socket.path === path)
}

function refusal(path: string, reason: string): ConfigError {
  return new ConfigError(`Cannot listen on "unix:${path}": ${reason}, choose another path`, EXIT.bind)
}

/** Whether a process listens. Only ECONNREFUSED proves that none does: a full queue or missing rights do not. */
function isServed(path: string): Promise<boolean> {
  return new Promise(settle => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      settle(true)
    })
    probe.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
  })
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}
