// What goes to the socket: all text of one turn is gathered and leaves in one write.

import type { Socket } from 'node:net'
import { COPY_BYTES, GATHER_BYTES } from './settings.ts'

export class Output {
  readonly #socket: Socket
  readonly #timeoutMs: number
  /** One character per byte. */
  #text = ''
  /** Whether the socket has told us to wait for 'drain'. */
  #isFull = false
  #isFlushPlanned = false
  #room: Promise<void> | undefined
  #makeRoom: (() => void) | undefined

  constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket
    this.#timeoutMs = timeoutMs
  }

  get hasText(): boolean {
    return this.#text !== ''
  }

  /** Takes latin1 text. */
  text(text: string): void {
    this.#text += text
  }

  bytes(bytes: Uint8Array): void {
    // A write to a socket that is gone asks to wait for a 'drain' that never comes.
    if (!this.#socket.writable) return
    if (bytes.byteLength <= COPY_BYTES) {
      this.#text += Buffer.prototype.latin1Slice.call(bytes, 0, bytes.byteLength)
      return
    }
    // Head and body in one system call.
    this.#socket.cork()
    this.flush()
    this.#written(this.#socket.write(bytes))
    this.#socket.uncork()
  }

  /** Whether more may be produced: hands over what has gathered when it is much. */
  takesMore(): boolean {
    if (this.#text.length > GATHER_BYTES) this.flush()
    return !this.#isFull
  }

  flush(): void {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    if (this.#socket.writable) this.#written(this.#socket.write(text, 'latin1'))
  }

  /** Flushes at the end of this turn, with everything that is still to come in it. */
  flushSoon(): void {
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    process.nextTick(flushPlanned, this)
  }

  /** Undefined when there is room; else a promise for it, which never rejects. */
  whenWritable(): Promise<void> | undefined {
    if (this.takesMore()) return undefined
    this.#room ??= new Promise(resolve => {
      this.#makeRoom = resolve
    })
    return this.#room
  }

  /** There is room again, or nobody is left to write to. */
  drained(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#socket.setTimeout(0)
    this.#makeRoom?.()
    this.#room = undefined
    this.#makeRoom = undefined
  }

  /** For `process.nextTick`. */
  flushPlanned(): void {
    this.#isFlushPlanned = false
    this.flush()
  }

  #written(hasRoom: boolean): void {
    if (hasRoom || this.#isFull) return
    this.#isFull = true
    // Node's own socket timeout watches the progress of a write; nothing else does without native code.
    if (this.#timeoutMs > 0) this.#socket.setTimeout(this.#timeoutMs)
  }
}

function flushPlanned(output: Output): void {
  output.flushPlanned()
}
