// Where the pieces of a body come from. What is there already is taken without a promise.
import { takeSource } from '../web/lazy-stream.ts'
import { cancelSource, type LightController, type Read, readSource } from '../web/light-source.ts'

export interface Reader {
  /** Throws or rejects when the body fails. */
  read(): Read | Promise<Read>
  /** Nothing more is read. */
  cancel(reason: unknown): void
}

/** The reader of an unread stream, which is locked from now on. */
export function readerOf(stream: ReadableStream): Reader {
  const source = takeSource(stream)
  return source === undefined ? new StreamReader(stream) : new SourceReader(source)
}

const nothing = (): void => undefined

/** Of Node's streams. */
class StreamReader implements Reader {
  readonly #reader: ReadableStreamDefaultReader<unknown>

  constructor(stream: ReadableStream) {
    this.#reader = stream.getReader()
  }

  read(): Promise<Read> {
    return this.#reader.read() as Promise<Read>
  }

  cancel(reason: unknown): void {
    // The stream's own trouble with being cancelled is of no use to anybody any more.
    this.#reader.cancel(reason).catch(nothing)
  }
}

/** Of an application's source, without Node's streams. */
class SourceReader implements Reader {
  readonly #source: LightController

  constructor(source: LightController) {
    this.#source = source
  }

  read(): Read | Promise<Read> {
    return readSource(this.#source)
  }

  cancel(reason: unknown): void {
    cancelSource(this.#source, reason)
  }
}

/** Of generators and other async iterables. */
export class IterableReader implements Reader {
  readonly #iterator: AsyncIterator<unknown>
  #isCancelled = false

  constructor(iterable: AsyncIterable<unknown>) {
    this.#iterator = iterable[Symbol.asyncIterator]()
  }

  read(): Promise<Read> {
    const next = this.#iterator.next()
    return (next instanceof Promise ? next : Promise.resolve(next)) as Promise<Read>
  }

  cancel(): void {
    if (this.#isCancelled) return
    this.#isCancelled = true
    // As above.
    void new Promise(resolve => resolve(this.#iterator.return?.())).catch(nothing)
  }
}
