// A transport over a stream of Node's: TLS, sockets that another process has accepted, memory.

import type { Socket } from 'node:net'
import type { Transport, TransportUser } from './transport.ts'

const USER: unique symbol = Symbol('user')

interface UsedSocket extends Socket {
  [USER]?: TransportUser
}

export class SocketTransport implements Transport {
  readonly socket: Socket

  constructor(socket: Socket) {
    this.socket = socket
  }

  get isOpen(): boolean {
    return this.socket.writable
  }

  get isFlushed(): boolean {
    return this.socket.writableLength === 0
  }

  get queuedBytes(): number {
    return this.socket.writableLength
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.socket.remotePort
  }

  get localAddress(): string | undefined {
    return this.socket.localAddress
  }

  get localPort(): number | undefined {
    return this.socket.localPort
  }

  open(user: TransportUser): void {
    const socket: UsedSocket = this.socket
    socket[USER] = user
    // Shared functions, not closures: an idle connection costs as little as it can.
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('drain', onDrain)
    socket.on('timeout', onTimeout)
    socket.on('error', onError)
    socket.on('close', onClose)
  }

  sendText(text: string): boolean {
    return this.socket.write(text, 'latin1')
  }

  sendBytes(before: string, bytes: Uint8Array): boolean {
    return before === '' ? this.socket.write(bytes) : this.sendPieces([before, bytes])
  }

  sendPieces(pieces: readonly (string | Uint8Array)[]): boolean {
    // In one system call.
    this.socket.cork()
    let hasRoom = true
    for (const piece of pieces)
      hasRoom = typeof piece === 'string' ? this.socket.write(piece, 'latin1') : this.socket.write(piece)
    this.socket.uncork()
    return hasRoom
  }

  limitStall(ms: number): void {
    // Node's own socket timeout watches the progress of a write.
    this.socket.setTimeout(ms)
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  end(ended: () => void): void {
    this.socket.end(ended)
  }

  endAndClose(): void {
    this.socket.destroySoon()
  }

  destroy(): void {
    this.socket.destroy()
  }

  reset(): void {
    // Only plain TCP can be reset; TLS shows a missing close_notify.
    const canReset = this.socket.remoteAddress !== undefined && !('encrypted' in this.socket)
    if (canReset) this.socket.resetAndDestroy()
    else this.socket.destroy()
  }

  /** `readableFlowing` becomes null, as it is on a new socket, so that the next reader starts it. */
  release(): Socket {
    const { socket } = this
    for (const event of ['data', 'end', 'drain', 'timeout']) socket.removeAllListeners(event)
    socket.setTimeout(0)
    ;(socket as { readableFlowing: boolean | null }).readableFlowing = null
    return socket
  }
}

function onData(this: UsedSocket, chunk: Buffer): void {
  this[USER]!.received(chunk)
}

function onEnd(this: UsedSocket): void {
  this[USER]!.receivedEnd()
}

function onDrain(this: UsedSocket): void {
  this[USER]!.drained()
}

function onTimeout(this: UsedSocket): void {
  this.destroy()
}

// A reset is a client's way of leaving: 'close' follows and does all there is to do.
function onError(this: UsedSocket): void {}

function onClose(this: UsedSocket): void {
  this[USER]!.lost()
}
