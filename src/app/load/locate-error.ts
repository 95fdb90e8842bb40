// Node does not say where in an ES module a syntax error is unless it is left uncaught. The operator has to know it.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isCompiled, isInstalled } from './file-kinds.ts'
import { isFile } from './is-file.ts'
import { transformSource } from './typescript/transform.ts'

const FILES_AT_MOST = 500
const IMPORTED = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g

/**
 * Puts file, line and code in front of the stack of a SyntaxError that has none of them, by looking through plain JavaScript from
 * `entry` on. (TypeScript's syntax errors have a place already: they are ours.)
 */
export function locateError(error: unknown, entry: string | undefined): void {
  if (!(error instanceof SyntaxError) || entry === undefined || !/^SyntaxError/.test(error.stack ?? '')) return
  const place = findSyntaxError(entry)
  if (place !== undefined) error.stack = `${place}\n\n${error.stack}`
}

/** "file:line", the line and a caret under the error, for the first file that cannot be parsed. */
function findSyntaxError(entry: string): string | undefined {
  const files = new Set([entry])
  for (const file of files) {
    if (files.size > FILES_AT_MOST) return undefined
    const source = readFileSync(file, 'utf8')
    const place = isCompiled(file) ? undefined : mistakeIn(file, source)
    if (place !== undefined) return place
    for (const [, specifier = ''] of source.matchAll(IMPORTED)) {
      const imported = resolve(dirname(file), specifier)
      if (/\.[cm]?[jt]sx?$/.test(imported) && isFile(imported) && !isInstalled(imported)) files.add(imported)
    }
  }
  return undefined
}

function mistakeIn(file: string, source: string): string | undefined {
  try {
    transformSource(source, { file, format: 'module', jsx: undefined })
    return undefined
  } catch (error) {
    return (error as Error).stack?.split('\n\n')[0]
  }
}
