// The close in stages (RFC 9112 9.6): first our half, then what still comes is read and dropped until the client closes its own, within
// bounds. A connection that is closed while bytes are unread is reset, and a reset destroys a response that is on its way.

import type { Transport } from '../../transport/transport.ts'
import { LINGER_BYTES } from '../settings.ts'
import type { Deadlines } from './deadlines.ts'

export class LingeringClose {
  readonly #transport: Transport
  readonly #deadlines: Deadlines
  #hasBegun = false
  #isEndSent = false
  /** Bytes that were read only to be dropped. */
  #dropped = 0

  constructor(transport: Transport, deadlines: Deadlines) {
    this.#transport = transport
    this.#deadlines = deadlines
  }

  /** Closes our sending side behind what was sent, once. */
  sendEnd(): void {
    if (this.#transport.isOpen) this.#transport.end(() => this.#endSent())
  }

  /** Nothing more is served. `isLast`: nothing more comes, either, so no reset can overtake the answer: both sides are closed behind it. */
  begin(isLast: boolean): void {
    this.#hasBegun = true
    this.#deadlines.awaitLastWrite()
    if (isLast) this.#transport.endAndClose()
    else if (this.#isEndSent) this.#deadlines.startDropping('linger')
    else this.sendEnd()
  }

  /** Bytes have come that nobody reads. */
  drop(bytes: number): void {
    this.#dropped += bytes
    if (this.#dropped > LINGER_BYTES) this.#transport.destroy()
    else if (this.#isEndSent) this.#deadlines.keepDropping('linger')
  }

  #endSent(): void {
    this.#isEndSent = true
    if (this.#hasBegun) this.#deadlines.startDropping('linger')
  }
}
