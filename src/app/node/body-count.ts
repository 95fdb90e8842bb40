// Holds a body that comes in pieces to the Content-Length of its head. A byte too many would be read as the next answer,
// a byte too few would swallow it. node:http checks only on request (strictContentLength), and then throws into
// whatever stream is writing: here the answer is cut, and the worker lives.
import { AppError } from '../errors.ts'

export class BodyCount {
  error: AppError | undefined
  readonly #declared: number
  #sent = 0
  /** The first write begins with it. */
  #head: string | undefined

  constructor(declared: number, head: string) {
    this.#declared = declared
    this.#head = head
    if (!Number.isSafeInteger(declared) || declared < 0) {
      this.error = new AppError(`Cannot send Content-Length "${declared}": a number of bytes is needed`)
    }
  }

  /** Whether the bytes of one write still fit. */
  add(data: string | Uint8Array, encoding: BufferEncoding): boolean {
    let bytes = byteLength(data, encoding)
    if (this.#head !== undefined) bytes -= byteLength(this.#head, encoding)
    this.#head = undefined
    this.#sent += bytes
    if (this.#sent > this.#declared) this.error = lengthError(this.#sent, this.#declared)
    return this.error === undefined
  }

  end(): void {
    if (this.#sent !== this.#declared) this.error = lengthError(this.#sent, this.#declared)
  }
}

export function lengthError(sent: number, declared: number): AppError {
  return new AppError(`Cannot send a body of ${sent} bytes: its Content-Length says ${declared}`)
}

function byteLength(data: string | Uint8Array, encoding: BufferEncoding): number {
  return typeof data === 'string' ? Buffer.byteLength(data, encoding) : data.length
}
