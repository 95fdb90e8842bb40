// One of all that share a directory asks the authority: a file with its owner and the time at which it is nobody's any more. Links are made
// as a whole or not at all, on NFS as well (open(2), O_EXCL).
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'

interface Owner {
  /** The machine, and the space of its process ids. */
  readonly host: string
  readonly pid: number
  readonly id: string
  /** Milliseconds since 1970. */
  readonly until: number
}

export interface Lock {
  release(): void
}

/** Undefined: somebody else has it. Throws what the file system says. */
export function takeLock(path: string, forMs: number, now: number): Lock | undefined {
  const id = process.getBuiltinModule('node:crypto').randomUUID()
  const own = `${path}.${id}`
  const text = JSON.stringify({ host: HOST, pid: process.pid, id, until: now + forMs } satisfies Owner)
  try {
    writeFileSync(own, text, { mode: 0o600, flag: 'wx' })
    if (!linked(own, path) && !(removedStale(path, own, now, forMs) && linked(own, path))) return undefined
  } finally {
    rmSync(own, { force: true })
  }
  const release = (): void => {
    if (textOf(path) === text) rmSync(path, { force: true })
  }
  return { release }
}

/** Whether the lock was nobody's any more, and is gone. */
function removedStale(path: string, own: string, now: number, longestMs: number): boolean {
  const found = textOf(path)
  if (found === undefined) return true
  if (isHeld(found, now, longestMs)) return false
  // Somebody may have put another one there meanwhile: what was taken away is looked at.
  const aside = `${own}.stale`
  try {
    renameSync(path, aside)
  } catch {
    return false
  }
  const isStale = textOf(aside) === found
  if (!isStale) linked(aside, path)
  rmSync(aside, { force: true })
  return isStale
}

function isHeld(text: string, now: number, longestMs: number): boolean {
  let owner: Partial<Owner>
  try {
    owner = JSON.parse(text) as Partial<Owner>
  } catch {
    // Of nobody who could release it.
    return false
  }
  const { host, pid, until } = owner
  // Nobody holds it for longer than that: its clock, or ours, was wrong.
  if (typeof until !== 'number' || until <= now || until > now + 2 * longestMs) return false
  return host !== HOST || typeof pid !== 'number' || isAlive(pid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Containers of one machine have the same ids for different processes. */
const HOST = `${hostname()} ${processSpace()}`

function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
