// What an access log line is made from. The server's record of an answered request fits this shape as it is; it is
// declared here because the log knows nothing of the server.

/** One answered request. Strings that came from the client hold bytes as latin1 and are escaped by the formats. */
export interface AccessRecord {
  readonly head: {
    readonly method: string
    /** The request target as it was sent. */
    readonly target: string
    /** Path and query in origin-form; '*' for `OPTIONS *`. */
    readonly path: string
    /** `HTTP/1.1`; undefined when a refused request did not say it. */
    readonly protocol: string | undefined
    /** Of a refused request: its first line as far as it is known, instead of the parts. */
    readonly line?: string
    /** Host and port that the client asked for. */
    readonly authority: string | undefined
    /** Request field by lower-case name. */
    get(name: string): string | undefined
  }
  readonly peer: {
    /** Undefined on a Unix socket. */
    readonly remoteAddress: string | undefined
    readonly remotePort: number | undefined
    readonly localAddress: string | undefined
    readonly localPort: number | undefined
    readonly serverName: string
    readonly serverPort: string
  }
  readonly status: number
  /** Bytes of the answer's body that were sent, framing not counted. */
  readonly bodyBytes: number
  /** When the request's head was complete, in milliseconds since the epoch. */
  readonly startedAt: number
  /** From there to the last byte of the answer, in milliseconds; fractions count. */
  readonly durationMs: number
  /** False when the client left, or the answer was cut. */
  readonly isComplete: boolean
  /** Whether the connection lives on; undefined when the server does not say. */
  readonly isPersistent?: boolean
  /** Why the request was refused before an application saw it. */
  readonly refusal?: string
  /** Response field by lower-case name; absent when the server keeps none. */
  responseField?(name: string): string | undefined
}
