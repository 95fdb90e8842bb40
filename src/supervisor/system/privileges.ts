// Gives up root. It happens in the master, after binding and after opening the logs, so that workers are born without rights
// and the order of steps needs no trust. The price: a port below 1024 cannot be bound again without a new start.

import { closeSync, openSync } from 'node:fs'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { accountOf, groupIdOf, userIdOf } from './user-ids.ts'

/** What to become, as numbers. Everything is looked up before anything is given up. */
export interface Identity {
  readonly userId?: number
  readonly groupId?: number
  /** Supplementary groups; `name` lets the system add those of the user. */
  readonly groups: readonly number[] | { readonly name: string; readonly groupId: number }
}

/** The calls of `process`; absent on Windows. */
export interface IdentityCalls {
  setgroups?(groups: number[]): void
  initgroups?(user: string, extraGroup: number): void
  setgid?(id: number): void
  setuid?(id: number): void
}

/**
 * Reads `--user` and `--group` ("www", "33", "www,ssl-cert"). The first group becomes the main one. A user without groups
 * brings its own: to keep root's groups would keep root's rights. Undefined when neither is given.
 */
export function identityFor(user: string | undefined, group: string | undefined): Identity | undefined {
  if (user === undefined && group === undefined) return undefined
  const userId = user === undefined ? {} : { userId: userIdOf(user) }
  if (group !== undefined) {
    const groups = group.split(',').map(name => groupIdOf(name.trim()))
    return { ...userId, groupId: groups[0] ?? 0, groups }
  }
  const account = user === undefined ? undefined : accountOf(user)
  if (account === undefined) {
    throw new ConfigError(`Cannot use user "${user}": it has no account here, give --group too`, EXIT.privileges)
  }
  return { ...userId, groupId: account.groupId, groups: account }
}

/** Whether this process is it already, because the master that it takes over from became it. */
export function isOurs({ userId, groupId }: Identity): boolean {
  const isUser = userId === undefined || process.getuid?.() === userId
  return process.getuid?.() !== 0 && isUser && (groupId === undefined || process.getgid?.() === groupId)
}

/**
 * The files that cannot be read once this process has become `identity`; asked as that user. Empty for a process that is not root, which
 * stays what it is.
 */
export function unreadableFor(identity: Identity, paths: readonly string[]): string[] {
  const { userId } = identity
  if (process.getuid?.() !== 0 || userId === undefined || userId === 0) return []
  return actingAs(identity, () => paths.filter(path => !isReadable(path)))
}

/** Makes `call` as `identity`, for a moment and without giving anything up. A process that is not root stays what it is. */
export function actingAs<Result>(identity: Identity | undefined, call: () => Result): Result {
  const { userId, groupId, groups = [] } = identity ?? {}
  if (process.getuid?.() !== 0 || userId === undefined || userId === 0) return call()
  const calls: IdentityCalls = process
  const before = { groups: process.getgroups?.() ?? [], groupId: process.getegid?.() ?? 0 }
  try {
    if ('name' in groups) calls.initgroups?.(groups.name, groups.groupId)
    else calls.setgroups?.([...groups])
    if (groupId !== undefined) process.setegid?.(groupId)
    process.seteuid?.(userId)
    return call()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(before.groupId)
    process.setgroups?.(before.groups)
  }
}

/** Opened, because access(2) asks for the user that this process was started by. */
function isReadable(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'))
    return true
  } catch {
    return false
  }
}

/** Becomes it: groups first, because a user without rights may not change them. Throws ConfigError with EXIT.privileges. */
export function dropPrivileges(identity: Identity, calls: IdentityCalls = process): void {
  const { userId, groupId, groups } = identity
  if (calls.setuid === undefined) {
    throw new ConfigError(
      'Cannot switch the user: this system has no user ids, leave --user and --group out',
      EXIT.privileges,
    )
  }
  try {
    if ('name' in groups) calls.initgroups?.(groups.name, groups.groupId)
    else calls.setgroups?.([...groups])
    if (groupId !== undefined) calls.setgid?.(groupId)
    if (userId !== undefined) calls.setuid(userId)
  } catch (cause) {
    const wanted = `user ${userId ?? '(as is)'} and group ${groupId ?? '(as is)'}`
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    const message = `Cannot switch to ${wanted}: permission denied${code}, start as root or leave --user and --group out`
    throw new ConfigError(message, EXIT.privileges, { cause })
  }
}
