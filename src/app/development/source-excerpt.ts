// The lines of source around the innermost frame of a stack that belongs to the application: neither Node's own code
// nor an installed package, since a developer looks for the mistake in what they wrote.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Excerpt {
  readonly file: string
  /** The line of the frame, counted from 1. */
  readonly line: number
  readonly lines: readonly { readonly number: number; readonly text: string }[]
}

interface Place {
  readonly file: string
  readonly line: number
}

const LINES_AROUND = 5

/** Undefined when the stack names no file that can be read. */
export function sourceExcerpt(stack: string): Excerpt | undefined {
  const places = stack.split('\n').flatMap(placeOf)
  const place = places.find(({ file }) => !file.includes('/node_modules/')) ?? places[0]
  if (place === undefined) return undefined
  try {
    const all = readFileSync(place.file, 'utf8').split('\n')
    const first = Math.max(1, place.line - LINES_AROUND)
    const lines = all.slice(first - 1, place.line + LINES_AROUND)
    if (place.line > all.length) return undefined
    return { ...place, lines: lines.map((text, index) => ({ number: first + index, text })) }
  } catch {
    // The file is gone, or was never one: the stack itself is shown in any case.
    return undefined
  }
}

/** `at name (file:///app.ts:3:9)`, `at /app.js:3:9`; nothing for `node:internal/...` and `<anonymous>`. */
function placeOf(frame: string): Place[] {
  const [, where = '', line] = /^\s*at (?:async )?(.+):(\d+):\d+\)?$/.exec(frame) ?? []
  const file = isFile(where) ? where : where.slice(where.indexOf('(') + 1)
  if (!isFile(file)) return []
  try {
    return [{ file: file.startsWith('file:') ? fileURLToPath(file.replace(/\?.*/, '')) : file, line: Number(line) }]
  } catch {
    return []
  }
}

function isFile(text: string): boolean {
  return /^(?:file:\/\/|\/|[A-Za-z]:\\)./.test(text)
}
