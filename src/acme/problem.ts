// Why an authority did not do what it was asked for.

/** One sentence for the operator. */
export class AcmeProblem extends Error {
  override readonly name: string = 'AcmeProblem'
  /** URN of RFC 8555 6.7 without its prefix, such as `rateLimited`; '' where the authority gave none. */
  readonly type: string
  /** It is not to be asked again before; milliseconds from now. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, type = '', retryAfterMs?: number, options?: ErrorOptions) {
    super(message, options)
    this.type = type
    this.retryAfterMs = retryAfterMs
  }
}

/** Of what an authority wrote, in one line: logs are read by people, and by terminals. */
export function quoted(text: unknown, most = 300): string {
  const plain = String(text).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
  return plain.length > most ? `${plain.slice(0, most)}...` : plain
}

/** Milliseconds of a Retry-After field (RFC 9110 10.2.3); undefined for none that makes sense. */
export function retryAfter(field: string | null | undefined, now: number): number | undefined {
  if (field === null || field === undefined) return undefined
  if (/^\s*\d+\s*$/.test(field)) return Number(field) * 1000
  const at = Date.parse(field)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
