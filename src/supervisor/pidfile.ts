// The pid file: made whole or not at all, checked for an owner that is dead, removed by its owner only.
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import { startTimeOf } from './process-start.ts'

export interface PidFile {
  /** Writes our pid into it. Done already, unless it was inherited. */
  claim(): void
  /** Removes the file if it still holds our pid. */
  release(): void
}

/** Times are of two clocks (the file's and the kernel's), so a process must be this much younger than the file to be another one. */
const CLOCK_TOLERANCE_MS = 2000
const TRIES = 5

/** Takes the file for this process. Throws ConfigMistake: EXIT.alreadyRunning when its owner lives, EXIT.usage when it cannot be written. */
export function takePidFile(name: string, pid: number = process.pid): PidFile {
  const path = resolve(name)
  for (let i = 0; i < TRIES; i++) {
    if (create(path, pid)) return { claim: () => undefined, release: () => release(path, pid) }
    const owner = ownerOf(path)
    if (owner.isAlive) throw taken(path, owner.pid)
    removeStale(path, owner.text)
  }
  throw taken(path, ownerOf(path).pid)
}

/** The file of a master that hands over: it keeps it until `claim`. One of anybody else is taken as any other. */
export function inheritPidFile(name: string, owner: number): PidFile {
  const path = resolve(name)
  if (ownerOf(path).pid !== owner) return takePidFile(name)
  return { claim: () => replace(path, process.pid), release: () => release(path, process.pid) }
}

function replace(path: string, pid: number): void {
  const draft = draftOf(path)
  try {
    // A link that somebody has planted under that name is not followed.
    writeFileSync(draft, `${pid}\n`, { mode: 0o644, flag: 'wx' })
    renameSync(draft, path)
  } catch (error) {
    remove(draft)
    throw cannotWrite(path, error)
  }
}

// link(2) fails if the name exists, and the file has its content from its first moment: nobody ever reads an empty one.
function create(path: string, pid: number): boolean {
  const draft = draftOf(path)
  try {
    // A link that somebody has planted under that name is not followed.
    writeFileSync(draft, `${pid}\n`, { mode: 0o644, flag: 'wx' })
    linkSync(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw cannotWrite(path, error)
  } finally {
    remove(draft)
  }
}

/** A name beside the file that nobody can guess. */
function draftOf(path: string): string {
  return `${path}.${randomBytes(9).toString('base64url')}`
}

interface Owner {
  readonly text: string
  readonly pid: number
  readonly isAlive: boolean
}

function ownerOf(path: string): Owner {
  try {
    const text = readFileSync(path, 'utf8')
    const pid = Number.parseInt(text, 10)
    return { text, pid, isAlive: isOwner(pid, statSync(path).mtimeMs) }
  } catch {
    return { text: '', pid: Number.NaN, isAlive: false } // Gone since: try again.
  }
}

/** Whether the process lives and is old enough to have written the file: after a reboot its number may belong to anybody. */
function isOwner(pid: number, writtenAt: number): boolean {
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
  const caught = draftOf(path)
  try {
    renameSync(path, caught)
    if (readFileSync(caught, 'utf8') !== text) linkSync(caught, path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EEXIST') return
    throw new ConfigMistake(`Cannot replace the stale pid file "${path}": ${reasonOf(error)}`, EXIT.usage, {
      cause: error,
    })
  } finally {
    remove(caught)
  }
}

function release(path: string, pid: number): void {
  if (ownerOf(path).pid === pid) remove(path)
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Not there, or rights were dropped since; a stale file is recognised by the next start.
  }
}

function taken(path: string, pid: number): ConfigMistake {
  const message = `Cannot start: the pid file "${path}" belongs to process ${pid}, which is running, stop it first`
  return new ConfigMistake(message, EXIT.alreadyRunning)
}

function cannotWrite(path: string, error: unknown): ConfigMistake {
  const reason = REASONS[String(codeOf(error))] ?? reasonOf(error)
  return new ConfigMistake(`Cannot write the pid file "${path}": ${reason}`, EXIT.usage, { cause: error })
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
