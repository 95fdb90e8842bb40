// The working directory by its name. A deployment exchanges what a symlink such as /srv/shop/current leads to, while the kernel
// keeps the directory itself, all links resolved, which is removed with its release.
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { Environment } from './environment.ts'

export interface WorkingDirectory {
  /** Where the server runs, by a name that may hold symlinks. */
  readonly directory: string
  /** Where the command was given, likewise. */
  readonly start: string
  /** What files that were found without the names are called by: the directory without symlinks, and its name. */
  readonly names: readonly (readonly [string, string])[]
}

/**
 * Enters the directory of `--chdir`, which starts at the one where the command was given. `paths` are those that the operator
 * wrote: where the shell has told no name (PWD; systemd tells none) one of them may hold it. Throws a ConfigError.
 */
export function enterFirst(chdir: string | undefined, env: Environment, paths: readonly string[]): WorkingDirectory {
  const cwd = process.cwd()
  const start = directoryByName(env, cwd, chdir === undefined ? paths : [chdir, ...paths])
  if (chdir === undefined) return { directory: start, start, names: [[cwd, start]] }
  const directory = resolve(start, chdir)
  // A new master (USR2) starts in the directory of the old one, and without the rights that --user has given up.
  if (!leadsTo(directory, cwd)) enter(directory)
  const entered: [string, string] = [process.cwd(), directory]
  return { directory, start, names: [entered, [cwd, start]] }
}

/** Enters a directory by its name. Throws a ConfigError. */
export function enter(directory: string): void {
  try {
    process.chdir(directory)
  } catch (cause) {
    throw new ConfigError(`${cannotEnter(directory, cause)}, a directory is needed`, 2, { cause })
  }
}

/**
 * Enters the directory anew, where the name leads to now. One that was entered with rights that have been given up since (--user)
 * stays as it is. Throws a ConfigError.
 */
export function enterAgain(directory: string): void {
  try {
    enter(directory)
  } catch (error) {
    if (!isForbidden((error as Error).cause) || !mayBeThisDirectory(directory)) throw error
  }
}

/** Whether the name leads to the present working directory, or to where only others may look. */
function mayBeThisDirectory(name: string): boolean {
  try {
    return isSameDirectory(name, '.')
  } catch (error) {
    return isForbidden(error)
  }
}

function isForbidden(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EACCES'
}

function cannotEnter(directory: string, cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'is missing',
    ENOTDIR: 'is not a directory',
    EACCES: 'may not be entered',
  }
  return `Cannot enter the working directory: "${directory}" ${reasons[code ?? ''] ?? `cannot be entered (${code})`}`
}

/**
 * The name of the working directory: that of the shell, or one that a path begins with. `cwd`, where all links are resolved,
 * if none of them leads there.
 */
export function directoryByName({ PWD: name }: Environment, cwd: string, paths: readonly string[] = []): string {
  const candidates = [name ?? '', ...paths.flatMap(withAncestors)]
  return candidates.find(each => each.startsWith('/') && each !== cwd && leadsTo(each, cwd)) ?? cwd
}

/** The path as it is called now, where it lay in the working directory at the start. */
export function byName(path: string, names: WorkingDirectory['names']): string {
  const found = names.find(([real]) => path.startsWith(`${real}/`))
  return found === undefined ? path : found[1] + path.slice(found[0].length)
}

function withAncestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [path, ...withAncestors(parent)]
}

/** False where this user may not look. */
function leadsTo(name: string, directory: string): boolean {
  try {
    return isSameDirectory(name, directory)
  } catch {
    return false
  }
}

function isSameDirectory(one: string, other: string): boolean {
  const [a, b] = [one, other].map(path => statSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}
