// When an operator is told that a certificate ends. Pure.
import type { TlsPair } from '../../server/tls-files.ts'

export type Dated = Pick<TlsPair, 'certFile' | 'names' | 'notBefore' | 'notAfter'>

const DAY_MS = 86_400_000
/** Days before the end; 0 is the end itself. */
const DAYS = [30, 7, 1, 0] as const

export class ExpiryNotices {
  /** Certificate that was seen -> of the days, the fewest that were said; Infinity: none. */
  readonly #said = new Map<string, number>()

  /**
   * What is to be said now, each once. A certificate that lives for days or weeks is not told of in its first half. What has expired before
   * it is seen here first is not told of: whoever reads it says so.
   */
  due(certificates: readonly Dated[], now: number): string[] {
    return certificates.flatMap(certificate => {
      const { certFile, names, notBefore, notAfter } = certificate
      const days = DAYS.findLast(days => notAfter - now <= days * DAY_MS && days * 2 * DAY_MS <= notAfter - notBefore)
      const key = `${certFile} ${notAfter}`
      const said = this.#said.get(key)
      this.#said.set(key, days ?? Infinity)
      if (days === undefined || days >= (said ?? Infinity) || (days === 0 && said === undefined)) return []
      const what = `The TLS certificate "${certFile}" (${names.join(', ') || 'without a name'})`
      const when = new Date(notAfter).toISOString()
      return [
        days === 0 ? `${what} has expired on ${when}` : `${what} expires on ${when}, in ${inDays(notAfter - now)}`,
      ]
    })
  }
}

function inDays(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  return days === 0 ? 'less than a day' : days === 1 ? '1 day' : `${days} days`
}
