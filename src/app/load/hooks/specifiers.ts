// Where an import leads, beyond what Node itself knows: -I directories and `paths` of tsconfig.json before Node looks,
// TypeScript sources and completed names after Node has found nothing. Pure questions to the file system, for any kind of hook.
import { isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isInstalled, standIns } from '../file-kinds.ts'
import { isFile } from '../is-file.ts'
import { mappedPaths, tsConfigFor } from '../typescript/tsconfig.ts'

const NOT_FOUND = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'])

/** The file that a bare specifier means before node_modules is asked; undefined: leave it to Node. */
export function findAhead(
  specifier: string,
  parent: string | undefined,
  include: readonly string[],
): string | undefined {
  if (!isBare(specifier) || isBuiltin(specifier)) return undefined
  const included = include.map(directory => join(directory, specifier))
  const parentFile = filePath(parent)
  const mapped =
    parentFile === undefined || isInstalled(parentFile) ? [] : mappedPaths(tsConfigFor(dirname(parentFile)), specifier)
  return firstFile([...included, ...mapped])
}

/** The file that a relative or absolute specifier means although Node found nothing there; undefined: it is really missing. */
export function findInstead(specifier: string, parent: string | undefined, error: unknown): string | undefined {
  if (!NOT_FOUND.has((error as NodeJS.ErrnoException | undefined)?.code ?? '')) return undefined
  const path = specifierPath(specifier, filePath(parent))
  return path === undefined ? undefined : standIns(path).find(isFile)
}

/** The file of a `file:` URL or of a path; undefined for anything else. Query and fragment do not belong to it. */
export function filePath(place: string | undefined): string | undefined {
  if (place === undefined) return undefined
  if (!place.startsWith('file:')) return place.startsWith('/') ? place : undefined
  try {
    return fileURLToPath(place)
  } catch {
    // A host or an encoded slash in the URL: not a file of this machine.
    return undefined
  }
}

function isBare(specifier: string): boolean {
  return !/^(?:[./#]|[A-Za-z][A-Za-z\d+.-]*:)/.test(specifier)
}

function specifierPath(specifier: string, parentFile: string | undefined): string | undefined {
  if (specifier.startsWith('file:') || specifier.startsWith('/')) return filePath(specifier)
  if (!/^\.{1,2}(?:\/|$)/.test(specifier) || parentFile === undefined) return undefined
  const written = specifier.replace(/[?#].*/s, '')
  return resolve(dirname(parentFile), written) + (written.length > 2 && written.endsWith('/') ? '/' : '')
}

function firstFile(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const found = isFile(path) ? path : standIns(path).find(isFile)
    if (found !== undefined) return found
  }
  return undefined
}
