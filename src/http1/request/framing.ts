// Where a request's body ends (RFC 9112 6.3). Two answers to that question are how smuggling starts, so anything that could
// be read in two ways is refused; we never choose.

import type { FaultCode } from '../faults.ts'
import { trimOws } from '../grammar.ts'

/** Body length in bytes when it is chunked: not known before its end. */
export const CHUNKED = -1

/** The body length that the framing fields declare, CHUNKED, or the fault. Values are undefined for absent fields; a limit of 0 is none. */
export function bodyLength(
  minorVersion: number,
  contentLength: string | undefined,
  transferEncoding: string | undefined,
  limitBytes: number,
): number | FaultCode {
  if (transferEncoding !== undefined) {
    // RFC 9112 6.1: a 1.0 message with Transfer-Encoding is faulty, one with both fields is an attack or a broken proxy.
    if (minorVersion === 0 || contentLength !== undefined) return 'conflicting-framing'
    return transferEncoding.toLowerCase() === 'chunked' ? CHUNKED : refusedCoding(transferEncoding)
  }
  if (contentLength === undefined) return 0
  // As text, before any conversion: a number parser takes signs, spaces, hex and exponents.
  if (!/^[0-9]+$/.test(contentLength)) return 'bad-content-length'
  const length = Number(contentLength)
  // Without a limit of its own, a body still ends where numbers would round.
  return length > Math.min(limitBytes || Infinity, Number.MAX_SAFE_INTEGER) ? 'body-too-large' : length
}

/** RFC 9112 6.1: chunked once and last, or it is no framing at all (400); another coding is one that we lack (501). */
function refusedCoding(transferEncoding: string): FaultCode {
  const codings = transferEncoding.split(',').map(coding => trimOws(coding, 0, coding.length).toLowerCase())
  const isMisused = codings.includes('') || codings.lastIndexOf('chunked') !== codings.indexOf('chunked')
  if (isMisused) return 'bad-transfer-encoding'
  return codings.includes('chunked') && codings.at(-1) !== 'chunked'
    ? 'bad-transfer-encoding'
    : 'unknown-transfer-coding'
}
