// A request head that has been checked: what the readers found, and the field strings cut out when somebody asks.

/** Offsets of one field in `text`: name start, name end, value start, value end. */
export const OFFSETS_PER_FIELD = 4

/** What the field reader found on its one way through a head or a trailer section. */
export interface FoundHead {
  /** The whole head, one character per byte. */
  readonly text: string
  readonly offsets: readonly number[]
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
  readonly #text: string
  readonly #offsets: readonly number[]

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
    this.#text = found.text
    this.#offsets = found.offsets
  }

  get fieldCount(): number {
    return this.#offsets.length / OFFSETS_PER_FIELD
  }

  /** Name of field `i`, spelled as it was sent. */
  name(i: number): string {
    const at = i * OFFSETS_PER_FIELD
    return this.#text.slice(this.#offsets[at], this.#offsets[at + 1])
  }

  /** Value of field `i` without the white space around it. */
  value(i: number): string {
    const at = i * OFFSETS_PER_FIELD
    return this.#text.slice(this.#offsets[at + 2], this.#offsets[at + 3])
  }

  /** Value by lower-case name; several lines joined with ', ' in order (RFC 9110 5.3); undefined when absent. */
  get(name: string): string | undefined {
    let joined: string | undefined
    const offsets = this.#offsets
    for (let at = 0; at < offsets.length; at += OFFSETS_PER_FIELD) {
      const start = offsets[at]!
      if (offsets[at + 1]! - start !== name.length) continue
      if (this.#text.slice(start, start + name.length).toLowerCase() !== name) continue
      const value = this.#text.slice(offsets[at + 2], offsets[at + 3])
      joined = joined === undefined ? value : `${joined}, ${value}`
    }
    return joined
  }
}
