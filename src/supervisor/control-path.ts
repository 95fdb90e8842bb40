// Where control sockets are, for the server that opens one and for the commands that look for it.
import { chmodSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { START_ENVIRONMENT } from '../config/sources.ts'
import { isAlive } from './process-start.ts'

const OWN = `starlight-run-${process.getuid?.() ?? 0}`

/** The directory of this user's servers. */
export function controlDirectory(): string {
  const runtime = START_ENVIRONMENT['XDG_RUNTIME_DIR']
  return runtime === undefined || runtime === '' ? join(tmpdir(), OWN) : join(runtime, 'starlight')
}

export function controlPathOf(pid: number, directory: string = controlDirectory()): string {
  return join(directory, `${pid}.sock`)
}

/** Makes the directory for this user alone. Throws when somebody else has made it: what lies there is not to be trusted. */
export function makeControlDirectory(directory: string = controlDirectory()): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const stat = lstatSync(directory)
  if (!stat.isDirectory() || (process.getuid !== undefined && stat.uid !== process.getuid()))
    throw new Error(`"${directory}" belongs to somebody else`)
  chmodSync(directory, 0o700)
}

/** Process ids and sockets of the masters that live; what dead ones left behind is removed. For root, those of every user. */
export function livingServers(): { readonly pid: number; readonly path: string }[] {
  const directories = new Set([controlDirectory(), join(tmpdir(), OWN), ...othersDirectories()])
  return [...directories].flatMap(directory =>
    ownFilesIn(directory).flatMap(name => {
      const pid = Number(/^(\d+)\.sock$/.exec(name)?.[1])
      if (!(pid > 0)) return []
      if (isAlive(pid)) return [{ pid, path: join(directory, name) }]
      remove(join(directory, name))
      return []
    }),
  )
}

/** What lies in somebody else's directory could be made to mislead us; root believes every user about his own servers. */
function ownFilesIn(directory: string): string[] {
  const owner = lstatSync(directory, { throwIfNoEntry: false })?.uid
  const self = process.getuid?.()
  return self === undefined || self === 0 || owner === self ? filesIn(directory) : []
}

function othersDirectories(): string[] {
  if (process.getuid?.() !== 0) return []
  return filesIn(tmpdir())
    .filter(name => name.startsWith('starlight-run-'))
    .map(name => join(tmpdir(), name))
}

function filesIn(directory: string): string[] {
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
    // Somebody was faster.
  }
}
