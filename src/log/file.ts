// A log file. It is opened for appending, so workers share one file and a rotated one can be truncated; lines are kept
// for a moment and leave in few writes. A full disk costs lines, never the server.
import { closeSync } from 'node:fs'
import { ConfigError } from '../config/errors.ts'
import { openToAppend } from './append.ts'
import { type LogSink, writeFully } from './sink.ts'

export interface LogFileOptions {
  /** Longest time that a line is buffered, in milliseconds; default 10. 0: every line is written at once. */
  readonly delayMs?: number
  /** Told once when lines begin to be lost, and once when writing works again. */
  readonly complain?: (message: string) => void
}

/**
 * A write holds whole lines and at most this much (one longer line excepted). PIPE_BUF of Linux: so much goes into a
 * pipe in one piece, and lines of several workers do not mix there; into a file every append is one piece.
 */
const WRITE_BYTES = 4096
/** How often an undelayed log looks whether its reader has caught up. */
const RETRY_MS = 10
/** How many writes may wait for a reader that is behind (1 MiB); more is dropped and counted. */
const WAITING_WRITES = 256

/** Opens `path` for appending and makes it if need be (mode 0644 under the umask). Throws a ConfigError when that cannot be. */
export function openLogFile(path: string, options: LogFileOptions = {}): LogFile {
  try {
    return new LogFile(openToAppend(path), path, options)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new ConfigError(
      `Cannot open the log file "${path}": ${code ?? message}, a file that can be appended to is needed`,
      2,
      { cause },
    )
  }
}

/** Lines on an open descriptor: a file with its path, or one inherited or standard (no path: it cannot be reopened). */
export class LogFile implements LogSink {
  readonly path: string | undefined
  #fd: number
  readonly #delayMs: number
  readonly #complain: (message: string) => void
  readonly #flushAtExit = (): void => this.flush()
  /** Full writes that wait, oldest first; more than one only while a reader is behind. */
  #waiting: string[] = []
  /** Lines of the next write. */
  #next = ''
  #isStalled = false
  #timer: NodeJS.Timeout | undefined
  #isScheduled = false
  #lostLines = 0

  constructor(fd: number, path?: string, { delayMs = 10, complain = () => undefined }: LogFileOptions = {}) {
    this.#fd = fd
    this.path = path
    this.#delayMs = delayMs
    this.#complain = complain
    process.on('exit', this.#flushAtExit)
  }

  /** The descriptor, for a child process that inherits it. */
  get fd(): number {
    return this.#fd
  }

  /** Lines that could not be written since the last complaint. */
  get lostLines(): number {
    return this.#lostLines
  }

  /** One line, without its newline. */
  writeLine(line: string): void {
    this.write(`${line}\n`)
  }

  write(text: string): void {
    if (this.#next.length + text.length > WRITE_BYTES) this.#fill()
    this.#next += text
    if (this.#delayMs === 0 && !this.#isStalled) this.flush()
    else this.#schedule()
  }

  /** Writes what waits, now. */
  flush(): void {
    if (this.#next !== '') this.#waiting.push(this.#next)
    this.#next = ''
    this.#isStalled = false
    while (this.#waiting.length > 0 && !this.#isStalled) this.#writeOldest()
  }

  /** The next write is full: it leaves at once, unless a reader is behind and the timer tries for all. */
  #fill(): void {
    if (!this.#isStalled) this.flush()
    else if (this.#waiting.length >= WAITING_WRITES) this.#lose(this.#next, 'EAGAIN')
    else this.#waiting.push(this.#next)
    this.#next = ''
  }

  #writeOldest(): void {
    const written = writeFully(this.#fd, Buffer.from(this.#waiting[0]!))
    // A pipe whose reader is behind: the rest waits. Everything else (ENOSPC, EDQUOT, EIO, EPIPE) loses it.
    if (!written.done && written.code === 'EAGAIN') {
      this.#waiting[0] = written.rest.toString()
      this.#isStalled = true
      return
    }
    this.#waiting.shift()
    if (written.done) this.#recovered()
    else this.#lose(written.rest.toString(), written.code)
  }

  /**
   * Opens the path anew, after a rotation. When that fails the old file stays in use and the reason is complained about:
   * a log in the wrong file is better than none.
   */
  reopen(): void {
    if (this.path === undefined) return
    this.flush()
    try {
      const old = this.#fd
      this.#fd = openToAppend(this.path)
      closeSync(old)
    } catch (error) {
      this.#complain(
        `Cannot reopen the log file "${this.path}": ${(error as Error).message}; going on with the old one`,
      )
    }
  }

  /** Writes what waits and closes the file. Standard descriptors stay open. */
  close(): void {
    this.flush()
    clearTimeout(this.#timer)
    process.off('exit', this.#flushAtExit)
    if (this.#fd > 2) closeSync(this.#fd)
  }

  /** One timer for the life of the file, started anew by the first line after a write; it keeps no process alive. */
  #schedule(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#onTimer(), this.#delayMs || RETRY_MS).unref()
    else if (!this.#isScheduled) this.#timer.refresh()
    this.#isScheduled = true
  }

  #onTimer(): void {
    this.#isScheduled = false
    this.flush()
    if (this.#waiting.length > 0) this.#schedule()
  }

  #lose(text: string, code: string): void {
    if (this.#lostLines === 0)
      this.#complain(`Cannot write to ${this.#name()}: ${code}; lines are lost until it works again`)
    this.#lostLines += text.split('\n').length - 1
  }

  #recovered(): void {
    if (this.#lostLines === 0) return
    this.#complain(`Writing to ${this.#name()} works again: ${this.#lostLines} lines were lost`)
    this.#lostLines = 0
  }

  #name(): string {
    return this.path === undefined ? `the log on file descriptor ${this.#fd}` : `the log file "${this.path}"`
  }
}
