// Compiled files, kept so that the second worker, and the second start, need no compiler (30 ms and 20 MB each).
// One entry per source file: a changed source replaces it, so the directory does not grow with edits.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateDirectory } from '../private-directory.ts'

export interface Compiled {
  readonly code: string
  readonly format: 'module' | 'commonjs'
}

/** Raised when the same source must compile to something else than before. */
const GENERATION = 2

/** The entry for `file` if it was made from exactly this source and these settings, else what `compile` gives, which is then kept. */
export function cached(file: string, source: string, settings: unknown, compile: () => Compiled): Compiled {
  const directory = privateDirectory('starlight-cache')
  if (directory === undefined) return compile()
  const entry = join(directory, `${digest(file)}.js`)
  const key = digest(JSON.stringify([GENERATION, process.version, file, settings]), source)
  const kept = readEntry(entry, key)
  if (kept !== undefined) return kept
  const compiled = compile()
  writeEntry(entry, `${key} ${compiled.format}\n${compiled.code}`)
  return compiled
}

function readEntry(entry: string, key: string): Compiled | undefined {
  try {
    const text = readFileSync(entry, 'utf8')
    const end = text.indexOf('\n')
    const [foundKey, format] = text.slice(0, end).split(' ')
    if (foundKey !== key || (format !== 'module' && format !== 'commonjs')) return undefined
    return { code: text.slice(end + 1), format }
  } catch {
    // Not there yet.
    return undefined
  }
}

function writeEntry(entry: string, text: string): void {
  const draft = `${entry}.${process.pid}.${process.hrtime.bigint()}`
  try {
    // Renamed into place: workers that start together read a whole entry or none.
    writeFileSync(draft, text, { mode: 0o600 })
    renameSync(draft, entry)
  } catch {
    // A full disk costs time at the next start, nothing else.
    rmSync(draft, { force: true })
  }
}

function digest(...parts: readonly string[]): string {
  // Not imported above: half a megabyte that an application in JavaScript never needs.
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64url')
}
