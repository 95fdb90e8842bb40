// What a client can do wrong, and the status it gets. Codes are permanent: they stand in logs and tests.

/** Status by fault. */
export const FAULTS = {
  /** RFC 9112 3: the line is not `method SP target SP HTTP/d.d CRLF`. */
  'bad-request-line': 400,
  /** RFC 9112 3.2: no form of a target, or not the form of this method; or `%00`. */
  'bad-target': 400,
  /** RFC 9112 2.2: only CRLF ends a line; more empty lines than one needs. */
  'bad-line-end': 400,
  /** RFC 9112 5.1: no colon, white space before it, or a name that is no token. */
  'bad-field-name': 400,
  /** RFC 9110 5.5: a control byte in a value. */
  'bad-field-value': 400,
  /** RFC 9112 5.2: a line that starts with white space. */
  'obs-fold': 400,
  /** RFC 9112 3.2: missing, repeated or malformed Host. */
  'bad-host': 400,
  /** RFC 9112 6.3: Content-Length repeated, listed or not digits. */
  'bad-content-length': 400,
  /** RFC 9112 6.1: Content-Length next to Transfer-Encoding, or Transfer-Encoding on HTTP/1.0. */
  'conflicting-framing': 400,
  /** RFC 9112 6.1: chunked is not the last coding, or applied twice. */
  'bad-transfer-encoding': 400,
  /** RFC 9112 7.1: chunk size, extension or the CRLF behind a chunk. */
  'bad-chunk': 400,
  /** RFC 9112 8: the client ended in the middle of the body. */
  'incomplete-body': 400,
  /** RFC 9110 15.5.9: the head or the body did not come in time. */
  timeout: 408,
  /** RFC 9110 15.5.14. */
  'body-too-large': 413,
  /** RFC 9110 15.5.15. */
  'request-line-too-long': 414,
  /** RFC 9110 15.5.18: an expectation other than 100-continue. */
  'unknown-expectation': 417,
  /** RFC 6585 5: a field, all fields, or their number. */
  'head-too-large': 431,
  /** RFC 9112 6.1. */
  'unknown-transfer-coding': 501,
  /** RFC 9110 9.3.6: we are no proxy. */
  'connect-refused': 501,
  /** RFC 9110 15.6.6. */
  'unsupported-version': 505,
} as const

export type FaultCode = keyof typeof FAULTS

/** The client broke the rules: it is answered once with `status`, then the connection closes. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly type = 'fault'
  readonly code: FaultCode
  readonly status: number

  constructor(code: FaultCode) {
    super(`Cannot process the request: ${code}`)
    this.code = code
    this.status = FAULTS[code]
  }
}
