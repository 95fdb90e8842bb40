// From the path of a request to that of a file below a directory. What is unusual names no file: a path is never repaired.

/** Linux' PATH_MAX. */
const LONGEST = 4096
/** Nothing to decode, no empty segment, no segment that begins with a dot. */
const PLAIN = /^(?:\/(?![./])[\w~!$&'()*+,;=:@-][\w.~!$&'()*+,;=:@-]*)*\/?$/
const UTF8 = new TextDecoder('utf-8', { fatal: true })
/** The one name with a dot that is meant to be seen (RFC 8615). */
const WELL_KNOWN = '/.well-known/'

/**
 * `path`: origin-form below the prefix of the directory, with or without query: '' or beginning with '/' or '?'. Gives the decoded path,
 * '' or beginning with '/'; undefined for one that names no file: with dot files, `..`, empty segments, coded slashes, backslashes, control
 * characters, broken escapes, or what is not UTF-8.
 */
export function filePath(path: string): string | undefined {
  const query = path.indexOf('?')
  const coded = query < 0 ? path : path.slice(0, query)
  if (coded.length > LONGEST) return undefined
  if (PLAIN.test(coded)) return coded
  const decoded = decode(coded)
  return decoded === undefined || !isSafe(decoded) ? undefined : decoded
}

/** Undefined when the path is not UTF-8, has a broken escape, or a coded slash. */
function decode(coded: string): string | undefined {
  if (/%(?:2f|5c|(?![0-9a-f]{2}))/i.test(coded)) return undefined
  const bytes = coded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  try {
    return UTF8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return undefined
  }
}

function isSafe(path: string): boolean {
  if (/[\\\x00-\x1f\x7f]|\/\//.test(path) || (path !== '' && !path.startsWith('/'))) return false
  return !hasDotFile(path)
}

/** Whether a segment of a path that begins with a slash, or of what is below a directory, begins with a dot. */
export function hasDotFile(path: string): boolean {
  const rest = path.startsWith(WELL_KNOWN) ? path.slice(WELL_KNOWN.length - 1) : path
  return rest.includes('/.')
}

/** Devices with or without an extension, at any place of a path (Microsoft, "Naming Files, Paths, and Namespaces"). */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:[. ]|$)/i

/**
 * Whether Windows takes each segment of the path for the name of a file, and for this one: without a colon (streams, drives), wildcards, dots
 * or blanks at the end, which it drops, short names (`PROGRA~1`) and devices.
 */
export function isWindowsName(path: string): boolean {
  return path.split('/').every(name => !/[:*?"<>|]|[. ]$|~[0-9]/.test(name) && !DEVICE.test(name))
}
