// The transport of one connection, as the connection sees it: calls go out, four reports come in.

import type { Socket } from 'node:net'

/** Who is told what happens. */
export interface TransportUser {
  /** Bytes came. The chunk is given away: who has it may write to it, or detach it. */
  received(chunk: Uint8Array): void
  /** Bytes came, the first `length` ones of a buffer that is written over once the call returns. */
  receivedBorrowed(buffer: Uint8Array, length: number): void
  /** The other end has closed its sending side. */
  receivedEnd(): void
  /** There is room again after a send that said there was none. */
  drained(): void
  /** The transport is closed, by whomever; nothing is reported after this. */
  lost(): void
}

export interface Transport {
  /** Whether something can be sent: not after `end`, `endAndClose`, `destroy`, `reset` or a loss. */
  readonly isOpen: boolean
  /** Whether the bytes of all sends are with the kernel, or dropped: their memory may be written to again. */
  readonly isFlushed: boolean
  /** Bytes that wait to be taken by the kernel. */
  readonly queuedBytes: number
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  /** The genuine net.Socket or tls.TLSSocket; its user must leave its data alone before `release`. */
  readonly socket: Socket

  /** Begins to read and to report. */
  open(user: TransportUser): void
  /** Sends text with one byte per character. False when what follows should wait for `drained`. */
  sendText(text: string): boolean
  /** The same for bytes behind a text (which may be empty), in one go. The bytes must not change before `isFlushed`. */
  sendBytes(before: string, bytes: Uint8Array): boolean
  /** The same for any number of texts and bytes. */
  sendPieces(pieces: readonly (string | Uint8Array)[]): boolean
  /** Closes the transport when its peer takes nothing for so long while a send waits for room. In milliseconds; 0 for never. */
  limitStall(ms: number): void
  pause(): void
  resume(): void
  /** Closes our sending side behind what was sent, and calls `ended`. It closes when the other side has ended as well. */
  end(ended: () => void): void
  /** Closes our sending side behind what was sent, then everything. */
  endAndClose(): void
  /** Closes everything at once. */
  destroy(): void
  /** Closes with a reset where the transport has one. */
  reset(): void
  /** Gives the socket away as a new one, without listeners; what comes from now on is its reader's. Reports only `lost` from now on. */
  release(): Socket
}
