// The pid file: made whole or not at all, checked for an owner that is dead, removed by its owner only.
//
// A server that gave up its rights (--user) may neither remove nor replace the file that root made. It keeps the descriptor by which
// the file was made, hands it to its successor, and writes through it: the file then gets another number, and is emptied at the end.
// To give the file to the user was rejected: root's programs read it, and kill what it names.
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { resolve } from 'node:path'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { reasonOf } from '../../config/thrown.ts'
import { pidOf, readPidText } from './pid-text.ts'
import { startTimeOf } from './process-info.ts'

export interface PidFile {
  /** Of the file itself, for a master that takes over. */
  readonly fd: number
  /** Writes our pid into it. Done already, unless it was inherited. */
  claim(): void
  /** Removes the file if it still holds our pid, or empties it where that is all that our rights allow. */
  release(): void
}

/** Times are of two clocks (the file's and the kernel's), so a process must be this much younger than the file to be another one. */
const CLOCK_TOLERANCE_MS = 2000
const TRIES = 5

/**
 * Takes the file for this process. Throws ConfigError: EXIT.alreadyRunning when its owner lives, EXIT.usage when it cannot be written
 * or is something else than a pid file.
 */
export function takePidFile(name: string, pid: number = process.pid): PidFile {
  const path = resolve(name)
  for (let i = 0; i < TRIES; i++) {
    const fd = create(path, pid)
    if (fd !== undefined) return { fd, claim: () => undefined, release: () => release(path, pid, fd) }
    const owner = ownerOf(path)
    if (owner.isAlive) throw taken(path, owner.pid)
    removeStale(path, owner.text)
  }
  throw taken(path, ownerOf(path).pid)
}

/** The file of a master that hands over: it keeps it until `claim`. `fd`: its descriptor. One of anybody else is taken as any other. */
export function inheritPidFile(name: string, owner: number, fd: number): PidFile {
  const path = resolve(name)
  if (ownerOf(path).pid !== owner) {
    closeSync(fd)
    return takePidFile(name)
  }
  let open = fd
  return {
    get fd() {
      return open
    },
    claim: () => {
      open = replace(path, process.pid, fd)
    },
    release: () => release(path, process.pid, open),
  }
}

/** Gives the descriptor of the new file, or `handed` when the old one had to be written. */
function replace(path: string, pid: number, handed: number): number {
  try {
    const draft = makeDraft(path, pid)
    try {
      renameSync(draft.path, path)
    } catch (error) {
      closeSync(draft.fd)
      remove(draft.path)
      throw error
    }
    closeSync(handed)
    return draft.fd
  } catch (error) {
    if (!isStill(path, handed)) throw cannotWrite(path, error)
    overwrite(handed, `${pid}\n`)
    return handed
  }
}

/** At any moment there is a number in it: blank lines fill it up before it is cut. */
function overwrite(fd: number, text: string): void {
  writeSync(fd, text.padEnd(fstatSync(fd).size, '\n'), 0)
  ftruncateSync(fd, text.length)
}

function isStill(path: string, fd: number): boolean {
  const [there, ours] = [statSync(path, { throwIfNoEntry: false }), fstatSync(fd)]
  return there?.ino === ours.ino && there.dev === ours.dev
}

// link(2) fails if the name exists, and the file is never visible without its content.
function create(path: string, pid: number): number | undefined {
  let draft: Draft | undefined
  try {
    draft = makeDraft(path, pid)
    linkSync(draft.path, path)
    return draft.fd
  } catch (error) {
    if (draft !== undefined) closeSync(draft.fd)
    if (codeOf(error) === 'EEXIST') return undefined
    throw cannotWrite(path, error)
  } finally {
    if (draft !== undefined) remove(draft.path)
  }
}

interface Draft {
  readonly path: string
  readonly fd: number
}

/** The file under another name: a link that somebody has planted there is not followed. */
function makeDraft(path: string, pid: number): Draft {
  const draft = hiddenName(path)
  const fd = openSync(draft, 'wx+', 0o644)
  try {
    writeSync(fd, `${pid}\n`)
    return { path: draft, fd }
  } catch (error) {
    closeSync(fd)
    remove(draft)
    throw error
  }
}

/** A name beside the file that cannot be guessed. */
function hiddenName(path: string): string {
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  return `${path}.${randomBytes(9).toString('base64url')}`
}

interface Owner {
  readonly text: string
  /** NaN: of no process. */
  readonly pid: number
  readonly isAlive: boolean
}

/** Throws ConfigError for what no server has made: it is not ours to remove. */
function ownerOf(path: string): Owner {
  try {
    const { text, writtenAt } = readPidText(path, { followsLinks: false })
    const pid = pidOf(text)
    if (pid === undefined) throw new Error('it holds something else than a process id')
    return { text, pid, isAlive: isOwner(pid, writtenAt) }
  } catch (error) {
    // Gone since: try again.
    if (codeOf(error) === 'ENOENT') return { text: '', pid: Number.NaN, isAlive: false }
    const reason = codeOf(error) === 'ELOOP' ? 'it is a symbolic link' : reasonOf(error)
    throw new ConfigError(`Cannot use the pid file "${path}": ${reason}, choose another path`, EXIT.usage, {
      cause: error,
    })
  }
}

/** Whether the process lives and is old enough to have written the file: after a reboot its number may belong to anybody. */
export function isOwner(pid: number, writtenAt: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false // EPERM: it lives, and belongs to another user.
  }
  const startedAt = startTimeOf(pid)
  return startedAt === undefined || startedAt <= writtenAt + CLOCK_TOLERANCE_MS
}

// Two starts may find the same stale file. It is renamed first: if what was caught is not what was read, the other start
// was faster, its file is put back, and it counts as the owner.
function removeStale(path: string, text: string): void {
  const caught = hiddenName(path)
  try {
    renameSync(path, caught)
    if (readPidText(caught, { followsLinks: false }).text !== text) linkSync(caught, path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EEXIST') return
    throw new ConfigError(`Cannot replace the stale pid file "${path}": ${reasonOf(error)}`, EXIT.usage, {
      cause: error,
    })
  } finally {
    remove(caught)
  }
}

function release(path: string, pid: number, fd: number): void {
  if (holds(path, pid) && !remove(path)) ftruncateSync(fd)
  closeSync(fd)
}

function holds(path: string, pid: number): boolean {
  try {
    return pidOf(readPidText(path, { followsLinks: false }).text) === pid
  } catch {
    return false // Gone, or another thing by now.
  }
}

/** Whether there is no such file any more. */
function remove(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    return codeOf(error) === 'ENOENT'
  }
}

function taken(path: string, pid: number): ConfigError {
  const message = `Cannot start: the pid file "${path}" belongs to process ${pid}, which is running, stop it first`
  return new ConfigError(message, EXIT.alreadyRunning)
}

function cannotWrite(path: string, error: unknown): ConfigError {
  const reason = REASONS[String(codeOf(error))] ?? reasonOf(error)
  return new ConfigError(`Cannot write the pid file "${path}": ${reason}`, EXIT.usage, { cause: error })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist, create it first',
  ENOTDIR: 'what should be its directory is a file',
  EACCES: 'permission denied, its directory must be writable for this user',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
