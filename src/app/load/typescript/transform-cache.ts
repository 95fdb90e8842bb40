// Compiled files, kept so that the second worker, and the second start, need no compiler (30 ms and 20 MB each).
// One entry per source file: a changed source replaces it, so the directory does not grow with edits. An entry holds the source that it
// was made from, to be compared with: to load node:crypto for a digest takes 20 ms.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateDirectory } from '../private-directory.ts'

export interface Compiled {
  readonly code: string
  readonly format: 'module' | 'commonjs'
}

/** Raised when the same source must compile to something else than before. */
const GENERATION = 3

/** The entry for `file` if it was made from exactly this source and these settings, else what `compile` gives, which is then kept. */
export function cached(file: string, source: string, settings: unknown, compile: () => Compiled): Compiled {
  const directory = privateDirectory('starlight-cache')
  if (directory === undefined) return compile()
  const entry = join(directory, `${shortName(file)}.js`)
  const origin = JSON.stringify([GENERATION, process.version, file, settings, source.length])
  const kept = readEntry(entry, `${origin}\n${source}\n`)
  if (kept !== undefined) return kept
  const compiled = compile()
  writeEntry(entry, `${origin}\n${source}\n${compiled.format}\n${compiled.code}`)
  return compiled
}

function readEntry(entry: string, origin: string): Compiled | undefined {
  try {
    const text = readFileSync(entry, 'utf8')
    if (!text.startsWith(origin)) return undefined
    const end = text.indexOf('\n', origin.length)
    const format = text.slice(origin.length, end)
    return format === 'module' || format === 'commonjs' ? { code: text.slice(end + 1), format } : undefined
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

/** Two hashes of 32 bits (FNV-1a). Files that share a name replace each other's entries. */
function shortName(path: string): string {
  let [one, other] = [0x811c9dc5, 0xcbf29ce4]
  for (let i = 0; i < path.length; i++) {
    one = Math.imul(one ^ path.charCodeAt(i), 0x01000193)
    other = Math.imul(other ^ (path.charCodeAt(i) + i), 0x01000193)
  }
  return [one, other].map(half => (half >>> 0).toString(36)).join('')
}
