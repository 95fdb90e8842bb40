// The reading side of a connection: the reader of its requests, and the flow of bytes into it. A client that sends more than is read is
// held back, and let go on by whoever finds nothing left to read.

import { RequestReader } from '../../http1/request/request-reader.ts'
import type { Transport } from '../../transport/transport.ts'
import { DRAIN_BYTES, READ_AHEAD_BYTES, type ServerSettings } from '../settings.ts'

/** What an exchange sees of it. */
export type RequestInput = Pick<ConnectionInput, 'unreadBytes' | 'isInBody' | 'isEof'>

export class ConnectionInput extends RequestReader {
  readonly #transport: Transport
  #isPaused = false
  /** Bytes of the body that were read only to be dropped. */
  #discarded = 0

  constructor(transport: Transport, settings: ServerSettings) {
    super(settings)
    this.#transport = transport
  }

  override startNext(): void {
    super.startNext()
    this.#discarded = 0
  }

  /** What has come is read as far as it is wanted now. */
  holdBack(): void {
    if (this.#isPaused || this.unreadBytes <= READ_AHEAD_BYTES) return
    this.#isPaused = true
    this.#transport.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#transport.resume()
  }

  /** Reads and drops the body: to its end, as far as it has come, or until it is not worth it any more. */
  discardBody(): 'end' | 'need-data' | 'too-much' {
    for (;;) {
      const event = this.next()
      if (event.type === 'need-data') this.resume()
      if (event.type === 'end' || event.type === 'need-data') return event.type
      if (event.type !== 'data') return 'too-much'
      this.#discarded += event.chunk.length
      if (this.#discarded > DRAIN_BYTES) return 'too-much'
    }
  }

  /** Drops what has come of the body, which nobody waits for; tells whether its end is missing. */
  dropCutBody(): boolean {
    if (!this.isInBody) return false
    let event = this.next()
    while (event.type === 'data') event = this.next()
    return event.type !== 'end'
  }
}
