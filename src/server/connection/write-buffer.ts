// What goes to the transport: all text of one turn is gathered and leaves in one write.

import { latin1 } from '../../http1/request/fast-head-parser.ts'
import type { Transport } from '../../transport/transport.ts'
import { COPY_BYTES, GATHER_BYTES, HOLD_BYTES } from '../settings.ts'

/** What an exchange does with it. */
export type ResponseOutput = Pick<
  WriteBuffer,
  'text' | 'bytes' | 'hold' | 'sendHeld' | 'whenWritable' | 'queuedBytes' | 'isFlushed'
>

export class WriteBuffer {
  readonly #transport: Transport
  readonly #timeoutMs: number
  /** One character per byte. */
  #text = ''
  /** Bytes that wait for the end of the turn, and the texts before and between them. */
  #held: (string | Uint8Array)[] | undefined
  #heldBytes = 0
  /** Whether the transport has told us to wait for `drained`. */
  #isFull = false
  #isFlushPlanned = false
  /** What comes is flushed by whoever corked, not at the end of this turn. */
  #isCorked = false
  #room: Promise<void> | undefined
  #makeRoom: (() => void) | undefined

  constructor(transport: Transport, timeoutMs: number) {
    this.#transport = transport
    this.#timeoutMs = timeoutMs
  }

  get isEmpty(): boolean {
    return this.#text === '' && !this.isHolding
  }

  /** Whether bytes are still the sender's own. */
  get isHolding(): boolean {
    return this.#held !== undefined
  }

  /** Bytes that the kernel has not taken. */
  get queuedBytes(): number {
    return this.#text.length + this.#heldBytes + this.#transport.queuedBytes
  }

  /** Whether the kernel has all bytes, or nobody will take them. */
  get isFlushed(): boolean {
    return this.#transport.isFlushed && !this.isHolding
  }

  /** Takes latin1 text. */
  text(text: string): void {
    this.#text += text
    if (!this.#isCorked) this.flushSoon()
  }

  /** Takes bytes, and the latin1 text that ends them. */
  bytes(bytes: Uint8Array, behind = ''): void {
    if (!this.#transport.isOpen) return
    if (bytes.byteLength <= COPY_BYTES) {
      this.text(latin1(bytes, 0, bytes.byteLength) + behind)
      return
    }
    if (this.isHolding) this.flush()
    const before = this.#text
    this.#text = ''
    this.#sent(
      behind === '' ? this.#transport.sendBytes(before, bytes) : this.#transport.sendPieces([before, bytes, behind]),
    )
  }

  /** Takes bytes that nobody changes before this turn is over: they leave with everything that comes behind them in it. */
  hold(bytes: Uint8Array): void {
    if (bytes.byteLength <= COPY_BYTES) {
      this.bytes(bytes)
      return
    }
    if (this.isHolding && this.#heldBytes + bytes.byteLength > HOLD_BYTES) this.flush()
    this.#held ??= []
    this.#held.push(this.#text, bytes)
    this.#heldBytes += bytes.byteLength
    this.#text = ''
    if (!this.#isCorked) this.flushSoon()
  }

  /** Whether more may be produced: hands over what has gathered when it is much. */
  takesMore(): boolean {
    if (this.#text.length > GATHER_BYTES) this.flush()
    return !this.#isFull
  }

  flush(): void {
    if (this.isEmpty) return
    const text = this.#text
    const held = this.#held
    this.#text = ''
    this.#held = undefined
    this.#heldBytes = 0
    if (!this.#transport.isOpen) return
    if (held === undefined) {
      this.#sent(this.#transport.sendText(text))
      return
    }
    if (text !== '') held.push(text)
    this.#sent(this.#transport.sendPieces(held))
  }

  /** Until `uncork` nothing is planned: whoever corks flushes. */
  cork(): void {
    this.#isCorked = true
  }

  uncork(): void {
    this.#isCorked = false
  }

  /** Flushes at the end of this turn, with everything that is still to come in it. */
  flushSoon(): void {
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    process.nextTick(flushPlanned, this)
  }

  /** Gives held bytes to the transport; undefined when there is room, as `whenWritable`. */
  sendHeld(): Promise<void> | undefined {
    if (this.isHolding) this.flush()
    return this.whenWritable()
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
    this.#transport.limitStall(0)
    this.#makeRoom?.()
    this.#room = undefined
    this.#makeRoom = undefined
  }

  /** For `process.nextTick`. */
  flushPlanned(): void {
    this.#isFlushPlanned = false
    this.flush()
  }

  #sent(hasRoom: boolean): void {
    if (hasRoom || this.#isFull) return
    this.#isFull = true
    this.#transport.limitStall(this.#timeoutMs)
  }
}

function flushPlanned(output: WriteBuffer): void {
  output.flushPlanned()
}
