import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const known = new Map<string, 'module' | 'commonjs' | undefined>()

/** What `type` of the nearest package.json says; undefined when it says nothing: then the file's own syntax decides, as in Node. */
export function packageType(directory: string): 'module' | 'commonjs' | undefined {
  if (known.has(directory)) return known.get(directory)
  const parent = dirname(directory)
  const text = readPackage(directory)
  const type = text !== undefined ? typeIn(text) : parent === directory ? undefined : packageType(parent)
  known.set(directory, type)
  return type
}

function readPackage(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, 'package.json'), 'utf8')
  } catch {
    // Not there: the directory above decides.
    return undefined
  }
}

function typeIn(text: string): 'module' | 'commonjs' | undefined {
  try {
    const type = (JSON.parse(text) as { type?: unknown }).type
    return type === 'module' || type === 'commonjs' ? type : undefined
  } catch {
    // Node itself reports a broken package.json when it gets there.
    return undefined
  }
}
