// Where lines go in the end: a file descriptor, written synchronously. Logging must never take the server down, so
// nothing here throws; what could not be written is counted.
import { writeSync } from 'node:fs'

export interface LogSink {
  /** Takes whole lines, each with its newline. Never throws. */
  write(text: string): void
}

/** How a write ended: everything is out, or what is left could not be written, and why. */
export type Written = { readonly done: true } | { readonly done: false; readonly rest: Buffer; readonly code: string }

/** Rounds of waiting for a reader that is behind: 20 ms at most, once until it has caught up. */
const WAITS = 20

/** Writes all bytes, going on after partial writes and interruptions. Gives back what did not fit. */
export function writeFully(fd: number, bytes: Buffer): Written {
  let rest = bytes
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
      if (code !== 'EINTR') return { done: false, rest, code }
    }
  }
  return { done: true }
}

/**
 * A sink that writes each text at once. EPIPE (the reader is gone) and EAGAIN (a non-blocking pipe is full) lose the
 * text; the next one that gets through is preceded by a line with the number of lost ones.
 */
export function fdSink(fd: number): LogSink {
  let lost = 0
  return {
    write(text) {
      const note = lost === 0 ? '' : `(${lost} log entries were lost: the reader of the log was too slow)\n`
      // Only the first loss waits: a reader that is stuck must not cost every later request 20 ms.
      if (writePatiently(fd, Buffer.from(note + text), lost === 0 ? WAITS : 0)) lost = 0
      else lost++
    },
  }
}

function writePatiently(fd: number, bytes: Buffer, waits: number): boolean {
  const written = writeFully(fd, bytes)
  if (written.done) return true
  if (written.code !== 'EAGAIN' || waits === 0) return false
  Atomics.wait(NEVER_WOKEN, 0, 0, 1)
  return writePatiently(fd, written.rest, waits - 1)
}

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4))
