// A request head that has been checked: what the readers found, and the field strings cut out when somebody asks.

import type { FieldNames } from './field-names.ts'

/** What the readers found. */
export interface FoundHead {
  /** A head with these fields, one character per byte. */
  readonly text: string
  readonly names: FieldNames
  /** Start and end of every value in `text`. */
  readonly values: readonly number[]
  readonly method: string
  readonly target: string
  readonly path: string
  readonly minorVersion: 0 | 1
  readonly authority: string | undefined
  readonly bodyLength: number
  readonly isPersistent: boolean
  readonly expectsContinue: boolean
  readonly upgrade: string | undefined
}

/** One request head. Names and values are one character per byte (obs-text stays as it was sent). */
export class RequestHead {
  readonly type = 'request'
  readonly method: string
  /** The request target as it was sent. */
  readonly target: string
  /** Path and query in origin-form, whatever form the target had; '*' for `OPTIONS *`. */
  readonly path: string
  /** 1 for HTTP/1.1 (and any later 1.x, RFC 9110 2.5), 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1
  /** From an absolute-form target, else from Host (RFC 9112 3.2.2); undefined on HTTP/1.0 without Host. */
  readonly authority: string | undefined
  /** Body bytes that Content-Length declares; 0 without a body; -1 for a chunked one. */
  readonly bodyLength: number
  /** Whether the client lets the connection live on after this request (RFC 9112 9.3). */
  readonly isPersistent: boolean
  /** Whether the client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean
  /** Value of Upgrade when Connection asks for it too; undefined otherwise. */
  readonly upgrade: string | undefined
  /** Names of the fields. The same object for all heads with the same names, when these are known. */
  readonly names: FieldNames
  readonly #text: string
  readonly #values: readonly number[]

  constructor(found: FoundHead) {
    this.method = found.method
    this.target = found.target
    this.path = found.path
    this.minorVersion = found.minorVersion
    this.authority = found.authority
    this.bodyLength = found.bodyLength
    this.isPersistent = found.isPersistent
    this.expectsContinue = found.expectsContinue
    this.upgrade = found.upgrade
    this.names = found.names
    this.#text = found.text
    this.#values = found.values
  }

  /** As SERVER_PROTOCOL has it (RFC 3875 4.1.16). */
  get protocol(): string {
    return this.minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0'
  }

  /** A head of the same protocol with other parts. */
  changed(found: FoundHead): RequestHead {
    return new RequestHead(found)
  }

  get fieldCount(): number {
    return this.names.count
  }

  /** Name of field `i`, spelled as it was sent. */
  name(i: number): string {
    return this.names.list[i] ?? ''
  }

  /** Value of field `i` without the white space around it. */
  value(i: number): string {
    return this.#text.slice(this.#values[i * 2], this.#values[i * 2 + 1])
  }

  /** Value by lower-case name; several lines joined with ', ' in order (RFC 9110 5.3); undefined when absent. */
  get(name: string): string | undefined {
    let joined: string | undefined
    const names = this.names.lowerList
    for (let i = 0; i < names.length; i++) {
      if (names[i] === name) joined = joined === undefined ? this.value(i) : `${joined}, ${this.value(i)}`
    }
    return joined
  }
}
