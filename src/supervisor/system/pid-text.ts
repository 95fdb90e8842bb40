// What stands in a pid file. Its path may lead anywhere, in a directory that others write, too: a FIFO would be waited for, a device
// or a huge file read without an end.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** No pid file is longer. */
const MOST_BYTES = 32

export interface PidText {
  readonly text: string
  /** Who has the file. */
  readonly userId: number
  /** Milliseconds since the epoch. */
  readonly writtenAt: number
}

/** The beginning of the file. Throws the system's error, ELOOP among them, or that it is no regular file. */
export function readPidText(path: string, { followsLinks }: { readonly followsLinks: boolean }): PidText {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants
  const fd = openSync(path, O_RDONLY | (O_NONBLOCK ?? 0) | (followsLinks ? 0 : (O_NOFOLLOW ?? 0)))
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new Error('it is not a regular file')
    const bytes = Buffer.alloc(MOST_BYTES)
    const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, MOST_BYTES, 0))
    return { text, userId: stat.uid, writtenAt: stat.mtimeMs }
  } finally {
    closeSync(fd)
  }
}

/** The process id in the text; NaN when it is empty, as a server leaves it that cannot remove it; undefined when it is something else. */
export function pidOf(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return Number.NaN
  return /^[1-9]\d{0,9}$/.test(trimmed) ? Number(trimmed) : undefined
}
