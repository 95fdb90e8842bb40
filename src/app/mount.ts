// `--path=/prefix`: the app lives below a prefix, and what is outside of it does not exist. The prefix ends at a segment
// border: `/app` holds `/app`, `/app/x` and `/app?q`, not `/apple`.
import { hexValue } from '../http1/grammar.ts'
import type { Exchange } from './handler.ts'

/** A request path cut in two at the mount. */
export interface MountedPath {
  /** The prefix as the application knows it; '' without a mount. */
  readonly scriptName: string
  /** What follows the prefix, as it was sent: '' or beginning with '/' or '?'. */
  readonly rest: string
}

/**
 * Cuts `path` (origin-form, with or without query, not decoded) at `mount` ('' or '/prefix' without trailing slash).
 * Undefined when the path is outside of the mount. `%61` and `a` are the same letter; a coded slash is not a border.
 */
export function mountedPath(path: string, mount: string): MountedPath | undefined {
  if (mount === '') return { scriptName: '', rest: path }
  const end = path.startsWith(mount) ? mount.length : endOfCodedPrefix(path, mount)
  if (end === undefined) return undefined
  const border = path.charCodeAt(end)
  if (end < path.length && border !== SLASH && border !== QUESTION_MARK) return undefined
  return { scriptName: mount, rest: path.slice(end) }
}

/** The answer to a request outside of the mount. */
export function answerNotFound(exchange: Exchange): void {
  exchange.answer(404, ['Content-Type', 'text/plain'], 'Not Found')
}

const SLASH = 0x2f
const QUESTION_MARK = 0x3f
const PERCENT = 0x25

/** Where `mount` ends in `path` when both are read decoded; undefined when it does not begin there. */
function endOfCodedPrefix(path: string, mount: string): number | undefined {
  if (!path.includes('%')) return undefined
  const wanted = Buffer.from(mount)
  let at = 0
  for (const byte of wanted) {
    let sent = path.charCodeAt(at)
    let length = 1
    const high = sent === PERCENT ? hexValue(path.charCodeAt(at + 1)) : -1
    const low = high < 0 ? -1 : hexValue(path.charCodeAt(at + 2))
    // A broken escape is what is written.
    if (low >= 0) {
      sent = high * 16 + low
      length = 3
    }
    if (sent !== byte) return undefined
    at += length
  }
  return at
}
