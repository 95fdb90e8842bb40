// What one request may cost. Each is an option; config/options/limits says what other servers chose.

/** Sizes in bytes. */
export interface Limits {
  /** The request line without its CRLF: 414 beyond. */
  readonly requestLineBytes: number
  /** One field line without its CRLF: 431 beyond. */
  readonly fieldBytes: number
  /** Number of field lines: 431 beyond. Also for trailers. */
  readonly fieldCount: number
  /** The whole head: 431 beyond. */
  readonly headBytes: number
  /** The decoded body: 413 beyond. 0 sets no limit. */
  readonly bodyBytes: number
}

export const DEFAULT_LIMITS: Limits = {
  requestLineBytes: 8192,
  fieldBytes: 16384,
  fieldCount: 100,
  headBytes: 65536,
  bodyBytes: 128 * 1024 * 1024,
}

/** Empty lines that may come before a request line (RFC 9112 2.2 asks for at least one). */
export const EMPTY_LINES = 4
/** All chunk extensions of one body together. An extension has no known use but attacks (RFC 9112 7.1.1). */
export const CHUNK_EXTENSION_BYTES = 4096
/** The whole trailer section of one body. */
export const TRAILER_BYTES = 8192
/** Hexadecimal digits of a chunk size: 2^48, far above any body limit, far below where numbers lose digits. */
export const CHUNK_SIZE_DIGITS = 12
