// HTTP/2 without TLS begins with a text that no request of HTTP/1.1 begins with (RFC 9113 3.4).
import type { Judgement } from '../first-bytes.ts'

/** The rest of the preface is nghttp2's to check. */
const BEGINNING = Buffer.from('PRI * HTTP/2.0\r\n')

/** Whether a client speaks HTTP/2; undefined: more of its first bytes are needed. */
export function judgePreface(bytes: Buffer): Judgement<boolean> | undefined {
  const length = Math.min(bytes.length, BEGINNING.length)
  const isAlike = bytes.compare(BEGINNING, 0, length, 0, length) === 0
  return !isAlike || length === BEGINNING.length ? { value: isAlike, length: 0 } : undefined
}
