// What node:net itself sits on: the handles of libuv's streams. net.Socket is a Duplex around such a handle, and the Duplex
// costs as much as the system calls of a small request: a server that only counts bytes needs 8.8 us of CPU for a request on
// net.Socket and 5.6 us on its handle (docs/adr/0007). There is no public way to them. `process.binding('stream_wrap')` has been
// the same from Node 10 to 26 and is hidden here; where it is missing (--permission, another runtime; see node-internals.ts) sockets serve as ever.
import { findStreamBinding } from '../node-internals.ts'

/** libuv's TCP or pipe handle (`net.Socket._handle`). Calls give 0 or a negative errno. */
export interface StreamHandle {
  /** Called with `this` as the handle; how much came stands in `readBytesOrError`. */
  onread: (this: StreamHandle, buffer: ArrayBuffer | undefined) => void
  /** Whether net.Socket takes the handle for one that reads. */
  reading: boolean
  /** Its descriptor; -1 where there are none (Windows). */
  readonly fd: number
  readonly writeQueueSize: number
  readStart(): number
  readStop(): number
  /** From now on all reads write into `bytes`; there is no way back. */
  useUserBuffer(bytes: Uint8Array): void
  writeLatin1String(request: WriteRequest, text: string): number
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  /** Pairs of a chunk and its encoding. */
  writev(request: WriteRequest, chunks: readonly (string | Uint8Array)[], areBuffers: boolean): number
  shutdown(request: ShutdownRequest): number
  close(closed?: () => void): void
  /** TCP only. */
  reset?(closed: () => void): number
  setNoDelay?(isOn: boolean): number
  getpeername?(out: SocketName): number
  getsockname?(out: SocketName): number
}

export interface SocketName {
  address?: string
  port?: number
}

/** A write under way. Only one that `wasQueued` comes back. */
export interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void
}

export interface ShutdownRequest {
  oncomplete: (this: ShutdownRequest, status: number) => void
}

const binding = findStreamBinding<WriteRequest, ShutdownRequest>()

/** Whether handles can be used without their sockets here. */
export const hasHandles: boolean = binding !== undefined

const state = binding?.streamBaseState ?? new Int32Array(4)
const READ = binding?.kReadBytesOrError ?? 0
const OFFSET = binding?.kArrayBufferOffset ?? 1
const QUEUED = binding?.kLastWriteWasAsync ?? 3

/** In `onread`: bytes that came, or a negative errno. */
export function readBytesOrError(): number {
  return state[READ]!
}

/** Whether the kernel has not taken all of the last write, so that its request will complete later. */
export function wasQueued(): boolean {
  return state[QUEUED] !== 0
}

export function makeWriteRequest(oncomplete: WriteRequest['oncomplete']): WriteRequest {
  return Object.assign(new binding!.WriteWrap(), { oncomplete })
}

export function makeShutdownRequest(oncomplete: ShutdownRequest['oncomplete']): ShutdownRequest {
  return Object.assign(new binding!.ShutdownWrap(), { oncomplete })
}

/** Hands what `onread` was just told to another `onread`, with the bytes in a buffer of their own. */
export function passOn(handle: StreamHandle, onread: StreamHandle['onread'], bytes: Uint8Array): void {
  const count = readBytesOrError()
  const copy = count > 0 ? new Uint8Array(bytes.subarray(0, count)).buffer : undefined
  state[OFFSET] = 0
  onread.call(handle, copy)
}
