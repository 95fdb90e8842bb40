// A body on its way through an encoder: no faster than the client takes it, and each piece in time.
import type { Exchange, HeaderList } from '../../app/handler.ts'
import type { FilteredBody } from '../filtered-exchange.ts'
import type { Encoder } from './encoder.ts'

export class CompressedBody implements FilteredBody {
  readonly #exchange: Exchange
  readonly #encoder: Encoder
  #trailers: HeaderList = []
  #isEnded = false
  #isFlushPlanned = false
  #room: Promise<void> | undefined
  #makeRoom: (() => void) | undefined

  /** `onClosed`: the encoder's memory is free again. */
  constructor(exchange: Exchange, encoder: Encoder, onClosed: () => void) {
    this.#exchange = exchange
    this.#encoder = encoder
    const { stream } = encoder
    stream.on('data', (piece: Buffer) => this.#send(piece))
    stream.on('end', () => this.#finish())
    stream.on('drain', () => this.#drained())
    stream.on('error', cause => this.fail(cause))
    stream.on('close', () => {
      this.#drained()
      onClosed()
    })
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#encoder.stream.write(bytes)
    // What is written in one turn leaves together.
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true
      setImmediate(() => this.#flush())
    }
    return this.whenWritable()
  }

  #flush(): void {
    this.#isFlushPlanned = false
    const { stream, flushKind } = this.#encoder
    if (!this.#isEnded && !stream.destroyed) stream.flush(flushKind)
  }

  whenWritable(): Promise<void> | undefined {
    const { stream } = this.#encoder
    if (stream.destroyed || !stream.writableNeedDrain) return undefined
    this.#room ??= new Promise(resolve => (this.#makeRoom = resolve))
    return this.#room
  }

  #drained(): void {
    this.#makeRoom?.()
    this.#room = undefined
    this.#makeRoom = undefined
  }

  #send(piece: Buffer): void {
    const { stream } = this.#encoder
    if (this.#exchange.isGone || this.#exchange.state !== 'body') {
      stream.destroy()
      return
    }
    const room = this.#exchange.write(piece)
    if (room === undefined) return
    stream.pause()
    void room.then(() => stream.resume())
  }

  end(trailers: HeaderList): void {
    this.#isEnded = true
    this.#trailers = trailers
    this.#encoder.stream.end()
  }

  #finish(): void {
    if (this.#exchange.state === 'body') this.#exchange.end(this.#trailers)
  }

  fail(error: unknown): void {
    this.#encoder.stream.destroy()
    this.#exchange.fail(error)
  }

  gone(): void {
    this.#encoder.stream.destroy()
  }
}

/** A body as it is. */
export class PlainBody implements FilteredBody {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    return this.#exchange.state === 'body' ? this.#exchange.write(bytes) : undefined
  }

  whenWritable(): Promise<void> | undefined {
    return this.#exchange.whenWritable()
  }

  end(trailers: HeaderList): void {
    if (this.#exchange.state === 'body') this.#exchange.end(trailers)
  }

  fail(error: unknown): void {
    this.#exchange.fail(error)
  }

  gone(): void {}
}
