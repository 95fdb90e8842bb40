// The frames between the server and a Perl child: u32 length of the payload, u8 type, u32 number of the request, payload;
// integers are big-endian. perl/lib/Starlight/Host/Frames.pm has the same names; docs/perl.md has the table.

/** Types of frames, as the code of their letter. */
export const FRAME = {
  /** To the child: u8 mode, u32 length of the env, keys and values of the env with a NUL between them, body. */
  request: 0x51,
  /** Both ways: body bytes. */
  data: 0x44,
  /** To the child: its request's body is complete. From it: u8 flags, the answer is. */
  end: 0x45,
  /** To the child: the client has gone. */
  abort: 0x58,
  /** Of a child's second connection, as `hello`: what comes on it is for the client as it is. To the child: that is connected. */
  tunnel: 0x55,
  /** From here on from the child. u32 number of the child, u32 pid, 32 characters that prove it is ours. */
  hello: 0x48,
  /** u16 status, u8 flags, u32 length of the fields, fields as (u32 length, bytes) of names and values, body bytes. */
  response: 0x52,
  /** As `response`: an interim one. */
  inform: 0x49,
  /** It wants the next piece of a body that comes as it is read: `data`, `end` or `abort` is the answer. */
  want: 0x57,
  /** u8 flags: the child is free again. */
  idle: 0x5a,
  /** From the child: it wants to leave as soon as it has answered what is on its way. To it: the path of its error log. */
  leave: 0x4c,
  log: 0x4c,
} as const

/** Flags of `response`, `end` and `idle`. */
export const FLAG = {
  /** No frame of this answer follows. */
  last: 1,
  /** The child exits after this answer. */
  leaving: 2,
  /** The answer is complete, but the child is free only after `idle`. */
  busy: 4,
  /** The answer is not whole. */
  broken: 8,
} as const

/** How the body of a request comes to the child. `upgrade`: there is none, and the child is to open a tunnel. */
export const MODE = { none: 0, inline: 1, frames: 3, live: 4, upgrade: 5 } as const

/** Longer ones are an error of the other side, or no frames at all. */
export const MAX_FRAME_BYTES: number = 16 * 1024 * 1024
export const HEAD_BYTES = 9

export interface Frame {
  readonly type: number
  /** The request that it is about: its child counts them from 1. 0: about none. */
  readonly request: number
  readonly payload: Buffer
}

/**
 * Cuts a stream of bytes into frames. A frame comes out whole, and what comes of it in pieces is joined once; only a `data` frame
 * comes out in the pieces in which it comes, since each of them is a `data` frame as well.
 */
export class FrameReader {
  #pieces: Buffer[] = []
  #length = 0
  /** So many bytes are the next frame, as far as is known: its head, or all of it. */
  #needed = HEAD_BYTES
  /** So many bytes of a `data` frame are still to come. */
  #remaining = 0
  /** The request of that frame. */
  #remainingRequest = 0

  /** Whether all that came has been given out. */
  get isEmpty(): boolean {
    return this.#length === 0
  }

  receive(chunk: Buffer): void {
    this.#pieces.push(chunk)
    this.#length += chunk.length
  }

  /** The next frame; undefined when bytes are missing. Throws on a length that cannot be. */
  next(): Frame | undefined {
    if (this.#remaining > 0) return this.#data()
    if (this.#length < this.#needed) return undefined
    const bytes = this.#joined()
    const length = bytes.readUInt32BE(0)
    if (length > MAX_FRAME_BYTES)
      throw new Error(`Cannot read a frame of ${length} bytes: ${MAX_FRAME_BYTES} at most are possible`)
    const type = bytes[4]!
    const request = bytes.readUInt32BE(5)
    if (type === FRAME.data && length > 0) {
      this.#take(HEAD_BYTES)
      this.#remainingRequest = request
      this.#remaining = length
      return this.#data()
    }
    this.#needed = HEAD_BYTES + length
    if (this.#length < this.#needed) return undefined
    const payload = this.#take(this.#needed).subarray(HEAD_BYTES)
    this.#needed = HEAD_BYTES
    return { type, request, payload }
  }

  #data(): Frame | undefined {
    const piece = this.#pieces[0]
    if (piece === undefined) return undefined
    const payload = this.#take(Math.min(piece.length, this.#remaining))
    this.#remaining -= payload.length
    return { type: FRAME.data, request: this.#remainingRequest, payload }
  }

  #joined(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces, this.#length)]
    return this.#pieces[0]!
  }

  /** `count` bytes of the first piece. */
  #take(count: number): Buffer {
    const piece = this.#pieces[0]!
    this.#length -= count
    if (count === piece.length) this.#pieces.shift()
    else this.#pieces[0] = piece.subarray(count)
    return piece.subarray(0, count)
  }
}

/** A frame whose payload is text of one character per byte, as such a text. */
export function frameText(type: number, request: number, payload: string): string {
  return frameHead(type, request, payload.length) + payload
}

/** The head of a frame whose payload follows by itself. */
export function frameHead(type: number, request: number, length: number): string {
  return u32(length) + String.fromCharCode(type) + u32(request)
}

/** A big-endian number as four characters of one byte each. */
export function u32(value: number): string {
  return value < SMALL.length ? SMALL[value]! : fourBytes(value)
}

function fourBytes(value: number): string {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

const SMALL: readonly string[] = Array.from({ length: 1024 }, (_, value) => fourBytes(value))

/** What a `response` or `inform` says. */
export interface ResponseFrame {
  readonly status: number
  readonly flags: number
  /** Names and values in turn, one character per byte. */
  readonly fields: readonly string[]
  readonly body: Buffer
}

/** Takes a payload apart. Throws when its lengths do not fit. */
export function readResponse(payload: Buffer): ResponseFrame {
  const end = 7 + payload.readUInt32BE(3)
  const fields: string[] = []
  let at = 7
  while (at < end) {
    const next = at + 4 + payload.readUInt32BE(at)
    if (next > end) break
    fields.push(payload.toString('latin1', at + 4, next))
    at = next
  }
  if (at !== end || end > payload.length || fields.length % 2 !== 0)
    throw new Error('Cannot read a response frame: its lengths do not fit')
  return { status: payload.readUInt16BE(0), flags: payload[2]!, fields, body: payload.subarray(end) }
}
