// Chunked bodies (RFC 9112 7.1): size lines here, data by count, the trailer section by the field reader.
// Chunk lines are the favourite place for smuggling: only CRLF ends them, sizes are bare hexadecimal digits.

import type { FaultCode } from '../faults.ts'
import { CLASS, CR, hexValue, LF, SP, TAB, TOKEN, VALUE } from '../grammar.ts'
import { CHUNK_EXTENSION_BYTES, CHUNK_SIZE_DIGITS } from '../limits.ts'

type Phase =
  | 'size'
  | 'extension'
  | 'extension-name'
  | 'extension-equals'
  | 'extension-value'
  | 'quoted'
  | 'escaped'
  | 'after-quoted'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'

export class ChunkedReader {
  fault: FaultCode | undefined
  /** Data bytes of the present chunk that are still to come. */
  remaining = 0
  /** Where reading stopped, after each call. */
  at = 0
  #phase: Phase = 'size'
  #digits = 0
  #extensionBytes = 0

  /** Whether the next bytes are data of a chunk. */
  get isInData(): boolean {
    return this.#phase === 'data'
  }

  /** Reads chunk lines up to data, the last chunk, or `end`. Gives 'data', 'last', 'need-data' or 'fault'. */
  readLines(bytes: Uint8Array, from: number, end: number): 'data' | 'last' | 'need-data' | 'fault' {
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!
      if (!this.#step(byte)) {
        this.fault = 'bad-chunk'
        return 'fault'
      }
      if (this.#phase === 'data') {
        this.at = at + 1
        return this.remaining > 0 ? 'data' : 'last'
      }
    }
    this.at = end
    return 'need-data'
  }

  /** `count` data bytes were taken. */
  take(count: number): void {
    this.remaining -= count
    if (this.remaining === 0) this.#phase = 'data-cr'
  }

  /** One byte of a chunk line; false when it may not stand there. */
  #step(byte: number): boolean {
    switch (this.#phase) {
      case 'data-cr':
        this.#phase = 'data-lf'
        return byte === CR
      case 'data-lf':
        this.#phase = 'size'
        this.#digits = 0
        this.remaining = 0
        return byte === LF
      case 'size':
        return this.#sizeByte(byte)
      case 'size-lf':
        this.#phase = 'data'
        return byte === LF
      case 'data':
        return false
      default:
        return ++this.#extensionBytes <= CHUNK_EXTENSION_BYTES && this.#extensionByte(byte)
    }
  }

  #sizeByte(byte: number): boolean {
    const digit = hexValue(byte)
    if (digit >= 0) {
      this.remaining = this.remaining * 16 + digit
      return ++this.#digits <= CHUNK_SIZE_DIGITS
    }
    if (this.#digits === 0) return false
    if (byte === CR) this.#phase = 'size-lf'
    else if (byte === 0x3b) this.#phase = 'extension'
    else return false
    return true
  }

  // RFC 9112 7.1.1: *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ). White space before the ";" is not
  // taken: "1 ;x" has been read as two things by two servers.
  #extensionByte(byte: number): boolean {
    const isToken = (CLASS[byte]! & TOKEN) !== 0
    const isSpace = byte === SP || byte === TAB
    switch (this.#phase) {
      case 'extension':
        if (isToken) this.#phase = 'extension-name'
        return isToken || isSpace
      case 'extension-name':
        if (byte === 0x3d) this.#phase = 'extension-equals'
        else if (!isToken) return this.#endExtension(byte)
        return true
      case 'extension-equals':
        // A value is there, and it is a token or a quoted string, never one behind the other.
        this.#phase = byte === 0x22 ? 'quoted' : 'extension-value'
        return isToken || byte === 0x22
      case 'extension-value':
        return isToken || this.#endExtension(byte)
      case 'quoted':
        if (byte === 0x22) this.#phase = 'after-quoted'
        else if (byte === 0x5c) this.#phase = 'escaped'
        return (CLASS[byte]! & VALUE) !== 0
      case 'escaped':
        this.#phase = 'quoted'
        return (CLASS[byte]! & VALUE) !== 0
      default:
        return this.#endExtension(byte)
    }
  }

  #endExtension(byte: number): boolean {
    if (byte === CR) this.#phase = 'size-lf'
    else if (byte === 0x3b) this.#phase = 'extension'
    else return false
    return true
  }
}
