// Whether the client of a connection that has left HTTP takes what it is sent: asked once in each write timeout.
import type { Socket } from 'node:net'

/** What Node's own socket timeout looks at, too. */
type SocketOfHandle = Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null }

export class StalledSocket {
  readonly #socket: SocketOfHandle
  #taken = -1
  #queued = -1

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Whether something waits, and the client has taken nothing since the last call. */
  get isStalled(): boolean {
    const { bytesWritten, writableLength } = this.#socket
    const taken = bytesWritten - writableLength
    // Of a large write that is under way only the kernel's part changes.
    const queued = this.#socket._handle?.writeQueueSize ?? 0
    const isSame = taken === this.#taken && queued === this.#queued
    this.#taken = taken
    this.#queued = queued
    return isSame && writableLength > 0
  }
}
