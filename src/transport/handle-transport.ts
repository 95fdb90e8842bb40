// A transport over libuv's own handle: no stream, no buffer and no event emitter for each connection. Connections read into one buffer
// that they share, since bytes are understood before the next read; what is kept of them is copied.

import { Socket } from 'node:net'
import { platform } from '../platform.ts'
import {
  makeShutdownRequest,
  makeWriteRequest,
  passOn,
  readBytesOrError,
  type SocketName,
  type StreamHandle,
  type WriteRequest,
  wasQueued,
} from './libuv-streams.ts'
import type { Transport, TransportUser } from './transport.ts'

/** UV_EOF of libuv. */
const END_OF_FILE = -4095
const READ_BYTES = 65_536

const TRANSPORT: unique symbol = Symbol('transport')

interface UsedHandle extends StreamHandle {
  [TRANSPORT]?: HandleTransport
}

interface Write extends WriteRequest {
  transport?: HandleTransport
  /** Kept from the garbage collector until the kernel has them. */
  bytes?: object
}

const commonBuffer = Buffer.allocUnsafeSlow(READ_BYTES)
/** Nearly every write is done when its call returns, and its request is as good as new then. */
let spareWrite: Write | undefined

//  open -> ending             our side closes behind what is queued
//  open, ending -> closing    nothing comes or goes any more
//  closing -> closed          `lost` was told
type State = 'open' | 'ending' | 'closing' | 'closed'

export class HandleTransport implements Transport {
  readonly #handle: UsedHandle
  readonly #readBuffer: Buffer
  #user: TransportUser | undefined
  #state: State = 'open'
  /** Nothing more is read: the peer has ended, or what it sends is not wanted. */
  #isInputOver = false
  #isEndSent = false
  #isPaused = false
  /** Writes that the kernel has not taken yet. */
  #queued = 0
  #remote: SocketName | undefined
  #local: SocketName | undefined
  #stallTimer: NodeJS.Timeout | undefined
  /** Made when somebody asks for it: the stream around the handle, and the function that feeds it. */
  #socket: Socket | undefined
  #feed: StreamHandle['onread'] | undefined

  /** Wires may share `readBuffer`, which is written over at each read of any of them: by default the one of clients, 64 KiB. */
  constructor(handle: StreamHandle, readBuffer: Buffer = commonBuffer) {
    this.#handle = handle
    this.#readBuffer = readBuffer
    this.#handle[TRANSPORT] = this
  }

  get isOpen(): boolean {
    return this.#state === 'open' && !this.#isOver
  }

  get isFlushed(): boolean {
    return this.#queued === 0
  }

  get queuedBytes(): number {
    return this.#isOver ? 0 : this.#handle.writeQueueSize
  }

  get remoteAddress(): string | undefined {
    return this.#remoteName().address
  }

  get remotePort(): number | undefined {
    return this.#remoteName().port
  }

  get localAddress(): string | undefined {
    return this.#localName().address
  }

  get localPort(): number | undefined {
    return this.#localName().port
  }

  get socket(): Socket {
    this.#socket ??= this.#makeSocket()
    return this.#socket
  }

  open(user: TransportUser): void {
    this.#user = user
    const handle = this.#handle
    if (!platform.inheritsNoDelay) handle.setNoDelay?.(true)
    handle.useUserBuffer(this.#readBuffer)
    handle.onread = onRead
    handle.readStart()
  }

  sendText(text: string): boolean {
    const write = takeWrite()
    return this.#sent(write, this.#handle.writeLatin1String(write, text))
  }

  sendBytes(before: string, bytes: Uint8Array): boolean {
    const write = takeWrite()
    const status =
      before === ''
        ? this.#handle.writeBuffer(write, bytes)
        : this.#handle.writev(write, [before, 'latin1', bytes, 'buffer'], false)
    return this.#sent(write, status, bytes)
  }

  sendPieces(pieces: readonly (string | Uint8Array)[]): boolean {
    const write = takeWrite()
    const chunks = pieces.flatMap(piece => [piece, typeof piece === 'string' ? 'latin1' : 'buffer'])
    return this.#sent(write, this.#handle.writev(write, chunks, false), pieces)
  }

  limitStall(ms: number): void {
    clearTimeout(this.#stallTimer)
    this.#stallTimer = ms === 0 ? undefined : this.#watchQueue(ms)
  }

  pause(): void {
    this.#isPaused = true
    if (!this.#isOver) this.#handle.readStop()
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isInputOver && !this.#isOver) this.#handle.readStart()
  }

  end(ended: () => void): void {
    if (!this.isOpen) return
    this.#state = 'ending'
    const request = makeShutdownRequest(() => this.#endSent(ended))
    // libuv waits for the queue. A peer that has gone already needs no end.
    if (this.#handle.shutdown(request) !== 0) this.destroy()
  }

  endAndClose(): void {
    this.#isInputOver = true
    // close(2) sends the end behind what the kernel has.
    if (this.#isEndSent || this.#queued === 0) this.destroy()
    else this.end(() => undefined)
  }

  destroy(): void {
    if (this.#isOver) return
    this.#state = 'closing'
    if (this.#socket !== undefined) this.#socket.destroy()
    else this.#handle.close(() => this.#closed())
  }

  reset(): void {
    const handle = this.#handle
    if (this.#isOver) return
    // A pipe has no reset.
    if (handle.reset === undefined) {
      this.destroy()
      return
    }
    this.#state = 'closing'
    if (this.#socket !== undefined) this.#socket.resetAndDestroy()
    else if (handle.reset(() => this.#closed()) !== 0) handle.close(() => this.#closed())
  }

  release(): Socket {
    const { socket } = this
    const feed = this.#feed
    const readBuffer = this.#readBuffer
    if (feed === undefined) return socket
    this.limitStall(0)
    this.#handle.reading = !this.#isPaused
    this.#handle.onread = function (this: StreamHandle) {
      passOn(this, feed, readBuffer)
    }
    if (this.#isInputOver) socket.push(null)
    return socket
  }

  /** For `onRead`: so many bytes are in the buffer; negative for an end of any kind. */
  read(count: number): void {
    if (count > 0) this.#user!.receivedBorrowed(this.#readBuffer, count)
    else if (count === END_OF_FILE) this.#endCame()
    else if (count < 0) this.destroy()
  }

  /** For `onWritten`. */
  written(status: number): void {
    this.#queued--
    if (status < 0) this.destroy()
    else if (this.#queued === 0 && !this.#isOver) this.#user!.drained()
  }

  /** The stream may have been destroyed by its new owner. */
  get #isOver(): boolean {
    return this.#state === 'closing' || this.#state === 'closed' || this.#socket?.destroyed === true
  }

  #sent(write: Write, status: number, bytes?: object): boolean {
    if (status !== 0 || !wasQueued()) {
      spareWrite = write
      // The peer has gone. `lost` tells it, in its own turn.
      if (status !== 0) this.destroy()
      return true
    }
    write.transport = this
    if (bytes !== undefined) write.bytes = bytes
    this.#queued++
    return false
  }

  #endCame(): void {
    this.#isInputOver = true
    this.#user!.receivedEnd()
    if (this.#isEndSent) this.destroy()
  }

  #endSent(ended: () => void): void {
    this.#isEndSent = true
    if (this.#isOver) return
    ended()
    if (this.#isInputOver) this.destroy()
  }

  #closed(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearTimeout(this.#stallTimer)
    this.#user!.lost()
  }

  #watchQueue(ms: number): NodeJS.Timeout {
    let length = this.#handle.writeQueueSize
    const timer = setTimeout(() => {
      const before = length
      length = this.#handle.writeQueueSize
      if (length === before) this.destroy()
      else timer.refresh()
    }, ms)
    return timer.unref()
  }

  #makeSocket(): Socket {
    if (this.#isOver) return new Socket().destroy()
    const handle = this.#handle
    // node:net makes the sockets of its servers with these options, which its types do not have.
    const socket = new Socket({ handle, allowHalfOpen: true, manualStart: true } as object)
    this.#feed = handle.onread
    handle.onread = onRead
    socket.on('error', () => undefined)
    socket.once('close', () => this.#closed())
    return socket
  }

  #remoteName(): SocketName {
    this.#remote ??= nameOf(out => this.#handle.getpeername?.(out))
    return this.#remote
  }

  #localName(): SocketName {
    this.#local ??= nameOf(out => this.#handle.getsockname?.(out))
    return this.#local
  }
}

/** The address that `ask` fills in; none for a pipe. */
function nameOf(ask: (out: SocketName) => unknown): SocketName {
  const name: SocketName = {}
  ask(name)
  return name
}

function takeWrite(): Write {
  const write = spareWrite ?? makeWriteRequest(onWritten)
  spareWrite = undefined
  return write
}

function onRead(this: UsedHandle): void {
  this[TRANSPORT]!.read(readBytesOrError())
}

function onWritten(this: Write, status: number): void {
  this.transport!.written(status)
}
