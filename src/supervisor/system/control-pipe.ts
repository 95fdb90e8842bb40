// Where control sockets are on Windows: named pipes, because Node has no Unix sockets there (docs/adr/0020). Who may open the pipe is
// said by two things: the system's default rights, by which only the user and administrators may write to it; and a token, which the
// server wants to see with each request, in a file that lies in the user's profile.
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, win32 } from 'node:path'
import type { Environment } from '../../config/sources/environment.ts'
import { START_ENVIRONMENT } from '../../config/sources/sources.ts'

/** What a command has to know to ask a server. */
export interface ControlPipe {
  /** `\\.\pipe\starlight-...`: nobody can guess it, so that nobody can make it first. */
  readonly pipe: string
  readonly token: string
}

const PIPES = '\\\\.\\pipe\\'
const RANDOM_BYTES = 24

/** A new one, for this process. */
export function newControlPipe(pid: number = process.pid): ControlPipe {
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const random = (): string => randomBytes(RANDOM_BYTES).toString('base64url')
  return { pipe: `${PIPES}starlight-${pid}-${random()}`, token: random() }
}

/** The directory of this user's files, PID.json each: in the local part of the profile, which other users cannot read. */
export function controlFileDirectory(environment: Environment = START_ENVIRONMENT, home: string = homedir()): string {
  const local = environment['LOCALAPPDATA'] ?? ''
  return win32.isAbsolute(local) ? win32.join(local, 'starlight') : win32.join(home, '.starlight')
}

/** Writes the file, whole or not at all. Throws the system's error. */
export function writeControlFile(path: string, control: ControlPipe): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.new`
  writeFileSync(draft, `${JSON.stringify(control)}\n`)
  renameSync(draft, path)
}

/** Throws the reason when the file is none that a server has written. */
export function readControlFile(path: string): ControlPipe {
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const { pipe, token } = content as Partial<ControlPipe>
  if (typeof pipe === 'string' && pipe.startsWith(PIPES) && typeof token === 'string') return { pipe, token }
  throw new Error('it is no file that a server has written')
}

/** Removes the file, if it is still this server's. */
export function removeControlFile(path: string, { token }: ControlPipe): void {
  try {
    if (readControlFile(path).token === token) unlinkSync(path)
  } catch {
    // It is gone, or another's by now.
  }
}

/** The field by which a command proves that it has read the file. */
export const TOKEN_FIELD = 'authorization'

export function tokenField({ token }: ControlPipe): string {
  return `Bearer ${token}`
}

/** Whether the field's value has the token. */
export function hasToken(control: ControlPipe, value: string | undefined): boolean {
  const [given, wanted] = [value ?? '', tokenField(control)].map(text => Buffer.from(text))
  const { timingSafeEqual } = process.getBuiltinModule('node:crypto')
  return given!.length === wanted!.length && timingSafeEqual(given!, wanted!)
}
