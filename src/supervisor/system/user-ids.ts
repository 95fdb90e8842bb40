// Names of users and groups to numbers. Node can switch to a name but cannot tell its number, which chown and initgroups
// need: /etc/passwd and /etc/group are read, and for users from elsewhere (LDAP) the system's own commands are asked.
import { readFileSync } from 'node:fs'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { askSystem } from './run-command.ts'

/** Id of a user that is given by name or number. Throws ConfigError with EXIT.privileges. */
export function userIdOf(user: string): number {
  if (isNumber(user)) return Number(user)
  return found(field(entryOf('/etc/passwd', user), 2) ?? askSystem('id', ['-u', user]), `user "${user}"`)
}

/** Id of a group that is given by name or number. Throws ConfigError with EXIT.privileges. */
export function groupIdOf(group: string): number {
  if (isNumber(group)) return Number(group)
  const entry = entryOf('/etc/group', group) ?? askSystem('getent', ['group', group])
  return found(field(entry, 2), `group "${group}"`)
}

/** Name and main group of a user that is given by name or number; undefined for a number that has no entry. */
export function accountOf(user: string): { name: string; groupId: number } | undefined {
  const entry = isNumber(user) ? entryWhere('/etc/passwd', 2, user) : entryOf('/etc/passwd', user)
  const name = field(entry, 0) ?? askSystem('id', ['-un', user])
  const groupId = field(entry, 3) ?? askSystem('id', ['-g', user])
  return name === undefined || groupId === undefined ? undefined : { name, groupId: Number(groupId) }
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text)
}

function found(id: string | undefined, what: string): number {
  if (id === undefined || !isNumber(id)) {
    throw new ConfigError(
      `Cannot use ${what}: it does not exist, give a name or number of this machine`,
      EXIT.privileges,
    )
  }
  return Number(id)
}

function entryOf(file: string, name: string): string | undefined {
  return entryWhere(file, 0, name)
}

function entryWhere(file: string, position: number, value: string): string | undefined {
  return linesOf(file).find(line => field(line, position) === value)
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return [] // Systems without the file have the commands.
  }
}

function field(entry: string | undefined, position: number): string | undefined {
  return entry?.trim().split(':')[position]
}
