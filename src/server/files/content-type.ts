// The media type of a file by its name.
import { CONTENT_TYPES } from './content-type-table.ts'

/** Of files whose extension nobody knows: browsers save them. */
const UNKNOWN = 'application/octet-stream'

let types: ReadonlyMap<string, string> | undefined

/** The value of Content-Type. Text is said to be UTF-8. */
export function contentTypeOf(name: string): string {
  types ??= typesByExtension()
  const dot = name.lastIndexOf('.')
  const type = (dot < 0 ? undefined : types.get(name.slice(dot + 1).toLowerCase())) ?? UNKNOWN
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

function typesByExtension(): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of CONTENT_TYPES.trim().split('\n')) {
    const [type = '', ...extensions] = line.split(' ')
    for (const extension of extensions) found.set(extension, type)
  }
  return found
}
