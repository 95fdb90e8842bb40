// Standard error of a process whose --error-log was rotated. Node has no dup2, so descriptor 2 cannot be moved; but what
// goes through process.stderr (console.error too) and through our own log can.
import { closeSync } from 'node:fs'
import { openToAppend } from '../../log/append.ts'
import type { Log } from '../../log/log.ts'
import type { LogSink } from '../../log/sink.ts'
import { fdSink } from '../../log/sink.ts'

const STDERR = 2

/** Standard error that can be pointed at the file's new name. */
export class StderrFile implements LogSink {
  #fd = STDERR
  #sink: LogSink = fdSink(STDERR)

  write(text: string): void {
    this.#sink.write(text)
  }

  /** Opens `path` and writes there from now on. Goes on with the old file when that fails. */
  reopen(path: string, log: Log): void {
    try {
      const old = this.#fd
      this.#fd = openToAppend(path)
      this.#sink = fdSink(this.#fd)
      // A stream on a file writes to its `fd` synchronously; streams on terminals and pipes have nothing to rotate.
      if ('fd' in process.stderr && !process.stderr.isTTY) Object.assign(process.stderr, { fd: this.#fd })
      if (old !== STDERR) closeSync(old)
    } catch (error) {
      log.warn(`Cannot reopen the error log "${path}"`, error)
    }
  }
}
