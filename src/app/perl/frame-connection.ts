// One connection to a Perl child, as frames. On a transport, like the connections of clients: a socket of Node's would cost each request
// more than its frames do.
import type { Duplex } from 'node:stream'
import type { Transport, TransportUser } from '../../transport/transport.ts'
import { type Frame, FrameReader, frameHead, frameText } from './frames.ts'

/** Who is told what happens on a line. */
export interface FrameConnectionUser {
  /** Bytes came: `next` may have frames. True when what it gave is no longer in use, and its memory may be overwritten. */
  heard(): boolean
  /** The line is closed, by whomever; nothing is told after this. */
  closed(): void
}

/**
 * Where such a copy begins in its memory. Two pieces of memory of one size begin near each other modulo 4096, and between such
 * places some processors copy many times as slowly (see body-copy.ts).
 */
const SHIFT = 2048
/** Below, memory is cheap. */
const LARGE_BYTES = 16_384
/**
 * What the last large read was copied to, when its bytes have left. Fresh memory for each read costs more than the rest of
 * its way: 1 MiB from a Perl application 1850 us, so 1080.
 */
let spare: Buffer | undefined

function copyOf(buffer: Uint8Array, length: number): Buffer {
  if (spare === undefined || spare.length < length)
    spare = Buffer.allocUnsafeSlow(buffer.length + SHIFT).subarray(SHIFT)
  spare.set(buffer.subarray(0, length))
  return spare.subarray(0, length)
}

export class FrameConnection implements TransportUser {
  /** Reads what comes next: first the handshake, then the child. */
  user: FrameConnectionUser | undefined
  readonly #transport: Transport
  readonly #reader = new FrameReader()
  #room: Promise<void> | undefined
  #makeRoom: (() => void) | undefined

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Begins to read. */
  open(): void {
    this.#transport.open(this)
  }

  /** Whether something can be sent. */
  get isOpen(): boolean {
    return this.#transport.isOpen
  }

  /** The next whole frame; undefined when bytes are missing. Throws on what is no frame. */
  next(): Frame | undefined {
    return this.#reader.next()
  }

  /** Sends a frame whose payload is text of one character per byte. Nothing when the line is closed. */
  send(type: number, request: number, payload = ''): void {
    if (this.isOpen) this.#transport.sendText(frameText(type, request, payload))
  }

  /** Sends a frame whose payload is such a text and bytes behind it. A promise when more should wait; it never rejects. */
  sendBytes(type: number, request: number, text: string, ...pieces: readonly Uint8Array[]): Promise<void> | undefined {
    const length = pieces.reduce((sum, piece) => sum + piece.byteLength, text.length)
    if (!this.isOpen || this.#transport.sendPieces([frameHead(type, request, length) + text, ...pieces]))
      return undefined
    this.#room ??= new Promise(resolve => {
      this.#makeRoom = resolve
    })
    return this.#room
  }

  pause(): void {
    this.#transport.pause()
  }

  resume(): void {
    this.#transport.resume()
  }

  /** Closes our side behind what was sent; the child then closes its own. */
  end(): void {
    this.#transport.end(() => undefined)
  }

  destroy(): void {
    this.#transport.destroy()
  }

  /** The connection without frames, for whatever comes from now on. */
  release(): Duplex {
    return this.#transport.release()
  }

  // --- called by the transport

  received(chunk: Uint8Array): void {
    this.#reader.receive(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    this.user?.heard()
  }

  receivedBorrowed(buffer: Uint8Array, length: number): void {
    // Bytes of an answer may wait for its client long after this read.
    const isLarge = length >= LARGE_BYTES
    const chunk = isLarge ? copyOf(buffer, length) : Buffer.from(buffer.subarray(0, length))
    this.#reader.receive(chunk)
    const isFree = this.user?.heard() === true && this.#reader.isEmpty
    if (isLarge && !isFree) spare = undefined
  }

  receivedEnd(): void {
    this.#transport.endAndClose()
  }

  drained(): void {
    this.#makeRoom?.()
    this.#room = undefined
    this.#makeRoom = undefined
  }

  lost(): void {
    this.drained()
    this.user?.closed()
  }
}
