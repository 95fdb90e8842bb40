// CONTRACT ONLY: replaced by the implementation.
/** A checked request head. Field strings are cut from `text` only when asked for. */
export declare class RequestHead {
  readonly type: 'request'
  readonly method: string
  /** The request target as it was sent. */
  readonly target: string
  /** Path and query in origin-form, whatever form the target had; '*' for `OPTIONS *`. */
  readonly path: string
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1
  /** Authority of the request: from an absolute-form target, else from Host; undefined on HTTP/1.0 without Host. */
  readonly authority: string | undefined
  readonly fieldCount: number
  /** Name of field `i` as sent. */
  name(i: number): string
  /** Value of field `i`, trimmed; bytes as latin1. */
  value(i: number): string
  /** Value by lower-case name; several lines joined with ', '; undefined when absent. */
  get(name: string): string | undefined
  /** 'upgrade' token asked for with Connection: upgrade; undefined otherwise. */
  readonly upgrade: string | undefined
}
