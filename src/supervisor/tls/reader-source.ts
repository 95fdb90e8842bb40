// The master's end of the process that reads TLS files for it (tls-reader.ts).
import type { Writable } from 'node:stream'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { Log } from '../../log/log.ts'
import type { FileReading } from '../../server/tls-files.ts'
import { spawnReader } from '../processes/spawn.ts'
import type { FileSource } from './certificates.ts'
import type { FoundText, ReaderOrder, ReaderReport, ReaderSetup } from './reader-messages.ts'

export class ReaderSource implements FileSource {
  readonly #input: Writable | null | undefined
  readonly #waiting: { resolve(reading: FileReading): void; reject(error: ConfigError): void }[] = []
  #onChange: (() => void) | undefined
  #hasChanged = false
  #hasEnded = false

  /** To be called with the rights that the reader is to keep. `setup` cannot be changed afterwards. */
  constructor(setup: ReaderSetup, log: Log) {
    const child = spawnReader(({ code, signal, error }) => {
      if (!this.#hasEnded)
        log.error(`${GONE} (${error ?? signal ?? `code ${code}`}): a renewed certificate needs a restart`)
      this.#end()
    })
    this.#input = child?.stdin
    for (const stream of [child?.stdin, child?.stdout]) {
      stream?.on('error', () => undefined)
      // Pipes of a child are sockets, which the types of Node do not say.
      if (stream != null && 'unref' in stream) (stream as unknown as { unref(): void }).unref()
    }
    let unfinished = ''
    child?.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (unfinished + piece).split('\n')
      unfinished = lines.pop() ?? ''
      for (const line of lines) this.#hear(JSON.parse(line) as ReaderReport)
    })
    this.#tell({ type: 'begin', ...setup })
  }

  /** Rejects when the reader has ended, or says nothing for ANSWER_MS: its file system may be stuck, or somebody has stopped it. */
  read(): Promise<FileReading> {
    if (this.#hasEnded) return Promise.reject(gone())
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(silent()), ANSWER_MS)
      this.#waiting.push({
        resolve: reading => {
          clearTimeout(late)
          resolve(reading)
        },
        reject: error => {
          clearTimeout(late)
          reject(error)
        },
      })
      // Who asks behind an unanswered question gets its answer: one that is silent is not asked again and again.
      if (this.#waiting.length === 1) this.#tell({ type: 'read' })
    })
  }

  watch(_paths: readonly string[], _known: string, onChange: () => void): { close(): void } {
    this.#onChange = onChange
    if (this.#hasChanged) onChange()
    return { close: () => this.#end() }
  }

  #tell(order: ReaderOrder): void {
    this.#input?.write(`${JSON.stringify(order)}\n`)
  }

  #hear(report: ReaderReport): void {
    if (report.type === 'texts') for (const { resolve } of this.#waiting.splice(0)) resolve(readingOf(report))
    else if (this.#onChange === undefined) this.#hasChanged = true
    else this.#onChange()
  }

  #end(): void {
    this.#hasEnded = true
    this.#input?.end()
    for (const { reject } of this.#waiting.splice(0)) reject(gone())
  }
}

const ANSWER_MS = 10_000

const GONE = 'The process that reads the TLS files has ended'

function gone(): ConfigError {
  return new ConfigError(`${GONE}: a renewed certificate needs a restart`, EXIT.usage)
}

function silent(): ConfigError {
  return new ConfigError(`The process that reads the TLS files has not answered for ${ANSWER_MS / 1000} s`, EXIT.usage)
}

function readingOf({ texts, names }: Extract<ReaderReport, { type: 'texts' }>): FileReading {
  return {
    text: path => textOf(texts[path]),
    // One that cannot be listed has its reason in place of a text.
    names: directory => names[directory] ?? [textOf(texts[directory])],
  }
}

function textOf(found: FoundText | undefined): string {
  if (found !== undefined && 'text' in found) return found.text
  const { problem = 'it is not known', code } = found ?? {}
  throw Object.assign(new Error(problem), { code })
}
